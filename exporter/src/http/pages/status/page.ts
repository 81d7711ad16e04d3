/** The status page as HTML: needs no script, no image and nothing from anywhere else. Pure. */
import { overall } from './account-states.ts'
import { accountsSection } from './accounts.ts'
import type { Asked, StatusView } from './answers.ts'
import { costSection } from './cost.ts'
import { countSection } from './counts.ts'
import { htmlDocument } from '../document.ts'
import { html, type Html } from '../html.ts'
import { linksSection } from './links.ts'
import { standingSection } from './standing.ts'
import { instant, sentence } from '../words.ts'

export function renderStatusPage(view: StatusView): string {
  const zone = 'answer' in view.summary ? view.summary.answer.zone : 'UTC'
  const state = overall(view.accounts)
  const body = html`
    <header>
      <h1>Usage Explorer</h1>
      <p>
        As of <time datetime="${new Date(view.at).toISOString()}">${instant(view.at, zone)}</time>.
        <a href="/">Load again</a>
      </p>
    </header>
    <main>
      ${
        view.demo
          ? html`<p class="banner demo">
              <b>Demo data.</b> This is a simulated organisation; no provider was asked and nothing here was
              spent. Set <code>XAI_MANAGEMENT_KEY</code> to see your own.
            </p>`
          : undefined
      }
      <p class="banner ${state.tone}"><b>${state.text}</b> <a href="#accounts">See accounts</a></p>
      ${figures(view, zone)}
      ${
        'failure' in view.standing
          ? failed('Where budgets stand cannot be told', view.standing, zone)
          : standingSection(view.standing.answer, zone)
      }
      ${'failure' in view.sources ? failed('How fresh each source is cannot be told', view.sources, zone) : undefined}
      ${accountsSection(view, zone)} ${linksSection(view)}
    </main>
    <footer>
      <p>
        Usage Explorer ${view.version}. Figures here are rounded for reading; the API gives them to the last
        digit. Days and months are those of ${zone}.
      </p>
    </footer>
  `
  return htmlDocument(`${view.demo ? 'Demo data: ' : ''}Usage Explorer`, body)
}

function figures({ summary, at, titleOf }: StatusView, zone: string): Html {
  if ('failure' in summary) {
    return html`<section aria-labelledby="cost">
      <h2 id="cost">Cost, tokens and requests</h2>
      ${failed('These figures cannot be shown', summary, zone)}
    </section>`
  }
  return html`${costSection(summary.answer, at)} ${countSection(summary.answer, titleOf)}`
}

type Failed = Extract<Asked<unknown>, { failure: unknown }>

function failed(what: string, { failure }: Failed, zone: string): Html {
  return html`<div class="problem" role="alert">
    <p><b>${what}.</b> ${sentence(failure.message, zone)}</p>
    <p><b>What to do:</b> ${failure.remedy} <code>${failure.code}</code></p>
  </div>`
}
