/** The naive model that the ledger is held equal to: a map of cells, lists of bookings, and no cleverness. */
import type { Amount } from '@usage-explorer/core/amount'
import { HOUR } from '../../clock.ts'
import { compareForExposure, cutName, type Cut } from '../../usage/cut.ts'
import type { SpanState } from '../../usage/coverage.ts'
import type { Stated } from '../../usage/dimensions.ts'
import type { Booking } from '../ledger.ts'

export const LAG_MS: number = 2 * HOUR
export const RETENTION_MS: number = 60 * HOUR
export const KEYS: readonly (string | null)[] = ['k1', 'k2', 'k3', null]

/** What the outside decides: who owns which key, how many keys are shown, and whether a write crashes midway. */
export class World {
  now: number
  teams = 1
  cap = 4
  crash = false

  constructor(now: number) {
    this.now = now
  }

  readonly booking: Booking = {
    admit: () => undefined,
    counterFor: (_source, _spec, series, role) => {
      if (this.crash) throw new Error('crash in the middle of a write')
      return { family: role, labels: this.labels(series.stated) }
    },
    restatementFor: () => undefined,
  }

  labels(stated: Stated): Record<string, string> {
    const index = KEYS.indexOf(stated.api_key ?? null)
    return {
      key: stated.api_key === undefined ? '' : index < this.cap ? String(KEYS[index]) : 'other',
      team: `team${index % this.teams}`,
      description: stated.description ?? '',
      type: stated.type ?? '',
    }
  }
}

export interface ModelCut {
  readonly cut: Cut
  live: boolean
  /** By series and bucket. `gone` cells are beyond retention: no longer in sums, still in counters. */
  readonly cells: Map<string, { stated: Stated; bucket: number; amount: Amount; gone: boolean }>
  readonly marks: Map<number, { state: SpanState; fetchedAt: number }>
  /** All series that it ever had, those whose rows have vanished included. */
  readonly series: Map<string, Stated>
}

export type Role = 'exposed' | 'twin'

export class Model {
  readonly cuts: Map<string, ModelCut> = new Map<string, ModelCut>()
  readonly exposures: { role: Role; cut: ModelCut; from: number; until: number }[] = []
  readonly assigned: Map<string, { from: number; labels: string }[]> = new Map<
    string,
    { from: number; labels: string }[]
  >()
  readonly bookedUntil: Record<Role, number> = { exposed: -Infinity, twin: -Infinity }
  epoch: number | undefined
  readonly world: World

  constructor(world: World) {
    this.world = world
  }

  answer(
    cut: Cut,
    from: number,
    to: number,
    fetchedAt: number,
    truncated: boolean,
    rows: Map<string, [Stated, number, Amount]>,
  ): void {
    this.epoch ??= this.world.now
    const state: ModelCut = this.cuts.get(cutName(cut)) ?? {
      cut,
      live: true,
      cells: new Map(),
      marks: new Map(),
      series: new Map(),
    }
    this.cuts.set(cutName(cut), state)
    const horizon = Math.floor((this.world.now - RETENTION_MS) / HOUR) * HOUR
    const mark = Math.floor(Math.min(to, fetchedAt - LAG_MS) / HOUR) * HOUR
    const open: number[] = []
    for (let bucket = from; bucket < to; bucket += HOUR) {
      if (bucket < horizon || (state.marks.get(bucket)?.fetchedAt ?? -1) > fetchedAt) continue
      open.push(bucket)
    }
    state.live = true
    if (open.length === 0) return
    const before = new Map([...state.cells].map(([key, { amount }]) => [key, amount]))
    for (const bucket of open) {
      const old = state.marks.get(bucket)
      if (bucket >= mark) state.marks.set(bucket, { state: 'provisional', fetchedAt })
      else if (!truncated) state.marks.set(bucket, { state: 'complete', fetchedAt })
      else if (old?.state !== 'complete') state.marks.set(bucket, { state: 'partial', fetchedAt })
    }
    this.expose()
    for (const bucket of open) {
      if (!truncated) for (const [key, old] of state.cells) if (old.bucket === bucket) state.cells.delete(key)
      for (const [key, [stated, at, amount]] of rows) {
        if (at !== bucket || amount === 0n) continue
        state.series.set(JSON.stringify(stated), stated)
        this.assign(state, stated, false)
        const stored = before.get(key)
        if (truncated && stored !== undefined && stored >= amount) continue
        state.cells.set(key, { stated, bucket, amount, gone: false })
      }
    }
    for (const key of new Set([...before.keys(), ...state.cells.keys()])) {
      if ((before.get(key) ?? 0n) === (state.cells.get(key)?.amount ?? 0n)) continue
      this.booked(state, Number(key.split('@')[1]))
    }
  }

