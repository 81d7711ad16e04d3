/** Writes the rule files and the runbook. Run by `npm run alerts`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FILES } from './files.ts'

for (const [path, text] of Object.entries(FILES)) {
  writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text)
}
