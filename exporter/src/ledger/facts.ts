/** Names, prices, levels and documents of accounts: stored as they come, read from memory. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { AccountFacts, Level, NameEntry, SourceDocument } from '../usage/facts.ts'
import type { Database, Row, Transaction } from './database.ts'
import type { LedgerFacts } from './ledger.ts'
import { amountOf, append, decimal, insert, integer, text } from './rows.ts'

/** Stores what one look at an account brought; parts that it lacks are left as they are. */
export async function storeFacts(transaction: Transaction, facts: AccountFacts): Promise<void> {
  const of = [facts.provider, facts.account] as const
  const at = BigInt(facts.fetchedAt)
  if (facts.names !== undefined) await storeNames(transaction, facts, facts.names)
  if (facts.prices !== undefined) {
    await transaction.run(
      'UPDATE price SET listed = false WHERE provider = $provider AND account = $account',
      owner(facts),
    )
    for (const { model, type, tier, currency, perUnit } of facts.prices) {
      // A changed price is a new row, so that what was charged before can still be explained.
      const key = { ...owner(facts), model, type, tier, currency, price: decimal(perUnit), at }
      const same = `provider = $provider AND account = $account AND model = $model AND type = $type
        AND tier = $tier AND currency = $currency AND per_unit = $price AND since =
        (SELECT max(since) FROM price WHERE provider = $provider AND account = $account AND model = $model
          AND type = $type AND tier = $tier AND currency = $currency)`
      const [known] = await transaction.rows(
        `UPDATE price SET listed = true, seen_at = $at WHERE ${same} RETURNING 1 AS n`,
        key,
      )
      if (known === undefined) {
        await insert(transaction, 'price', [...of, model, type, tier, currency, key.price, at, at, true])
      }
    }
  }
  for (const { family, kind } of facts.levels ?? []) {
    await transaction.run(
      `DELETE FROM level WHERE provider = $provider AND account = $account AND family = $family AND kind = $kind`,
      { ...owner(facts), family, kind },
    )
  }
  for (const { family, kind, model, currency, amount } of facts.levels ?? []) {
    await insert(transaction, 'level', [...of, family, kind, model, currency, decimal(amount), at])
  }
  for (const { kind, id, cycleStart, body } of facts.documents ?? []) {
    await transaction.run(
      'DELETE FROM document WHERE provider = $provider AND account = $account AND kind = $kind AND id = $id',
      { ...owner(facts), kind, id },
    )
    await insert(transaction, 'document', [...of, kind, id, BigInt(cycleStart), at, body])
  }
}

type Read = (sql: string) => Promise<Row[]>

export async function loadFacts(read: Read): Promise<LedgerFacts> {
  return { names: await loadNames(read), prices: await loadPrices(read), levels: await loadLevels(read) }
}

/** What is known once `brought` is stored. Parts that it lacks stay the same objects: caches hang on them. */
export async function updateFacts(
  read: Read,
  known: LedgerFacts,
  brought: AccountFacts,
): Promise<LedgerFacts> {
  return {
    names: brought.names === undefined ? known.names : await loadNames(read),
    prices: brought.prices === undefined ? known.prices : await loadPrices(read),
    levels: brought.levels === undefined ? known.levels : await loadLevels(read),
  }
}

async function loadNames(read: Read): Promise<LedgerFacts['names']> {
  const rows = await read('SELECT * FROM name ORDER BY provider, account, kind, id')
  return rows.map((row) => ({
    ...of(row),
    ...(JSON.parse(text(row, 'entry')) as NameEntry),
    listed: row['listed'] === true,
    firstSeenAt: integer(row, 'first_seen_at'),
  }))
}

async function loadPrices(read: Read): Promise<LedgerFacts['prices']> {
  const rows = await read('SELECT * FROM price WHERE listed ORDER BY provider, account, model, type')
  return rows.map((row) => ({
    ...of(row),
    model: text(row, 'model'),
    type: text(row, 'type'),
    tier: text(row, 'tier'),
    currency: text(row, 'currency'),
    perUnit: amountOf(row, 'per_unit'),
    seenAt: integer(row, 'seen_at'),
  }))
}

async function loadLevels(read: Read): Promise<LedgerFacts['levels']> {
  const rows = await read('SELECT * FROM level ORDER BY provider, account, family, kind, model')
  return rows.map((row) => ({
    ...of(row),
    family: text(row, 'family') as Level['family'],
    kind: text(row, 'kind'),
    model: row['model'] === null ? null : text(row, 'model'),
    currency: text(row, 'currency'),
    amount: amountOf(row, 'amount'),
    seenAt: integer(row, 'seen_at'),
  }))
}

export async function readDocuments(
  database: Database,
  account: { provider: string; account: string },
  kind: SourceDocument['kind'],
): Promise<SourceDocument[]> {
  const rows = await database.read(
    `SELECT * FROM document WHERE provider = $provider AND account = $account AND kind = $kind
     ORDER BY cycle_start, id`,
    { ...owner(account), kind },
  )
  return rows.map((row) => ({
    kind,
    id: text(row, 'id'),
    cycleStart: integer(row, 'cycle_start'),
    body: text(row, 'body'),
  }))
}

async function storeNames(
  transaction: Transaction,
  facts: AccountFacts,
  names: readonly NameEntry[],
): Promise<void> {
  const { provider, account, fetchedAt } = facts
  for (const kind of new Set(names.map((name) => name.kind))) {
    const stored = await transaction.rows(
      `DELETE FROM name WHERE provider = $provider AND account = $account AND kind = $kind
       RETURNING id, first_seen_at, entry`,
      { ...owner(facts), kind },
    )
    const known = new Map(
      stored.map((row) => [
        text(row, 'id'),
        { firstSeenAt: BigInt(integer(row, 'first_seen_at')), entry: text(row, 'entry') },
      ]),
    )
    const listed = new Map(
      names.flatMap((entry) => (entry.kind === kind ? [[entry.id, entry] as const] : [])),
    )
    // What the provider no longer lists stays known: its usage is still shown by name.
    const gone = [...known].filter(([id]) => !listed.has(id))
    const unlisted = gone.map(([id, { firstSeenAt, entry }]): DuckDBValue[] => {
      return [provider, account, kind, id, false, firstSeenAt, entry]
    })
    const rows = [...listed].map(([id, entry]): DuckDBValue[] => {
      const firstSeenAt = known.get(id)?.firstSeenAt ?? BigInt(fetchedAt)
      return [provider, account, kind, id, true, firstSeenAt, JSON.stringify(entry)]
    })
    await append(transaction, 'name', [...unlisted, ...rows])
  }
}

function owner(account: { provider: string; account: string }): { provider: string; account: string } {
  return { provider: account.provider, account: account.account }
}

function of(row: Row): { provider: string; account: string } {
  return { provider: text(row, 'provider'), account: text(row, 'account') }
}
