/** A day of polling and scraping in minutes: whether memory stays where it is. */
import { startChild } from './support/child.ts'
import type { Bench, Row } from './support/measure.ts'

const LEGS = 8
const HOURS = 24
const REAL_MS = 240_000

export const soak: Bench = {
  name: 'soak',
  run: async (size, say) => {
    const child = await startChild('soak-process.ts')
    const rows: Row[] = []
    let scrapes = 0
    let first: number | undefined
    try {
      const url = await child.ask<string>('start')
      const realMs = Math.max(500, (REAL_MS * size) / LEGS)
      const timer = setInterval(() => {
        void fetch(`${url}/metrics`)
          .then((response) => response.text())
          .then(() => (scrapes += 1))
          .catch(() => undefined)
      }, 250)
      for (let leg = 1; leg <= LEGS; leg += 1) {
        const { rss, heap } = await child.ask<{ rss: number; heap: number }>('run', {
          hours: HOURS / LEGS,
          realMs,
        })
        const { longestBlockMs } = await child.vitals()
        first ??= heap
        say(`${(leg * HOURS) / LEGS} h`)
        rows.push({
          what: `after ${(leg * HOURS) / LEGS} h`,
          figures: {
            'heap, MB': (heap / 1e6).toFixed(1),
            'against the first': `${(heap / first).toFixed(2)}×`,
            'resident, MB': String(Math.round(rss / 1e6)),
            'longest block, ms': String(Math.round(longestBlockMs)),
            scrapes: String(scrapes),
          },
        })
      }
      clearInterval(timer)
      await child.ask('clean')
      return [
        {
          title: 'A day of polls every five minutes',
          about: `24 simulated hours in ${Math.round((REAL_MS * size) / 60_000)} minutes, with four scrapes a second. Memory after a collection of garbage. Goal: flat.`,
          rows,
        },
      ]
    } finally {
      await child.stop()
    }
  },
}
