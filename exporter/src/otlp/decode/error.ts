/** The body is no OTLP request. The message names the place, never a value. */
export class OtlpDecodeError extends Error {
  override readonly name = 'OtlpDecodeError'
}
