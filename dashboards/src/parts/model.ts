/** A dashboard in Grafana's classic form, as far as it is used here. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface Target {
  readonly refId: string
  readonly datasource: { readonly type: string; readonly uid: string }
  readonly [key: string]: Json
}

/** A panel before it has a place. */
export interface Panel {
  readonly type: string
  readonly title: string
  /** What it shows and what to do with it; every panel says it. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly targets: readonly Target[]
  readonly fieldConfig: {
    readonly defaults: Readonly<Record<string, Json>>
    readonly overrides: readonly Json[]
  }
  readonly options: Readonly<Record<string, Json>>
  /** Of the panel itself, such as links or a time of its own. */
  readonly more?: Readonly<Record<string, Json>>
}

/** Panels under a heading. */
export interface Section {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Board {
  /** Stable: links and alerts name it. */
  readonly uid: string
  readonly title: string
  readonly description: string
  /** Shown unless a link says otherwise. */
  readonly from: string
  readonly to?: string
  readonly refresh: string
  readonly variables: readonly Json[]
  readonly sections: readonly Section[]
}
