/** What is kept beside usage: budgets made over HTTP, what crossed them, of that what was posted, alerts that came in. */

export const NOTE_KINDS = ['budget', 'crossing', 'posted', 'alert'] as const
export type NoteKind = (typeof NOTE_KINDS)[number]

export interface Note {
  readonly kind: NoteKind
  /** Of one kind unique: a later note of the same id takes its place. */
  readonly id: string
  /** What it is about happened then, ms since the epoch. */
  readonly at: number
  /** JSON. */
  readonly body: unknown
}
