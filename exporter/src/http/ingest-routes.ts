/** OTLP over HTTP: what instrumented apps send. Source: opentelemetry.io/docs/specs/otlp, OTLP/HTTP. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Viewer } from '../access/viewer.ts'
import { UsageExplorerError } from '../errors.ts'
import { decodeLogsJson, decodeMetricsJson } from '../otlp/wire/json.ts'
import { decodeLogsProtobuf, decodeMetricsProtobuf } from '../otlp/wire/protobuf.ts'
import { OtlpDecodeError, type ResourceLogs, type ResourceMetrics } from '../otlp/wire/request.ts'
import { writePartialSuccess } from '../otlp/wire/response.ts'
import { createLine } from '../turns.ts'
import type { Route } from './route.ts'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
export const OTLP_TYPES: readonly string[] = [PROTOBUF, JSON_TYPE]

/** Bytes of a body as it is sent, and of what it holds: an app's export is far smaller. */
export const LARGEST_OTLP_BODY: number = 4 * 1024 * 1024
const LARGEST_UNPACKED = 32 * 1024 * 1024

/** What could not be taken, of a request whose rest is committed. */
export interface Taken {
  readonly rejected: number
  readonly reason: string
}

export interface Ingest {
  readonly metrics: (request: readonly ResourceMetrics[], team: string | undefined) => Promise<Taken>
  readonly logs: (request: readonly ResourceLogs[], team: string | undefined) => Promise<Taken>
}

export function ingestRoutes(ingest: Ingest): Route[] {
  const line = createLine()
  const route = <Request>(
    path: string,
    summary: string,
    decode: { protobuf: (bytes: Buffer) => Request; json: (text: string) => Request },
    take: (request: Request, team: string | undefined) => Promise<Taken>,
    counted: string,
  ): Route => ({
    method: 'POST',
    path,
    access: { scope: 'ingest', teams: 'limited' },
    summary,
    takes: 'otlp',
    produces: PROTOBUF,
    handle: async (request, reply, viewer) => {
      const isJson = request.headers['content-type']?.startsWith(JSON_TYPE) === true
      const bytes = await unpack(request)
      const decoded = await line(() =>
        readable(() => (isJson ? decode.json(bytes.toString('utf8')) : decode.protobuf(bytes))),
      )
      return answer(reply, await take(decoded, teamOf(viewer)), isJson, counted)
    },
  })
  return [
    route(
      '/v1/metrics',
      'OTLP/HTTP metrics of instrumented apps, protobuf or JSON, gzip or plain. Answered once they are committed.',
      { protobuf: decodeMetricsProtobuf, json: decodeMetricsJson },
      ingest.metrics,
      'rejectedDataPoints',
    ),
    route(
      '/v1/logs',
      'OTLP/HTTP logs: the most expensive calls of our instrumentation library; other records are ignored.',
      { protobuf: decodeLogsProtobuf, json: decodeLogsJson },
      ingest.logs,
      'rejectedLogRecords',
    ),
    {
      method: 'POST',
      path: '/v1/traces',
      access: { scope: 'ingest', teams: 'limited' },
      summary:
        'Takes spans and drops them unread, so that apps with one OTLP endpoint for everything have no errors.',
      takes: 'otlp',
      produces: PROTOBUF,
      handle: (_request, reply) => reply.type(PROTOBUF).send(Buffer.alloc(0)),
    },
  ]
}

async function unpack(request: FastifyRequest): Promise<Buffer> {
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return body
  if (encoding !== 'gzip') {
    throw new UsageExplorerError('MEDIA_TYPE_REFUSED', 'the body may be plain or gzip')
  }
  try {
    return await promisify(gunzip)(body, { maxOutputLength: LARGEST_UNPACKED })
  } catch (cause) {
    const tooLarge = cause instanceof RangeError
    throw tooLarge
      ? new UsageExplorerError('BODY_TOO_LARGE', 'the unpacked body may have 32 MiB', { cause })
      : new UsageExplorerError('OTLP_UNREADABLE', 'the body is not gzip', { cause })
  }
}

function readable<T>(decode: () => T): T {
  try {
    return decode()
  } catch (thrown) {
    if (!(thrown instanceof OtlpDecodeError)) throw thrown
    throw new UsageExplorerError('OTLP_UNREADABLE', thrown.message, { cause: thrown })
  }
}

/** The team that all of a request belongs to: its token's. */
function teamOf({ teams }: Viewer): string | undefined {
  if (teams === undefined) return undefined
  const [team, another] = teams
  if (team !== undefined && another === undefined) return team
  throw new UsageExplorerError('TEAM_TOKEN_REFUSED', 'a token that sends belongs to one team or to none')
}

function answer(
  reply: FastifyReply,
  { rejected, reason }: Taken,
  isJson: boolean,
  counted: string,
): FastifyReply {
  if (!isJson) return reply.type(PROTOBUF).send(writePartialSuccess(rejected, reason))
  const partialSuccess = { [counted]: String(rejected), errorMessage: reason }
  return reply.type(JSON_TYPE).send(JSON.stringify(rejected === 0 ? {} : { partialSuccess }))
}
