import { expect, it } from 'vitest'
import { HOUR } from '../clock.ts'
import type { SourceState } from '../ledger/ledger.ts'
import type { Coverage } from '../usage/coverage.ts'
import { defineCut } from '../usage/cut.ts'
import { NEVER_READ } from '../../../test/support/http-service.ts'
import { assessReadiness } from './readiness.ts'

function ledgerWith(coverage: Coverage): { sources: () => readonly SourceState[] } {
  const source: SourceState = {
    key: { provider: 'xai', account: 'main', source: 'xai.billing.usage' },
    spec: { id: 'xai.billing.usage', kind: 'billed', measures: ['cost'], lagMs: 0, canState: [] },
    epoch: 0,
    movedAt: 0,
    cuts: [{ id: 1, cut: defineCut(['api_key']), live: true, widthMs: HOUR, coverage }],
    exposed: undefined,
    twin: undefined,
  }
  return { sources: () => [source] }
}

it('is ready after a restart without a provider, on what an earlier run has stored', () => {
  const coverage: Coverage = [{ from: 0, to: HOUR, state: 'complete', fetchedAt: HOUR }]
  expect(assessReadiness([NEVER_READ], ledgerWith(coverage))).toEqual({ ready: true, reasons: [] })
})

it('is not ready while a source is known but nothing of it has been answered', () => {
  expect(assessReadiness([NEVER_READ], ledgerWith([])).ready).toBe(false)
})

it('is ready at once where no account is configured: it takes what apps send', () => {
  expect(assessReadiness([], ledgerWith([]))).toEqual({ ready: true, reasons: [] })
})
