/** What an answer could not say, as notices of a panel and as the text in place of a figure. Pure. */
import type { QueryResultMetaNotice } from '@grafana/data'
import type { Notice, QueryAnswer } from '../api/contract.ts'

/** Worth a warning; the rest is for who wants to know. */
const WARNINGS: readonly string[] = [
  'stale',
  'gap',
  'lower_bound',
  'newer_truncated',
  'not_split',
  'not_filtered',
]

/** In place of a figure, for the first of these that is said of its measure. */
const REASONS: ReadonlyArray<readonly [code: string, text: string]> = [
  ['not_reported', 'Not reported'],
  ['no_common_source', 'Not reported together'],
  ['nothing_read', 'No data yet'],
  ['not_observed', 'Not observed'],
  ['derived_withheld', 'Not confirmed'],
  ['not_in_yet', 'Not in yet'],
  ['not_split', 'Not split'],
  ['gap', 'Unknown'],
]

/** Each once, the warnings first; where several sources stand one after the other, that too. */
export function noticesOf({ notices, sources }: QueryAnswer): QueryResultMetaNotice[] {
  const texts = new Map<string, QueryResultMetaNotice['severity']>()
  for (const { code, account, message } of notices) {
    texts.set(`${account}: ${message}`, WARNINGS.includes(code) ? 'warning' : 'info')
  }
  const taken = new Map<string, Set<string>>()
  for (const { account, measure, source } of sources) {
    const key = `${measure} of ${account}`
    taken.set(key, (taken.get(key) ?? new Set()).add(source))
  }
  for (const [what, names] of taken) {
    if (names.size > 1) texts.set(`${what} comes from ${[...names].join(', then ')}.`, 'info')
  }
  return [...texts]
    .map(([text, severity]) => ({ text, severity }))
    .sort((a, b) => Number(b.severity === 'warning') - Number(a.severity === 'warning'))
}

/** Why there is no figure, in two or three words. */
export function reasonFor(notices: readonly Notice[]): string {
  const found = REASONS.find(([code]) => notices.some((notice) => notice.code === code))
  return found?.[1] ?? 'No usage'
}
