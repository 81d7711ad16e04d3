import { defineConfig } from 'eslint/config'
import baseConfig from './.config/eslint.config.mjs'

export default defineConfig([
  { ignores: ['dist/', 'node_modules/', '.config/'] },
  ...baseConfig,
  // The rest of the project writes short branches without braces.
  { rules: { curly: 'off' } },
])
