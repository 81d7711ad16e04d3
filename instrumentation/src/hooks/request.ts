/** What can be told of a request without reading it. */

/** Characters of either end of a body: SDKs put the model first, and some put it last. */
const EDGE = 4096

/** Looks a header up in any of the forms that fetch takes. */
export function headerIn(headers: RequestInit['headers']): (name: string) => string | undefined {
  if (headers === undefined) return () => undefined
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers)
  return (name) => {
    const found = pairs.find(([key]) => key.toLowerCase() === name)?.[1]
    return typeof found === 'string' ? found : undefined
  }
}

/** Both ends of a body that is at hand; '' for streams and the like, which are the app's. */
export function edgesOf(body: unknown): string {
  if (typeof body === 'string') {
    return body.length <= 2 * EDGE ? body : `${body.slice(0, EDGE)}\n${body.slice(-EDGE)}`
  }
  if (body instanceof Uint8Array) {
    const text = (part: Uint8Array): string => new TextDecoder().decode(part)
    return body.length <= 2 * EDGE
      ? text(body)
      : `${text(body.subarray(0, EDGE))}\n${text(body.subarray(-EDGE))}`
  }
  if (body instanceof FormData) {
    const model = body.get('model')
    return typeof model === 'string' ? JSON.stringify({ model }) : ''
  }
  return ''
}

/** A chat stream that is asked to tell its usage; anything else stays the same object. */
export function withUsageAsked(url: URL, init: RequestInit | undefined): RequestInit | undefined {
  if (typeof init?.body !== 'string' || !url.pathname.endsWith('/chat/completions')) return init
  try {
    const order = JSON.parse(init.body) as { stream?: unknown; stream_options?: object }
    if (order.stream !== true || order.stream_options !== undefined) return init
    const body = JSON.stringify({ ...order, stream_options: { include_usage: true } })
    return { ...init, body, headers: withoutLength(init.headers) }
  } catch {
    return init
  }
}

/** The length is another now; fetch tells the right one. */
function withoutLength(headers: RequestInit['headers']): Headers {
  const copy = new Headers(headers)
  copy.delete('content-length')
  return copy
}
