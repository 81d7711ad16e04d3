/** Panels of the kinds that the dashboards use, each looking alike everywhere. */
import type { Json, Panel, Target } from './model.ts'

type Fields = Readonly<Record<string, Json>>

interface Spec {
  readonly title: string
  readonly description: string
  readonly targets: readonly Target[]
  readonly width?: number
  readonly height?: number
  readonly unit?: string
  readonly defaults?: Fields
  readonly overrides?: readonly Json[]
  readonly options?: Fields
  readonly more?: Fields
}

/** A figure of the whole range, with its change where two are compared. */
export function tile(spec: Spec): Panel {
  return build(
    'stat',
    spec,
    { width: 4, height: 4 },
    { color: { mode: 'fixed', fixedColor: 'text' } },
    {
      colorMode: 'value',
      graphMode: 'none',
      textMode: 'value',
      justifyMode: 'auto',
      orientation: 'auto',
      wideLayout: false,
      showPercentChange: spec.targets.some(({ compare }) => compare !== '' && compare !== undefined),
      percentChangeColorMode: 'same_as_value',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  )
}

export function lines(spec: Spec): Panel {
  return build(
    'timeseries',
    spec,
    { width: 12, height: 8 },
    { custom: { lineWidth: 2, fillOpacity: 8, showPoints: 'auto', spanNulls: false } },
    CHART,
  )
}

/** @param stacked one on the other, where they add up */
export function bars(spec: Spec & { readonly stacked?: boolean; readonly color?: string }): Panel {
  const { stacked = false, color } = spec
  const custom = {
    drawStyle: 'bars',
    lineWidth: 0,
    fillOpacity: 80,
    barAlignment: 1,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
  }
  return build(
    'timeseries',
    spec,
    { width: 12, height: 8 },
    {
      custom,
      min: 0,
      ...(color === undefined ? {} : { color: { mode: 'fixed', fixedColor: color } }),
    },
    CHART,
  )
}

/** Largest first, one bar for each series. */
export function ranking(spec: Spec): Panel {
  return build(
    'bargauge',
    spec,
    { width: 8, height: 8 },
    { color: { mode: 'fixed', fixedColor: 'blue' }, min: 0 },
    {
      displayMode: 'basic',
      orientation: 'horizontal',
      showUnfilled: false,
      valueMode: 'color',
      namePlacement: 'left',
      sizing: 'manual',
      minVizHeight: 16,
      minVizWidth: 8,
      maxVizHeight: 22,
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom', calcs: [] },
      text: { titleSize: 12, valueSize: 13 },
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  )
}

export function pie(spec: Spec): Panel {
  return build(
    'piechart',
    spec,
    { width: 8, height: 8 },
    {},
    {
      pieType: 'donut',
      displayLabels: ['percent'],
      legend: { showLegend: true, displayMode: 'table', placement: 'right', values: ['value'] },
      tooltip: { mode: 'single', sort: 'none' },
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  )
}

/** @param sortBy the title of a column, the largest first */
export function table(spec: Spec & { readonly sortBy?: string }): Panel {
  const sortBy = spec.sortBy === undefined ? [] : [{ displayName: spec.sortBy, desc: true }]
  return build(
    'table',
    spec,
    { width: 24, height: 9 },
    {
      custom: {
        align: 'auto',
        cellOptions: { type: 'auto' },
        filterable: false,
        inspect: false,
        minWidth: 90,
      },
    },
    {
      cellHeight: 'sm',
      showHeader: true,
      sortBy,
      footer: { show: false, reducer: ['sum'], countRows: false, fields: '' },
    },
  )
}

/** Properties of the fields with this name, which may be a regular expression between slashes. */
export function override(name: string, properties: Fields): Json {
  const isPattern = name.startsWith('/')
  return {
    matcher: { id: isPattern ? 'byRegexp' : 'byName', options: name },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  }
}

const CHART: Fields = {
  legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
  tooltip: { mode: 'multi', sort: 'desc', hideZeros: true },
}

function build(
  type: string,
  { title, description, targets, unit, defaults = {}, overrides = [], options = {}, more, ...size }: Spec,
  usual: { readonly width: number; readonly height: number },
  ownDefaults: Fields,
  ownOptions: Fields,
): Panel {
  return {
    type,
    title,
    description,
    width: size.width ?? usual.width,
    height: size.height ?? usual.height,
    targets,
    fieldConfig: {
      defaults: { ...ownDefaults, ...(unit === undefined ? {} : { unit }), ...defaults },
      overrides,
    },
    options: { ...ownOptions, ...options },
    ...(more === undefined ? {} : { more }),
  }
}
