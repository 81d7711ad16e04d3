import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** With GRAFANA_HOST only the built bundle is tried, in the packages of that folder of `hosts/`. */
const host = process.env.GRAFANA_HOST
const SHARED = ['@grafana/data', '@grafana/runtime', '@grafana/ui', 'react-dom', 'react', 'rxjs']

export default defineConfig({
  resolve: {
    alias:
      host === undefined
        ? []
        : SHARED.map((find) => ({
            find,
            replacement: join(import.meta.dirname, 'hosts', host, 'node_modules', find),
          })),
  },
  test: {
    name: 'plugin',
    include: host === undefined ? ['{src,hosts}/**/*.test.{ts,tsx}'] : ['hosts/*.test.tsx'],
    exclude: ['**/node_modules/**'],
    environment: 'jsdom',
    setupFiles: ['./test-setup.ts'],
    css: false,
    // Grafana's packages are written for bundlers: they import style sheets.
    server: { deps: { inline: [/@grafana\//, /uplot/] } },
    testTimeout: 60_000,
  },
})
