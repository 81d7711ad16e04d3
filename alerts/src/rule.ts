/** What an alert rule is, with the section of the runbook that it leads to. */

export type Severity = 'critical' | 'warning' | 'info'

/** One alert: its rules differ in severity or cause, its section of the runbook is one. */
export interface Alert {
  /** CamelCase, beginning with LLM. */
  readonly name: string
  /** In the default set, or ready for who wants it. */
  readonly set: 'default' | 'more'
  readonly rules: readonly Rule[]
  /** Dashboard to open: its uid. */
  readonly dashboard: string
  readonly runbook: {
    readonly means: string
    /** PromQL, commands. */
    readonly look: readonly string[]
    readonly act: readonly string[]
    /** How long after the cause it can fire at the earliest, and why. */
    readonly delay: string
  }
}

export interface Rule {
  readonly severity: Severity
  readonly expr: string
  /** It must hold for so long. */
  readonly for?: string
  /** It goes on for so long after it last held, so that it does not flap. */
  readonly keepFiring?: string
  /** Besides `severity`; rules of one alert differ in these. */
  readonly labels?: Readonly<Record<string, string>>
  /** A sentence without figures. */
  readonly summary: string
  /** With the rule's own figure, in words and units. */
  readonly description: string
  /** Further figures, by queries of their own: only Prometheus's templates can ask. */
  readonly figures?: string
}
