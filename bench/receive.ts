/** Points that the receiver takes in a second, committed before they are acknowledged, against decoding them alone. */
import { startChild, type Vitals } from './support/child.ts'
import { ms, ratio, type Bench } from './support/measure.ts'

export const receive: Bench = {
  name: 'receive',
  run: async (size, say) => {
    const instances = Math.max(4, Math.round(200 * size))
    const child = await startChild('receive-process.ts')
    try {
      await child.ask('start')
      const took: number[] = []
      let decoded = 0
      let bytes = 0
      let vitals: Vitals = { longestBlockMs: 0, peakMb: 0 }
      for (let round = 1; round <= 4; round++) {
        bytes = await child.ask<number>('prepare', { round, instances })
        decoded = await child.ask<number>('decode')
        // What comes after it is the receiver's alone.
        await child.vitals()
        took.push(await child.ask<number>('receive'))
        vitals = await child.vitals()
        say(`round ${round}: ${ms(took.at(-1) ?? 0)} ms`)
      }
      const { longestBlockMs, peakMb } = vitals
      const points = instances * 1000
      const [first = 0, ...later] = took
      const steady = later.reduce((a, b) => a + b, 0) / later.length
      const row = (what: string, time: number) => ({
        what,
        figures: {
          ms: ms(time),
          'points a second': Math.round((points / time) * 1000).toLocaleString('en'),
          'against decoding': ratio(time, decoded),
        },
      })
      return [
        {
          title: `${points.toLocaleString('en')} cumulative points of ${instances} instances, ${(bytes / 1e6).toFixed(0)} MB of protobuf`,
          about:
            'Over HTTP, from sending to the acknowledgement, which comes after the commit; sender and receiver share one process. ' +
            `Longest block ${ms(longestBlockMs)} ms, ${Math.round(peakMb)} MB resident at most. Goal: 100,000 points a second.`,
          rows: [
            row('every stream new', first),
            row('every stream known', steady),
            row('decoding alone', decoded),
          ],
        },
      ]
    } finally {
      await child.ask('stop')
      await child.stop()
    }
  },
}
