/** Signals as what they ask for, in the order in which they come. */
import { EXIT } from './exit-codes.ts'

export interface Signals {
  /** Resolves with the next one, at once where it came already. */
  next(): Promise<'stop' | 'reload'>
}

/** SIGTERM and SIGINT stop, the second time at once; SIGHUP reloads. */
export function createSignals(): Signals {
  const come: ('stop' | 'reload')[] = []
  let wake: () => void = () => undefined
  const take = (wish: 'stop' | 'reload'): void => {
    // Whoever asks twice does not want to wait for a commit; the ledger survives that.
    if (wish === 'stop' && come.includes('stop')) process.exit(EXIT.failed)
    come.push(wish)
    wake()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => take('stop'))
  process.on('SIGHUP', () => take('reload'))
  let seen = 0
  return {
    next: async () => {
      for (;;) {
        const wish = come[seen]
        if (wish !== undefined) {
          seen += 1
          return wish
        }
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
