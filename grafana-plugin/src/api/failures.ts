/** What went wrong between Grafana and the exporter, in sentences: Grafana shows them as they are. Pure. */
import type { FailureAnswer } from './contract.ts'

interface FetchFailure {
  status?: number
  statusText?: string
  data?: unknown
}

/** @param failure what Grafana's `fetch` rejects with, or any other thrown value */
export function messageOf(failure: unknown): string {
  if (!isFetchFailure(failure)) return failure instanceof Error ? failure.message : String(failure)
  if (isOwn(failure.data)) return `${failure.data.error.message} ${failure.data.error.remedy}`
  const told = textOf(failure.data)
  switch (failure.status) {
    case 400:
      if (/authentication to data source failed/i.test(told)) {
        return 'The exporter refused the token. Set one with the scope read: usage-explorer token create --scope read.'
      }
      break
    case 401:
    case 403:
      return 'Grafana or the exporter refused the request. Sign in again, or set a token with the scope read.'
    case 404:
      return 'Nothing of Usage Explorer answers at this URL. It is the address of the exporter, such as http://usage-explorer:9477.'
    case 429:
      return 'The exporter has too many questions at once. Ask again in a moment, or refresh less often.'
    case 502:
    case 503:
    case 504:
      return 'Grafana cannot reach the exporter. Check that it runs and that the URL is right as seen from Grafana.'
  }
  return told === ''
    ? `The request failed (${failure.status ?? 'no answer'} ${failure.statusText ?? ''}).`
    : told
}

function isFetchFailure(failure: unknown): failure is FetchFailure {
  return typeof failure === 'object' && failure !== null && 'status' in failure
}

function isOwn(data: unknown): data is FailureAnswer {
  const error = (data as Partial<FailureAnswer> | null | undefined)?.error
  return typeof error === 'object' && typeof error.message === 'string' && typeof error.remedy === 'string'
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data.length > 300 ? '' : data
  const message = (data as { message?: unknown } | null | undefined)?.message
  return typeof message === 'string' ? message : ''
}
