/** `GET /metrics`: everything collected first, so that a failure is a 500, then streamed. */
import { Readable, pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { toCodedError, type UsageExplorerError } from '../errors.ts'
import { CONTENT_TYPE, renderText } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Metrics } from '../metrics/snapshot.ts'
import { limitToTeams } from '../metrics/team-view.ts'
import { failureBody } from './failures.ts'
import type { Route } from './route.ts'

/** Tells `onFailure` why, and the scraper too: a Prometheus shows the target as down, never half of the series. */
export function createScrape(
  metrics: Metrics,
  self: Pick<SelfMetrics, 'text'>,
  onFailure: (failure: UsageExplorerError) => void,
): Route['handle'] {
  return async (request, reply, { teams }) => {
    let pieces: AsyncGenerator<string>
    try {
      const [snapshot, own] = await Promise.all([metrics.snapshot(), self.text()])
      pieces = teams === undefined ? renderText(snapshot, own) : renderText(limitToTeams(snapshot, teams), '')
    } catch (thrown) {
      const failure = toCodedError(thrown)
      onFailure(failure)
      const { code, message, remedy } = failureBody(failure).error
      return reply.code(500).type('text/plain; charset=utf-8').send(`${code}: ${message}\n${remedy}\n`)
    }
    void reply.type(CONTENT_TYPE).header('vary', 'accept-encoding')
    const text = Readable.from(pieces)
    if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(text)
    const gzip = createGzip({ level: 1 })
    // Errors reach the reply through gzip; a scraper that hangs up ends both.
    pipeline(text, gzip, () => undefined)
    return reply.header('content-encoding', 'gzip').send(gzip)
  }
}

/** RFC 9110 §12.5.3, as far as one coding needs it. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>()
  for (const item of [header ?? []].flat().join(',').split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)))
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}
