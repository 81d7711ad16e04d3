/** Asks the exporter through Grafana's proxy. Unsubscribing breaks the request off. */
import { getBackendSrv } from '@grafana/runtime'
import { catchError, firstValueFrom, map, throwError, type Observable } from 'rxjs'
import type { Catalogue, ValuesAnswer } from './contract.ts'
import { messageOf } from './failures.ts'

/** What rarely changes is asked again after this long. */
const CATALOGUE_KEPT_MS = 60_000

export class UsageClient {
  private catalogueAsked: { at: number; answer: Promise<Catalogue> } | undefined

  /** @param url of the data source, as Grafana's proxy serves it */
  constructor(private readonly url: string) {}

  /** Fails with an Error whose message people can read. */
  get<Answer>(path: string, parameters: URLSearchParams = new URLSearchParams()): Observable<Answer> {
    const query = parameters.toString()
    const url = `${this.url}${path}${query === '' ? '' : `?${query}`}`
    return getBackendSrv()
      .fetch<Answer>({ url, method: 'GET', headers: { accept: 'application/json' }, showErrorAlert: false })
      .pipe(
        map(({ data }) => data),
        catchError((failure: unknown) => throwError(() => new Error(messageOf(failure)))),
      )
  }

  async catalogue(): Promise<Catalogue> {
    const known = this.catalogueAsked
    if (known !== undefined && Date.now() - known.at < CATALOGUE_KEPT_MS) return known.answer
    const answer = firstValueFrom(this.get<Catalogue>('/api/v1/catalogue'))
    const asked = { at: Date.now(), answer }
    this.catalogueAsked = asked
    answer.catch(() => {
      if (this.catalogueAsked === asked) this.catalogueAsked = undefined
    })
    return answer
  }

  async values(parameters: URLSearchParams): Promise<ValuesAnswer> {
    return firstValueFrom(this.get<ValuesAnswer>('/api/v1/values', parameters))
  }
}
