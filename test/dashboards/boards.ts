/** The committed dashboards, as Grafana would load them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Target {
  readonly refId: string
  readonly datasource: { readonly type: string; readonly uid: string }
  /** Of Prometheus. */
  readonly expr?: string
  readonly instant?: boolean
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string } | null
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string }
    readonly overrides: readonly unknown[]
  }
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly schemaVersion: number
  readonly editable: boolean
  readonly refresh: string
  readonly time: { readonly from: string; readonly to: string }
  readonly links: readonly { readonly keepTime: boolean; readonly includeVars: boolean }[]
  readonly templating: { readonly list: readonly Variable[] }
  readonly panels: readonly Panel[]
}

export interface Variable {
  readonly name: string
  readonly label: string
  readonly type: string
  readonly multi?: boolean
  readonly query: unknown
  readonly options?: readonly { readonly value: string }[]
}

const FOLDER = fileURLToPath(new URL('../../dashboards/json/', import.meta.url))

export function committed(): Map<string, string> {
  return new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(`${FOLDER}${name}`, 'utf8')]))
}

export const DASHBOARDS: readonly Dashboard[] = [...committed().values()].map(
  (text) => JSON.parse(text) as Dashboard,
)

/** Panels that show something, with the dashboard that each stands in. */
export const PANELS: readonly (readonly [name: string, panel: Panel, dashboard: Dashboard])[] =
  DASHBOARDS.flatMap((dashboard) =>
    dashboard.panels
      .filter(({ type }) => type !== 'row')
      .map((panel) => [`${dashboard.uid} / ${panel.title} (${panel.id})`, panel, dashboard] as const),
  )
