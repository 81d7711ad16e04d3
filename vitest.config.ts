import { defineConfig } from 'vitest/config'

const resolve = { conditions: ['usage-explorer-source'] }
const ssr = {
  resolve: { conditions: ['usage-explorer-source'], externalConditions: ['usage-explorer-source'] },
}

/** `unit` stands beside the source and needs nothing; `behaviour` runs whole services over real sockets and servers, `plugin` what Grafana runs. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { name: 'unit', include: ['{core,exporter,instrumentation}/src/**/*.test.ts'] },
      },
      'grafana-plugin',
      {
        resolve,
        ssr,
        test: {
          name: 'behaviour',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // After the rest: services that wait for each other's processor would be slower than two at a time.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
    ],
  },
})
