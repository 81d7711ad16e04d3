/** Writes the pages of docs/reference; `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { REFERENCE, referencePages } from './pages.ts'

mkdirSync(REFERENCE, { recursive: true })
for (const [name, text] of Object.entries(referencePages())) writeFileSync(new URL(name, REFERENCE), text)
