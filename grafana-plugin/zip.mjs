/** Packs dist as Grafana installs it: one folder, named as the plugin. Run by `npm run zip`, after `npm run build`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { zipSync } from 'fflate'

const DIST = new URL('dist/', import.meta.url).pathname
const { id, info } = JSON.parse(readFileSync(join(DIST, 'plugin.json'), 'utf8'))

const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
const contents = files.map((entry) => {
  const path = join(entry.parentPath ?? entry.path, entry.name)
  return [`${id}/${relative(DIST, path)}`, readFileSync(path)]
})
const name = `${id}-${info.version}.zip`
// The same contents give the same file, whenever it is made.
writeFileSync(new URL(name, import.meta.url), zipSync(Object.fromEntries(contents), { mtime: '1980-01-01' }))
process.stdout.write(`${name}\n`)
