/** What an answer could not say, in the API's own words. */
import type { Measure } from '../../../usage/measures.ts'
import type { Notice, SummaryAnswer } from './answers.ts'
import { html, type Html } from '../html.ts'
import { sentence } from '../words.ts'

/** The notices on a measure, but for those on what is never reported, which have a place of their own. */
export function notes(summary: SummaryAnswer, measure: Measure): Html | undefined {
  const found = summary.notices.filter((one) => one.measure === measure && one.code !== 'not_reported')
  if (found.length === 0) return undefined
  return html`<ul class="notes">
    ${found.map((one) => html`<li>${prefixOf(one, summary)}${sentence(one.message, summary.zone)}</li> `)}
  </ul>`
}

/** Accounts that cannot tell a measure, with the reason and the way round. */
export function neverTold({ notices }: SummaryAnswer, measure: Measure): readonly Notice[] {
  return notices.filter((one) => one.measure === measure && one.code === 'not_reported')
}

/** Where there is one account only, everything is about it. */
function prefixOf({ provider, account }: Notice, { notices, sources }: SummaryAnswer): Html | undefined {
  const names = new Set([...notices, ...sources].map((one) => `${one.provider}/${one.account}`))
  return names.size < 2 ? undefined : html`<b>${provider}/${account}</b>: `
}
