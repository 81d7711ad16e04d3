/** What is wrong with an account in words, and what to do about it. */
import { ERRORS } from '../../../errors.ts'
import type { ReaderProblem } from '../../../polling/status.ts'
import { html, type Html } from '../html.ts'
import { duration, sentence } from '../words.ts'

/** @param at ms since the epoch, now */
export function problemList(problems: readonly ReaderProblem[], at: number, zone: string): readonly Html[] {
  return grouped(problems).map((group) => problem(group, at, zone))
}

/** One failure often stops several readers at once. */
function grouped(problems: readonly ReaderProblem[]): readonly (readonly ReaderProblem[])[] {
  const groups = new Map<string, ReaderProblem[]>()
  for (const one of problems) {
    const key = JSON.stringify([one.code, one.message])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

function problem(group: readonly ReaderProblem[], at: number, zone: string): Html {
  const [first] = group
  if (first === undefined) return html``
  const since = Math.min(...group.map((one) => one.since))
  const next = Math.min(...group.map((one) => one.nextTryAt))
  const readers = group.map(({ reader }) => reader).join(', ')
  return html`<div class="problem">
    <p><b>${ERRORS[first.code].meaning}</b></p>
    <p><b>What to do:</b> ${first.remedy}</p>
    <p class="said">${sentence(first.message, zone)}</p>
    <p class="small">
      <code>${first.code}</code> in ${readers}, for ${duration(at - since)}, next try
      ${next <= at ? 'now' : `in ${duration(next - at)}`}
    </p>
  </div>`
}
