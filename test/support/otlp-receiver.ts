/** An OTLP/HTTP endpoint that decodes what it is sent: protobuf by the wire format, so that no encoder vouches for itself. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Point {
  readonly name: string
  readonly kind: 'gauge' | 'sum' | 'histogram'
  readonly monotonic: boolean
  readonly cumulative: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Undefined for a histogram. */
  readonly value: number | undefined
  /** ms since the epoch. */
  readonly startAt: number
}

export interface Push {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly resource: Readonly<Record<string, string>>
  readonly points: readonly Point[]
}

export interface OtlpReceiver {
  readonly url: string
  readonly pushes: readonly Push[]
  /** What it answers from now on; `hang` never does. */
  answer: number | 'hang'
  close(): Promise<void>
}

/** Answers 200 with nothing refused unless told otherwise. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const pushes: Push[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (receiver.answer === 'hang') return
      pushes.push({
        path: request.url ?? '',
        headers: request.headers,
        ...decode(gunzipSync(Buffer.concat(chunks))),
      })
      response.writeHead(receiver.answer, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pushes,
    answer: 200,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

/** Field number → its values, in order: bytes of a message or string, or a number. */
type Fields = Map<number, (Buffer | number)[]>

/** https://protobuf.dev/programming-guides/encoding/ */
function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  let at = 0
  const varint = (): number => {
    let [value, factor] = [0, 1]
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const [field, type] = [Math.floor(tag / 8), tag % 8]
    let value: Buffer | number
    if (type === 0) value = varint()
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint()
      value = bytes.subarray(at, at + length)
      at += length
    }
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

function messages(fields: Fields, field: number): Fields[] {
  return buffers(fields, field).map(fieldsOf)
}

function buffers(fields: Fields, field: number): Buffer[] {
  return (fields.get(field) ?? []).filter((value) => Buffer.isBuffer(value))
}

function text(fields: Fields | undefined, field: number): string {
  return fields === undefined ? '' : (buffers(fields, field)[0]?.toString('utf8') ?? '')
}

/** opentelemetry/proto/metrics/v1/metrics.proto */
function decode(body: Buffer): Pick<Push, 'resource' | 'points'> {
  const resources = messages(fieldsOf(body), 1)
  const metrics = resources.flatMap((one) => messages(one, 2)).flatMap((scope) => messages(scope, 2))
  const attributes = resources.flatMap((one) => messages(one, 1)).flatMap((resource) => labelsOf(resource, 1))
  return {
    resource: Object.assign({}, ...attributes) as Record<string, string>,
    points: metrics.flatMap(pointsOf),
  }
}

const KINDS = [
  ['gauge', 5],
  ['sum', 7],
  ['histogram', 9],
] as const

function pointsOf(metric: Fields): Point[] {
  return KINDS.flatMap(([kind, field]) =>
    messages(metric, field).flatMap((data) =>
      messages(data, 1).map((point): Point => {
        const [double] = buffers(point, 4)
        const [integer] = buffers(point, 6)
        return {
          name: text(metric, 1),
          kind,
          monotonic: data.get(3)?.[0] === 1,
          cumulative: data.get(2)?.[0] === 2,
          labels: Object.assign({}, ...labelsOf(point, kind === 'histogram' ? 9 : 7)) as Record<
            string,
            string
          >,
          value:
            kind === 'histogram' ? undefined : (double?.readDoubleLE() ?? Number(integer?.readBigInt64LE())),
          startAt: Number((buffers(point, 2)[0]?.readBigUInt64LE() ?? 0n) / 1_000_000n),
        }
      }),
    ),
  )
}

function labelsOf(fields: Fields, field: number): Record<string, string>[] {
  return messages(fields, field).map((pair) => ({ [text(pair, 1)]: text(messages(pair, 2)[0], 1) }))
}
