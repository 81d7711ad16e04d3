/** The part of the page about accounts: what each is doing, how old its data is, what is wrong and what to do. */
import type { AccountStatus } from '../../../polling/status.ts'
import { ACCOUNT_STATES } from './account-states.ts'
import type { SourcesAnswer, StatusView } from './answers.ts'
import { html, type Html } from '../html.ts'
import { problemList } from './problems.ts'
import { sourceTable } from './source-table.ts'
import { ago, instant } from '../words.ts'

export function accountsSection(view: StatusView, zone: string): Html {
  const told = 'answer' in view.sources ? view.sources.answer : undefined
  const gone = (told?.accounts ?? []).filter(
    ({ provider, account }) =>
      !view.accounts.some((one) => one.provider === provider && one.account === account),
  )
  return html`<section aria-labelledby="accounts">
    <h2 id="accounts">Accounts</h2>
    ${
      view.accounts.length === 0
        ? html`<p class="lead">
            No account is configured. Set <code>XAI_MANAGEMENT_KEY</code>, or list accounts in a file and name
            it in <code>USAGE_EXPLORER_CONFIG</code>.
          </p>`
        : undefined
    }
    <div class="accounts">
      ${mostUrgentFirst(view.accounts).map((status) => card(status, told, view, zone))}
      ${gone.map(({ provider, account }) => goneCard(provider, account, told, view, zone))}
    </div>
  </section>`
}

function mostUrgentFirst(accounts: readonly AccountStatus[]): readonly AccountStatus[] {
  const urgency = ({ state }: AccountStatus): number =>
    ['bad', 'busy', 'good'].indexOf(ACCOUNT_STATES[state].tone)
  return accounts.toSorted((a, b) => urgency(a) - urgency(b))
}

function card(status: AccountStatus, told: SourcesAnswer | undefined, view: StatusView, zone: string): Html {
  const { provider, account, state, identity, lastSuccessAt, problems, backfilled } = status
  const words = ACCOUNT_STATES[state]
  const id = `account-${view.accounts.indexOf(status)}`
  return html`<article class="panel ${words.tone}" aria-labelledby="${id}">
    <h3 id="${id}"><bdi>${account}</bdi> <span class="badge ${words.tone}">${words.short}</span></h3>
    <p>${words.long}</p>
    ${
      state === 'backfilling'
        ? html`<p>
            <progress max="100" value="${Math.floor(backfilled * 100)}" aria-labelledby="${id}"></progress>
            ${Math.floor(backfilled * 100)}&nbsp;% of its history is read.
          </p>`
        : undefined
    }
    ${problemList(problems, view.at, zone)}
    <dl class="facts">
      <div>
        <dt>Provider</dt>
        <dd>${view.titleOf(provider)}</dd>
      </div>
      ${
        identity === undefined
          ? undefined
          : html`<div>
              <dt>Project</dt>
              <dd><bdi>${identity.projectName ?? identity.project}</bdi></dd>
            </div>`
      }
      <div>
        <dt>Last poll that worked</dt>
        <dd>
          ${
            lastSuccessAt === undefined
              ? 'none since the service was started'
              : html`${ago(view.at - lastSuccessAt)},
                  <time datetime="${new Date(lastSuccessAt).toISOString()}"
                    >${instant(lastSuccessAt, zone)}</time
                  >`
          }
        </dd>
      </div>
    </dl>
    ${sourceTable(provider, account, told, view.at, zone)} ${neverReported(provider, account, told, view)}
  </article>`
}

function goneCard(
  provider: string,
  account: string,
  told: SourcesAnswer | undefined,
  view: StatusView,
  zone: string,
): Html {
  return html`<article class="panel">
    <h3><bdi>${account}</bdi> <span class="badge">Not configured any more</span></h3>
    <p>${view.titleOf(provider)}: what was read before is kept and still counts.</p>
    ${sourceTable(provider, account, told, view.at, zone)}
  </article>`
}

function neverReported(
  provider: string,
  account: string,
  told: SourcesAnswer | undefined,
  { titleOf }: StatusView,
): Html | undefined {
  const reasons = told?.accounts.find(
    (one) => one.provider === provider && one.account === account,
  )?.never_reports
  const entries = Object.entries(reasons ?? {})
  if (entries.length === 0) return undefined
  const isObserved = told?.sources.some(
    (one) => one.kind === 'observed' && one.provider === provider && one.account === account,
  )
  return html`<details>
    <summary>What ${titleOf(provider)} does not report</summary>
    <dl class="facts">
      ${entries.map(
        ([what, why]) =>
          html`<div>
            <dt>${what.replaceAll('_', ' ')}</dt>
            <dd>${isObserved === true ? 'From your apps, as far as they tell it.' : why}</dd>
          </div>`,
      )}
    </dl>
  </details>`
}
