/** What watching adds to a call of the openai client, against nobody watching and against other instrumentations. */
import { startChild, type Child } from './support/child.ts'
import { median, type Bench, type Row } from './support/measure.ts'

const PEERS = {
  opentelemetry: '@opentelemetry/instrumentation-openai',
  openlit: 'OpenLIT',
  traceloop: 'Traceloop (spans only)',
} as const

const ROUNDS = 25

interface Measured {
  readonly call: number
  readonly chunk: number
}

export const calls: Bench = {
  name: 'calls',
  run: async (size, say) => {
    const names = ['plain', 'ours', 'ours-sdk', ...Object.keys(PEERS)]
    const children = new Map<string, Child>()
    const rounds = new Map<string, { call: number[]; chunk: number[] }>(
      names.map((name) => [name, { call: [], chunk: [] }]),
    )
    let leftMb: number | undefined
    try {
      for (const name of names) {
        say(name)
        const child = await startChild('calls-process.ts', [name, String(size)])
        children.set(name, child)
        await child.ask('begin')
      }
      // In turns, so that a machine that slows down slows all of them.
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, child] of children) {
          rounds.get(name)?.call.push(await child.ask<number>('call'))
          rounds.get(name)?.chunk.push(await child.ask<number>('chunk'))
        }
      }
      leftMb = await children.get('ours')?.ask<number>('leak')
    } finally {
      await Promise.all([...children.values()].map((child) => child.stop()))
    }
    const measured = new Map(
      [...rounds].map(([name, { call, chunk }]) => [name, { call: median(call), chunk: median(chunk) }]),
    )
    const plain = measured.get('plain') ?? { call: 0, chunk: 0 }
    const added = (name: string): Measured => {
      const { call = 0, chunk = 0 } = measured.get(name) ?? {}
      return { call: call - plain.call, chunk: chunk - plain.chunk }
    }
    const best = Math.min(...Object.keys(PEERS).map((name) => added(name).call))
    const row = (what: string, name: string): Row => ({
      what,
      figures: {
        'a call, µs': (measured.get(name)?.call ?? 0).toFixed(0),
        ...(name === 'plain'
          ? {}
          : {
              'added, µs': added(name).call.toFixed(0),
              'against the best peer': `${(added(name).call / best).toFixed(2)}×`,
            }),
        // The others wrap the client and see no stream of fetch.
        ...(name === 'ours' ? { 'added a chunk, µs': added(name).chunk.toFixed(2) } : {}),
      },
    })
    return [
      {
        title: 'A call of openai’s client, 1.5 kB of JSON, over a fetch that answers at once',
        about:
          'Each in a process of its own, metrics kept in memory; the median of 25 rounds of 300 calls, all of them in turns. A chunk is one of a stream of 1000 read through plain fetch. ' +
          `After 100,000 calls the heap held ${(leftMb ?? NaN).toFixed(1)} MB more. Goal: under 50 µs, at most a quarter of the best peer, under 1 µs a chunk.`,
        rows: [
          row('nobody watching', 'plain'),
          row('this library, sending by itself', 'ours'),
          row("this library, through the app's OpenTelemetry", 'ours-sdk'),
          ...Object.entries(PEERS).map(([name, what]) => row(what, name)),
        ],
      },
    ]
  },
}
