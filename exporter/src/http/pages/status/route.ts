/** Asks what the status page shows and answers with it, also where a question fails. */
import type { UsageExplorerError } from '../../../errors.ts'
import type { AccountStatus } from '../../../polling/status.ts'
import { failureBody, statusOf, toFailure } from '../../failures.ts'
import type { Route } from '../../route.ts'
import type { Asked, SourcesAnswer, StandingAnswer, StatusView, SummaryAnswer } from './answers.ts'
import { renderStatusPage } from './page.ts'
import { contentSecurityPolicy } from '../style.ts'

export interface StatusPageDependencies {
  readonly version: string
  /** ms since the epoch. */
  readonly now: () => number
  /** Whether what is shown is simulated. */
  readonly demo: boolean
  /** What people call the provider of this id: "xAI". */
  readonly titleOf: StatusView['titleOf']
  readonly summary: () => Promise<SummaryAnswer>
  readonly sources: () => SourcesAnswer
  readonly standing: () => Promise<StandingAnswer>
}

/** @param onFailure told of failures that are the service's own */
export function createStatusPage(
  { version, now, demo, titleOf, summary, sources, standing }: StatusPageDependencies,
  accounts: () => readonly AccountStatus[],
  onFailure: (failure: UsageExplorerError) => void,
): Route['handle'] {
  const ask = async <T>(question: () => T | Promise<T>): Promise<Asked<T>> => {
    try {
      return { answer: await question() }
    } catch (thrown) {
      const failure = toFailure(thrown)
      if (statusOf(failure.code) >= 500) onFailure(failure)
      return { failure: failureBody(failure).error }
    }
  }
  return async (_request, reply) => {
    const asked = {
      summary: await ask(summary),
      sources: await ask(sources),
      standing: await ask(standing),
    }
    const page = renderStatusPage({ version, at: now(), demo, accounts: accounts(), titleOf, ...asked })
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy())
      .send(page)
  }
}
