/** Shows how far backfills are: as bars on a terminal, as log lines elsewhere. */
import { MultiBar, type SingleBar } from 'cli-progress'
import { DAY, SECOND } from '../clock.ts'
import type { Log } from '../log.ts'
import type { BackfillEvent } from './status.ts'

export interface ProgressDisplay {
  progress(event: BackfillEvent): void
  /** Leaves the terminal as it should be. */
  stop(): void
}

const LINE_EVERY_MS = 10 * SECOND

/** One bar a source; they are taken down together once all are full. */
export function progressBars(terminal: NodeJS.WritableStream): ProgressDisplay {
  let display: MultiBar | undefined
  const bars = new Map<string, SingleBar>()
  const stop = (): void => {
    display?.stop()
    display = undefined
    bars.clear()
  }
  return {
    progress: (event) => {
      display ??= new MultiBar({
        stream: terminal,
        format: 'history of {name} [{bar}] {percentage}% | {done} of {days} days',
        // Signals end the service in order, which ends the display too.
        gracefulExit: false,
        hideCursor: true,
      })
      const state = { name: nameOf(event), done: days(event.doneMs), days: days(event.totalMs) }
      const bar = bars.get(state.name) ?? display.create(event.totalMs, event.doneMs, state)
      bars.set(state.name, bar)
      bar.setTotal(event.totalMs)
      bar.update(event.doneMs, state)
      if ([...bars.values()].every((one) => one.getProgress() >= 1)) stop()
    },
    stop,
  }
}

/** A line a source when its backfill begins, at most every ten seconds after that, and when it ends. */
export function progressLines(log: Log, now: () => number): ProgressDisplay {
  const loggedAt = new Map<string, number>()
  return {
    progress: (event) => {
      const { provider, account, source, doneMs, totalMs } = event
      const name = nameOf(event)
      const finished = doneMs >= totalMs
      const last = loggedAt.get(name)
      if (!finished && last !== undefined && now() - last < LINE_EVERY_MS) return
      const percent = Math.floor((100 * doneMs) / totalMs)
      const fields = { provider, account, source, days: days(totalMs), percent }
      if (finished) log.info(fields, 'The history is read.')
      else log.info(fields, 'The history is being read.')
      if (finished) loggedAt.delete(name)
      else loggedAt.set(name, now())
    },
    stop: () => loggedAt.clear(),
  }
}

function nameOf({ account, source }: BackfillEvent): string {
  return `${account} ${source}`
}

function days(ms: number): number {
  return Math.floor(ms / DAY)
}