  retire(cut: Cut): void {
    this.epoch ??= this.world.now
    const state = this.cuts.get(cutName(cut))
    if (state !== undefined) state.live = false
    this.expose()
  }

  reassign(): void {
    for (const { role, cut, until } of this.exposures) {
      if (until !== Infinity) continue
      for (const key of this.assigned.keys()) {
        const [name, stated, of] = JSON.parse(key) as [string, Stated, Role]
        if (name === cutName(cut.cut) && of === role) this.assign(cut, stated, true)
      }
    }
  }

  prune(): void {
    const horizon = Math.floor((this.world.now - RETENTION_MS) / HOUR) * HOUR
    for (const state of this.cuts.values()) {
      for (const cell of state.cells.values()) if (cell.bucket < horizon) cell.gone = true
      for (const bucket of state.marks.keys()) if (bucket < horizon) state.marks.delete(bucket)
    }
  }

  /** Every counter's sum, from nothing but cells, exposures and assignments. */
  counters(): Map<string, Amount> {
    const sums = new Map<string, Amount>()
    for (const { role, cut, from, until } of this.exposures) {
      for (const { stated, bucket, amount } of cut.cells.values()) {
        if (bucket < from || bucket >= until) continue
        const list = this.assigned.get(JSON.stringify([cutName(cut.cut), stated, role])) ?? []
        const labels = list.findLast((candidate) => candidate.from <= bucket)?.labels
        const key = `${role} ${labels}`
        sums.set(key, (sums.get(key) ?? 0n) + amount)
      }
    }
    return sums
  }

  private expose(): void {
    const read = [...this.cuts.values()].filter((state) => state.live && state.marks.size > 0)
    const [exposed] = read.toSorted((a, b) => compareForExposure(a.cut, b.cut))
    const hasModel = (state: ModelCut): boolean => state.cut.dimensions.includes('description')
    const twin = exposed === undefined || hasModel(exposed) ? undefined : read.find(hasModel)
    for (const [role, wanted] of [
      ['exposed', exposed],
      ['twin', twin],
    ] as const) {
      const open = this.exposures.find((exposure) => exposure.role === role && exposure.until === Infinity)
      if (open?.cut === wanted) continue
      const from = Math.max(Math.ceil((this.epoch ?? 0) / HOUR) * HOUR, this.bookedUntil[role])
      if (open !== undefined) open.until = from
      if (wanted === undefined) continue
      this.exposures.push({ role, cut: wanted, from, until: Infinity })
      for (const stated of wanted.series.values()) this.assign(wanted, stated, true)
      for (const { bucket } of wanted.cells.values()) {
        if (bucket >= from) this.bookedUntil[role] = Math.max(this.bookedUntil[role], bucket + HOUR)
      }
    }
  }

  private assign(state: ModelCut, stated: Stated, again: boolean): void {
    for (const role of ['exposed', 'twin'] as const) {
      const exposures = this.exposures.filter((exposure) => exposure.role === role && exposure.cut === state)
      if (exposures.length === 0) continue
      const key = JSON.stringify([cutName(state.cut), stated, role])
      const list = this.assigned.get(key) ?? []
      const isOpen = exposures.some((exposure) => exposure.until === Infinity)
      if (list.length > 0 && (!again || !isOpen)) continue
      const labels = JSON.stringify(Object.entries(this.world.labels(stated)).sort())
      if (list.at(-1)?.labels === labels) continue
      const frontier = Math.max(Math.ceil((this.epoch ?? 0) / HOUR) * HOUR, this.bookedUntil[role])
      const from = list.length === 0 ? 0 : frontier
      this.assigned.set(key, [...list.filter((old) => old.from < from), { from, labels }])
    }
  }

  private booked(state: ModelCut, bucket: number): void {
    for (const { role, cut, from, until } of this.exposures) {
      if (cut !== state || bucket < from || bucket >= until) continue
      this.bookedUntil[role] = Math.max(this.bookedUntil[role], bucket + HOUR)
    }
  }
}
