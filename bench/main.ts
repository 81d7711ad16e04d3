/** `npm run bench [-- NAME…] [--write]`: runs the benchmarks and prints their tables; --write puts them into docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { calls } from './calls.ts'
import { receive } from './receive.ts'
import { scrape } from './scrape.ts'
import { ledger } from './ledger.ts'
import { parse } from './parse.ts'
import { soak } from './soak.ts'
import type { Report } from './support/measure.ts'

const BENCHES = [scrape, ledger, parse, calls, receive, soak]
const PAGE = new URL('../docs/performance.md', import.meta.url)

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean' }, size: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const chosen = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
for (const { name, run } of chosen) {
  const reports = await run(Number(values.size), (line) => process.stderr.write(`${name}: ${line}\n`))
  const text = reports.map(table).join('\n')
  process.stdout.write(`\n${text}`)
  if (values.write === true) write(name, `${machine()}\n\n${text}`)
}

function table({ title, about, rows }: Report): string {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))]
  const lines = rows.map(
    ({ what, figures }) => `| ${[what, ...columns.map((name) => figures[name] ?? '')].join(' | ')} |`,
  )
  const rule = `| ${['---', ...columns.map(() => '---:')].join(' | ')} |`
  return `### ${title}\n\n${about}\n\n| ${['', ...columns].join(' | ')} |\n${rule}\n${lines.join('\n')}\n`
}

function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const day = new Date().toISOString().slice(0, 10)
  return `Measured ${day} on ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ${process.versions.node}.`
}

/** Replaces what stands between the marks of this benchmark. */
function write(name: string, text: string): void {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}`)
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${text}\n${page.slice(to)}`)
}
