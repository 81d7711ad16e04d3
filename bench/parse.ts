/** Four answers of 10,000 keys each, read from a provider as polling does, against parsing the same bytes at once. */
import { startChild } from './support/child.ts'
import { ms, ratio, type Bench } from './support/measure.ts'

export const parse: Bench = {
  name: 'parse',
  run: async (size, say) => {
    const keys = Math.max(50, Math.round(10_000 * size))
    say(`${keys} keys`)
    const child = await startChild('parse-process.ts', [String(keys)])
    try {
      const { bytes } = await child.ask<{ bytes: number }>('serve')
      const { peakMb: idleMb } = await child.vitals()
      const read = await child.ask<{ ms: number; records: number }>('read')
      const ours = await child.vitals()
      const whole = await child.ask<{ ms: number }>('whole')
      const peer = await child.vitals()
      const row = (
        what: string,
        took: number,
        vitals: typeof ours,
      ): { what: string; figures: Record<string, string> } => ({
        what,
        figures: {
          ms: ms(took),
          'against the peer': ratio(took, whole.ms),
          'longest block, ms': ms(vitals.longestBlockMs),
          'memory added, MB': String(Math.max(0, Math.round(vitals.peakMb - idleMb))),
        },
      })
      return [
        {
          title: `Four answers of ${keys.toLocaleString('en')} keys, ${(bytes / 1e6).toFixed(1)} MB and ${(read.records / 4).toLocaleString('en')} rows each`,
          about:
            'From the request to exact records, over HTTP. The peer parses the four texts with lossless-json and does nothing with them. ' +
            'Goal: no block over 50 ms, under 400 MB added.',
          rows: [row('read in turns', read.ms, ours), row('lossless-json alone', whole.ms, peer)],
        },
      ]
    } finally {
      await child.stop()
    }
  },
}
