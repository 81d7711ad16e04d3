/** The answer to an export in protobuf: empty, or a partial success. Source: opentelemetry-proto, metrics_service.proto. */

/** `Export…ServiceResponse { partial_success: { rejected = 1, error_message = 2 } }`; nothing where all was taken. */
export function writePartialSuccess(rejected: number, reason: string): Buffer {
  if (rejected === 0) return Buffer.alloc(0)
  const message = Buffer.from(reason, 'utf8')
  const inner = Buffer.concat([
    Buffer.from([0x08, ...varint(rejected)]),
    Buffer.from([0x12, ...varint(message.length)]),
    message,
  ])
  return Buffer.concat([Buffer.from([0x0a, ...varint(inner.length)]), inner])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}
