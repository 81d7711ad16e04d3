/** `GET /api/v1/sources`: how fresh and how complete each source is, and what can never be known. */
import { SECOND } from '../clock.ts'
import type { CutState, SourceState } from '../ledger/ledger.ts'
import { watermark, type Coverage, type SpanState } from '../usage/coverage.ts'
import { cutName } from '../usage/cut.ts'
import type { Measure } from '../usage/measures.ts'
import type { SourceKind } from '../usage/source.ts'
import { accountsOf, type QuestionContext } from './context.ts'
import { iso } from './present.ts'

/** JSON. Instants are ISO 8601 in UTC. */
export interface SourcesAnswer {
  readonly at: string
  readonly accounts: readonly {
    readonly provider: string
    readonly account: string
    /** Measure → why it is never reported, and the way round. */
    readonly never_reports: Readonly<Record<string, string>>
  }[]
  readonly sources: readonly DescribedSource[]
}

export interface DescribedSource {
  readonly provider: string
  readonly account: string
  readonly source: string
  readonly kind: SourceKind
  readonly measures: readonly Measure[]
  /** Of the exposed cut: up to when its data is in. */
  readonly watermark: string | null
  /** Since its data last advanced. */
  readonly age_seconds: number
  /** How late it delivers by nature. */
  readonly lag_seconds: number
  /** Everything of the exposed cut from its first bucket to its watermark was answered completely. */
  readonly complete: boolean
  /** Buckets from here on are in the counters. */
  readonly epoch: string
  /** The cut that feeds counters and gauges. */
  readonly exposed_cut: string | null
  readonly cuts: readonly DescribedCut[]
}

export interface DescribedCut {
  readonly cut: string
  /** Still asked for. */
  readonly live: boolean
  readonly width_seconds: number
  readonly watermark: string | null
  readonly newest_answer: string | null
  readonly coverage: readonly DescribedStretch[]
}

export interface DescribedStretch {
  readonly from: string
  readonly to: string
  readonly state: SpanState
  /** A later answer was cut short: what is kept is the whole one before it, or higher. */
  readonly newer_truncated?: true
}

export function describeSources(context: QuestionContext): SourcesAnswer {
  const now = context.now()
  return {
    at: iso(now),
    accounts: accountsOf(context).map(({ provider, account }) => ({
      provider,
      account,
      never_reports: context.neverReports(provider),
    })),
    sources: context.ledger.sources().map((state) => describe(state, now)),
  }
}

function describe({ key, spec, epoch, movedAt, cuts, exposed }: SourceState, now: number): DescribedSource {
  const coverage = exposed?.coverage ?? []
  return {
    provider: key.provider,
    account: key.account,
    source: key.source,
    kind: spec.kind,
    measures: spec.measures,
    watermark: isoOrNull(watermark(coverage)),
    age_seconds: Math.max(0, Math.floor((now - movedAt) / SECOND)),
    lag_seconds: spec.lagMs / SECOND,
    complete: isComplete(coverage),
    epoch: iso(epoch),
    exposed_cut: exposed === undefined ? null : cutName(exposed.cut),
    cuts: cuts.map(describeCut),
  }
}

function describeCut({ cut, live, widthMs, coverage }: CutState): DescribedCut {
  const fetches = coverage.map(({ fetchedAt }) => fetchedAt)
  return {
    cut: cutName(cut),
    live,
    width_seconds: widthMs / SECOND,
    watermark: isoOrNull(watermark(coverage)),
    newest_answer: fetches.length === 0 ? null : iso(Math.max(...fetches)),
    coverage: stretches(coverage).map(({ from, to, ...rest }) => ({ from: iso(from), to: iso(to), ...rest })),
  }
}

interface Stated {
  readonly state: SpanState
  readonly newer_truncated?: true
}

/** Spans that say the same, whenever they were fetched, as one. */
function stretches(coverage: Coverage): (Stated & { from: number; to: number })[] {
  const joined: (Stated & { from: number; to: number })[] = []
  for (const { from, to, state, newerTruncated } of coverage) {
    const last = joined.at(-1)
    if (last?.to === from && last.state === state && last.newer_truncated === newerTruncated) last.to = to
    else joined.push({ from, to, state, ...(newerTruncated ? { newer_truncated: true } : {}) })
  }
  return joined
}

function isComplete(coverage: Coverage): boolean {
  const settled = coverage.filter(({ state }) => state !== 'provisional')
  const whole = settled.every(({ from }, index) => index === 0 || settled[index - 1]?.to === from)
  const complete = settled.every(
    ({ state, newerTruncated }) => state === 'complete' && newerTruncated !== true,
  )
  return settled.length > 0 && whole && complete
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at)
}
