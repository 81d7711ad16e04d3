import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'plugin',
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'jsdom',
    setupFiles: ['./test-setup.ts'],
    css: false,
    // Grafana's packages are written for bundlers: they import style sheets.
    server: { deps: { inline: [/@grafana\//, /uplot/] } },
    testTimeout: 60_000,
  },
})
