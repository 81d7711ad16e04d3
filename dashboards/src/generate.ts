/** Writes the dashboards as JSON for Grafana's file provisioning. Run by `npm run dashboards`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BOARDS } from './boards.ts'
import { toJson } from './parts/layout.ts'

const FOLDER = fileURLToPath(new URL('../json/', import.meta.url))

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER)
for (const board of BOARDS) {
  writeFileSync(`${FOLDER}${board.uid}.json`, `${JSON.stringify(toJson(board), undefined, 2)}\n`)
}
