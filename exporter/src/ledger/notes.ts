/** Notes: few and small, so they are kept as JSON and read whole. */
import type { Note, NoteKind } from '../usage/note.ts'
import type { Database, Transaction } from './database.ts'
import { insert, integer, text } from './rows.ts'

/** Those of the same kind and id are replaced. */
export async function storeNotes(transaction: Transaction, notes: readonly Note[]): Promise<void> {
  for (const { kind, id, at, body } of notes) {
    await removeNote(transaction, kind, id)
    await insert(transaction, 'note', [kind, id, BigInt(Math.floor(at)), JSON.stringify(body)])
  }
}

/** Newest first. */
export async function readNotes(database: Database, kind: NoteKind, since: number): Promise<Note[]> {
  const rows = await database.read(
    `SELECT * FROM note WHERE kind = '${kind}' AND happened_at >= ${Math.floor(since)} ORDER BY happened_at DESC, id`,
  )
  return rows.map((row) => ({
    kind,
    id: text(row, 'id'),
    at: integer(row, 'happened_at'),
    body: JSON.parse(text(row, 'body')) as unknown,
  }))
}

export async function removeNote(transaction: Transaction, kind: NoteKind, id: string): Promise<void> {
  await transaction.run('DELETE FROM note WHERE kind = $kind AND id = $id', { kind, id })
}

/** Budgets stand until they are removed; what happened goes as usage does. */
export async function pruneNotes(transaction: Transaction, before: number): Promise<void> {
  await transaction.run(`DELETE FROM note WHERE kind <> 'budget' AND happened_at < ${before}`)
}
