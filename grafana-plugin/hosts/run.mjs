/** Tries the built bundle in each Grafana of this folder, installing its packages if needed. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = import.meta.dirname
for (const host of readdirSync(folder).filter((name) => name.startsWith('grafana-'))) {
  const cwd = join(folder, host)
  if (!existsSync(join(cwd, 'node_modules/.package-lock.json')))
    execFileSync('npm', ['ci', '--ignore-scripts'], { cwd, stdio: 'inherit' })
  execFileSync('npm', ['test', '--', ...process.argv.slice(2)], {
    cwd: join(folder, '..'),
    env: { ...process.env, GRAFANA_HOST: host },
    stdio: 'inherit',
  })
}
