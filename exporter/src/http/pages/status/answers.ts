/** What the page shows, in the forms of `/api/v1/summary` and `/api/v1/sources`; the composition root gives both. */
import type { KeptAlert } from '../../../alerts/alerts.ts'
import type { AnsweredBudget } from '../../../budgets/answer.ts'
import type { FailureBody } from '../../failures.ts'
import type { AccountStatus } from '../../../polling/status.ts'
import type { SourceKind } from '../../../usage/source.ts'

/** Instants are ISO 8601 in UTC, amounts decimal strings, null where nothing is known. */
export interface SummaryAnswer {
  readonly zone: string
  readonly today: PeriodAnswer
  readonly yesterday: PeriodAnswer
  readonly this_month: PeriodAnswer
  readonly previous_month: PeriodAnswer
  /** With a point for each day. */
  readonly last_30_days: { readonly totals: readonly (Total & { readonly points: readonly Point[] })[] }
  readonly notices: readonly Notice[]
  readonly sources: readonly {
    readonly provider: string
    readonly account: string
    readonly measure: string
    readonly watermark: string | null
  }[]
}

export interface PeriodAnswer {
  readonly totals: readonly Total[]
}

/** As the API documents them: `complete` is final, `partial` a lower bound, `lump` known only as a longer stretch. */
export type State = 'complete' | 'partial' | 'provisional' | 'lump' | 'unknown'

export interface Figure {
  readonly amount: string | null
  readonly state: State
}

export interface Total extends Figure {
  readonly measure: string
  /** '' where the measure is not money, or no amount was ever stated. */
  readonly currency: string
}

export interface Point extends Figure {
  readonly start: string
}

export interface Notice {
  readonly code: string
  readonly provider: string
  readonly account: string
  readonly measure: string
  readonly message: string
}

export interface SourcesAnswer {
  readonly accounts: readonly {
    readonly provider: string
    readonly account: string
    readonly never_reports: Readonly<Record<string, string>>
  }[]
  readonly sources: readonly SourceAnswer[]
}

export interface SourceAnswer {
  readonly provider: string
  readonly account: string
  readonly source: string
  readonly kind: SourceKind
  readonly measures: readonly string[]
  readonly watermark: string | null
  readonly age_seconds: number
  readonly complete: boolean
}

/** Where budgets stand, and the alerts that fire. */
export interface StandingAnswer {
  readonly budgets: readonly AnsweredBudget[]
  readonly alerts: readonly KeptAlert[]
}

/** An answer, or why there is none: one question that fails takes only its own part of the page with it. */
export type Asked<T> = { readonly answer: T } | { readonly failure: FailureBody['error'] }

export interface StatusView {
  readonly version: string
  /** ms since the epoch. */
  readonly at: number
  readonly demo: boolean
  readonly accounts: readonly AccountStatus[]
  readonly summary: Asked<SummaryAnswer>
  readonly sources: Asked<SourcesAnswer>
  readonly standing: Asked<StandingAnswer>
  /** What people call the provider of this id. */
  readonly titleOf: (provider: string) => string
}
