/** The demo organisation's apps: which of its calls they watch, how long those take, and how they fail. Pure. */
import { toNumber } from '@usage-explorer/core/amount'
import { parseDescription } from '@usage-explorer/core/models'
import { partitionUnitType } from '@usage-explorer/core/xai'
import { HOUR } from '../clock.ts'
import { TIME_BOUNDS } from '../usage/histogram.ts'
import { noise } from './noise.ts'
import type { DemoKey } from './organisation.ts'
import { PRODUCTS, type Product } from './products.ts'
import type { UsageModel } from './usage-model.ts'

interface App {
  readonly service: string
  readonly environment: string
  /** Key name that it calls with. */
  readonly key: string
  /** Share of its calls that it watches: the others go through code that nobody has instrumented. */
  readonly watched: number
  /** Share of its streams that its users break off. */
  readonly aborted: number
}

/** Keys that none of them uses (research, labs, images, pipelines of others) are never observed. */
const APPS: readonly App[] = [
  { service: 'search-api', environment: 'production', key: 'search-prod', watched: 1, aborted: 0 },
  { service: 'search-api', environment: 'staging', key: 'search-staging', watched: 1, aborted: 0 },
  { service: 'support-bot', environment: 'production', key: 'support-bot-prod', watched: 1, aborted: 0.06 },
  { service: 'support-bot', environment: 'staging', key: 'support-bot-staging', watched: 1, aborted: 0.06 },
  { service: 'code-review', environment: 'production', key: 'code-review-prod', watched: 1, aborted: 0 },
  { service: 'data-pipeline', environment: 'production', key: 'data-pipeline-prod', watched: 1, aborted: 0 },
  {
    service: 'marketing-copy',
    environment: 'production',
    key: 'marketing-copy-prod',
    watched: 0.9,
    aborted: 0,
  },
]

/** What one app has seen of one model in a whole hour. */
export interface AppHour {
  readonly app: App
  readonly key: DemoKey
  readonly model: string
  /** Token type → tokens. */
  readonly tokens: ReadonlyMap<string, number>
  /** USD. */
  readonly cost: number
  readonly calls: number
  /** Error type → calls. */
  readonly errors: ReadonlyMap<string, number>
  /** Calls by the bucket of TIME_BOUNDS that they fell into. */
  readonly durations: readonly number[]
  readonly firstTokens: readonly number[]
}

/** Middle of the time that calls of a product take, in seconds, and that their first token takes. */
const PACE: Readonly<Record<string, readonly [duration: number, firstToken: number]>> = {
  [PRODUCTS.reasoning.model]: [9, 3],
  [PRODUCTS.fastReasoning.model]: [4, 1.2],
  [PRODUCTS.fast.model]: [1.1, 0.25],
  [PRODUCTS.code.model]: [6, 1.5],
}

/** @param hourStart ms, a whole hour */
export function appsAt(model: UsageModel, hourStart: number): AppHour[] {
  const cells = model.usageAt(hourStart)
  const hour = hourStart / HOUR
  return APPS.flatMap((app, index) => {
    const own = cells.filter(({ key }) => key.name === app.key)
    const descriptions = [...new Set(own.map(({ description }) => description))]
    return descriptions.flatMap((description): AppHour[] => {
      const product = Object.values(PRODUCTS).find((one) => one.description === description)
      const name = parseDescription(description).model
      const pace = PACE[name]
      if (product === undefined || pace === undefined) return []
      const lines = own.filter((cell) => cell.description === description)
      const calls = Math.round(callsOf(product, lines) * app.watched)
      const share = app.watched * (1 - app.aborted)
      const tokens = new Map<string, number>()
      for (const { unitType, units } of lines) {
        const type = partitionUnitType(unitType).tokens
        if (type !== null) tokens.set(type, (tokens.get(type) ?? 0) + Math.floor(units * share))
      }
      const cost = lines.reduce((sum, line) => sum + toNumber(line.cost), 0) * share
      const slow = 0.9 + 0.2 * noise(7, hour, index)
      return [
        {
          app,
          key: lines[0]?.key ?? failKey(),
          model: name,
          tokens,
          cost: Math.round(cost * 1e10) / 1e10,
          calls,
          errors: errorsOf(calls, app.aborted, hour, index),
          durations: spread(calls, pace[0] * slow),
          firstTokens: spread(calls, pace[1] * slow),
        },
      ]
    })
  })
}

function callsOf(product: Product, lines: readonly { unitType: string; units: number }[]): number {
  const [first] = product.units
  const line = lines.find(({ unitType }) => unitType === first?.unitType)
  return first === undefined || line === undefined ? 0 : line.units / first.perCall
}

/** A few in a hundred fail; now and then a provider has a bad hour. */
function errorsOf(calls: number, aborted: number, hour: number, index: number): Map<string, number> {
  const isBad = noise(11, Math.floor(hour / 3), index) > 0.97
  const failing = calls * (isBad ? 0.12 : 0.006)
  const errors = new Map<string, number>()
  for (const [type, share] of [
    ['rate_limit', 0.55],
    ['server', 0.3],
    ['timeout', 0.15],
  ] as const) {
    const count = Math.floor(failing * share + noise(13, hour, index, type.length))
    if (count > 0) errors.set(type, count)
  }
  if (aborted > 0) errors.set('aborted', Math.floor(calls * aborted))
  return errors
}

/** Share of calls that take up to so many times the middle. */
const SHAPE: readonly (readonly [times: number, below: number])[] = [
  [0.3, 0.04],
  [0.6, 0.2],
  [1, 0.5],
  [1.6, 0.78],
  [2.6, 0.93],
  [5, 0.985],
  [12, 1],
]

function spread(calls: number, middle: number): number[] {
  const below = (seconds: number): number => {
    const times = seconds / middle
    let last: readonly [number, number] = [0, 0]
    for (const point of SHAPE) {
      if (times <= point[0])
        return last[1] + ((times - last[0]) / (point[0] - last[0])) * (point[1] - last[1])
      last = point
    }
    return 1
  }
  let taken = 0
  return [...TIME_BOUNDS, Infinity].map((bound) => {
    const upTo = Math.round(calls * below(bound))
    const count = upTo - taken
    taken = upTo
    return count
  })
}

function failKey(): never {
  throw new Error('a cell without a key')
}
