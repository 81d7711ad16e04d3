import { createMetrics } from '../exporter/src/metrics/snapshot.ts'
import { renderText } from '../exporter/src/metrics/exposition.ts'
import { inTurns } from '../exporter/src/turns.ts'
const N = 100000
const series = Array.from({ length: N }, (_, at) => ({
  labels: {
    provider: 'xai',
    account: 'production',
    project: '0c8f2b54',
    team: 't' + (at % 20),
    api_key: '8d9a7c1e-5b1c-4f8e-9a70-' + at,
    model: 'grok-4-' + (at % 8),
    currency: 'USD',
  },
  value: at * 1.25 + 0.01,
}))
const metrics = createMetrics({
  now: Date.now,
  contributors: [
    async () => {
      const now: any[] = []
      await inTurns(series, ({ labels, value }) => {
        now.push({ labels, value })
      })
      return [{ name: 'llm_billed_cost_total', samples: now }]
    },
  ],
})
for (let r = 0; r < 8; r++) {
  const a = performance.now()
  const s = await metrics.snapshot()
  const b = performance.now()
  let n = 0
  for await (const p of renderText(s, '')) n += Buffer.byteLength(p)
  const c = performance.now()
  let m = 0
  for await (const p of renderText(s, '')) m += p.length
  const d = performance.now()
  console.log((b - a).toFixed(0), (c - b).toFixed(0), (d - c).toFixed(0))
}
