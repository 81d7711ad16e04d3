/** How a backfill shows on a terminal and in a log. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { DAY, SECOND } from '../clock.ts'
import { createLog } from '../log.ts'
import { progressBars, progressLines } from './progress.ts'
import type { BackfillEvent } from './status.ts'

const event = (days: number, source = 'demo.usage'): BackfillEvent => ({
  provider: 'demo',
  account: 'main',
  source,
  doneMs: days * DAY,
  totalMs: 90 * DAY,
})

describe('as log lines', () => {
  const setup = (): {
    lines: Record<string, unknown>[]
    at: (seconds: number, event: BackfillEvent) => void
  } => {
    const lines: Record<string, unknown>[] = []
    const log = createLog('info', {
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    })
    let now = 0
    const display = progressLines(log, () => now)
    return {
      lines,
      at: (seconds, shown) => {
        now = seconds * SECOND
        display.progress(shown)
      },
    }
  }

  it('a backfill shows its start, at most one line every ten seconds, and its end', () => {
    const { lines, at } = setup()
    at(0, event(0))
    at(9.999, event(30))
    at(10, event(31))
    at(12, event(60))
    at(13, event(90))
    expect(lines.map((line) => line['percent'])).toEqual([0, 34, 100])
    expect(lines.at(-1)).toMatchObject({ account: 'main', source: 'demo.usage', msg: 'The history is read.' })
  })

  it('each source has lines of its own', () => {
    const { lines, at } = setup()
    at(0, event(0, 'one'))
    at(0, event(0, 'two'))
    expect(lines.map((line) => line['source'])).toEqual(['one', 'two'])
  })

  it('never says 100 % before the end', () => {
    const { lines, at } = setup()
    at(0, event(89.99))
    expect(lines[0]).toMatchObject({ percent: 99, msg: 'The history is being read.' })
  })
})

describe('as bars on a terminal', () => {
  it('a bar a source is drawn, and all are taken down when all are full', () => {
    const terminal = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 120,
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
      clearScreenDown: () => true,
    })
    const display = progressBars(terminal)
    display.progress(event(0, 'one'))
    display.progress(event(45, 'two'))
    display.progress(event(90, 'one'))
    display.progress(event(90, 'two'))
    const drawn = String(terminal.read())
    expect(drawn).toContain('history of main one')
    expect(drawn).toContain('history of main two')
    expect(drawn).toContain('100% | 90 of 90 days')
    expect(drawn.endsWith('\n')).toBe(true)
    display.stop()
    expect(terminal.read()).toBeNull()
  })
})
