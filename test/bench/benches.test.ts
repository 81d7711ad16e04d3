/** That the benchmarks run and measure what they say, at a size at which nothing is said of speed. */
import { expect, it } from 'vitest'
import { calls } from '../../bench/calls.ts'
import { receive } from '../../bench/receive.ts'
import { ledger } from '../../bench/ledger.ts'
import { parse } from '../../bench/parse.ts'
import { scrape } from '../../bench/scrape.ts'
import { soak } from '../../bench/soak.ts'

it.each([scrape, ledger, parse, calls, receive, soak])(
  '$name gives figures for each of its rows',
  async ({ run }) => {
    const reports = await run(0.002, () => undefined)
    expect(reports.length).toBeGreaterThan(0)
    for (const { title, rows } of reports) {
      expect(rows.length, title).toBeGreaterThan(0)
      for (const { what, figures } of rows) {
        for (const [name, figure] of Object.entries(figures)) {
          expect(figure, `${title}: ${what}: ${name}`).toMatch(/^-?[\d.,]+(×| MB| kB)?$/)
        }
      }
    }
  },
)
