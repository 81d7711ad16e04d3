/** How old the data of each source of an account is. */
import { SECOND } from '../../../clock.ts'
import type { SourceAnswer, SourcesAnswer } from './answers.ts'
import { html, type Html } from '../html.ts'
import { ago, instant } from '../words.ts'

const KINDS: Readonly<Record<SourceAnswer['kind'], string>> = {
  billed: 'billed',
  metered: 'metered',
  observed: 'observed in your apps',
  derived: 'computed from cost and list prices',
}

export function sourceTable(
  provider: string,
  account: string,
  told: SourcesAnswer | undefined,
  at: number,
  zone: string,
): Html | undefined {
  const sources = (told?.sources ?? []).filter((one) => one.provider === provider && one.account === account)
  if (sources.length === 0) return undefined
  return html`<table>
    <caption>
      Data age, by source
    </caption>
    <thead>
      <tr>
        <th scope="col">Source</th>
        <th scope="col">Final up to</th>
      </tr>
    </thead>
    <tbody>
      ${sources.map((source) => sourceRow(source, at, zone))}
    </tbody>
  </table>`
}

function sourceRow(
  { source, kind, measures, watermark, age_seconds, complete }: SourceAnswer,
  at: number,
  zone: string,
): Html {
  return html`<tr>
    <th scope="row">
      <code>${source}</code> <span class="small">${measures.join(', ')}, ${KINDS[kind]}</span>
    </th>
    <td>
      ${
        watermark === null
          ? 'nothing is final yet'
          : html`<time datetime="${watermark}">${instant(watermark, zone)}</time>,
              ${ago(at - Date.parse(watermark))}`
      }
      <span class="small"
        >${watermark === null ? '' : complete ? 'no gaps; ' : 'with gaps; '}last moved on
        ${ago(age_seconds * SECOND)}</span
      >
    </td>
  </tr> `
}
