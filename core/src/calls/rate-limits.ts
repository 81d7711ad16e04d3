/** What response headers say of rate limits. */

export interface RateLimit {
  readonly kind: 'requests' | 'tokens' | 'input_tokens' | 'output_tokens'
  /** `second`, `minute`, `hour`, `day`, `month`; '' where the header does not say. */
  readonly window: string
  readonly limit: number | undefined
  readonly remaining: number | undefined
  /** Seconds from now until it is whole again. */
  readonly resetSeconds: number | undefined
}

type Part = 'limit' | 'remaining' | 'reset'

const PREFIX = /^(?:llm_provider-)?(anthropic-ratelimit|x-ratelimit)(?:bysize)?-(.+)$/
const PARTS: ReadonlySet<string> = new Set(['limit', 'remaining', 'reset'])
const WINDOWS: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'day', 'month'])
const GO_UNITS: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
}

/**
 * The limits in a response's headers, one a kind and window: `x-ratelimit-remaining-tokens` (OpenAI, xAI, Azure),
 * `anthropic-ratelimit-input-tokens-remaining`, `x-ratelimit-limit-req-minute` (Mistral), `x-ratelimit-limit` (OpenRouter).
 *
 * @param names lower-case
 * @param nowMs against which a stated moment is measured
 */
export function readRateLimits(
  headers: Iterable<readonly [name: string, value: string]>,
  nowMs: number,
): readonly RateLimit[] {
  const found = new Map<string, { -readonly [Key in keyof RateLimit]: RateLimit[Key] }>()
  for (const [name, value] of headers) {
    // Most headers are none: a look at a few characters is all that they cost.
    if (!name.includes('ratelimit')) continue
    const header = parseName(name)
    if (header === undefined) continue
    const { kind, window, part } = header
    const key = `${kind} ${window}`
    const known = found.get(key) ?? {
      kind,
      window,
      limit: undefined,
      remaining: undefined,
      resetSeconds: undefined,
    }
    if (part === 'reset') known.resetSeconds = resetOf(value, nowMs)
    else known[part] = numberOf(value)
    found.set(key, known)
  }
  return [...found.values()].filter(({ limit, remaining }) => limit !== undefined || remaining !== undefined)
}

function parseName(name: string): (Pick<RateLimit, 'kind' | 'window'> & { part: Part }) | undefined {
  const words = PREFIX.exec(name)?.[2]?.split('-') ?? []
  const part = words.find((word): word is Part => PARTS.has(word))
  const window = words.find((word) => WINDOWS.has(word)) ?? ''
  const rest = words.filter((word) => word !== part && word !== window).join('_')
  if (part === undefined) return undefined
  if (rest === '' || rest === 'requests' || rest === 'req') return { kind: 'requests', window, part }
  if (rest === 'tokens' || rest === 'input_tokens' || rest === 'output_tokens')
    return { kind: rest, window, part }
  return undefined
}

function numberOf(value: string): number | undefined {
  const number = Number(value)
  return value.trim() !== '' && Number.isFinite(number) && number >= 0 ? number : undefined
}

/** Seconds, a Go duration (`6m0s`), a moment in RFC 3339, or one in milliseconds or seconds since 1970. */
function resetOf(value: string, nowMs: number): number | undefined {
  const number = numberOf(value)
  if (number !== undefined) {
    if (number > 1e11) return Math.max(0, (number - nowMs) / 1000)
    return number > 1e9 ? Math.max(0, number - nowMs / 1000) : number
  }
  if (/^\d{4}-/.test(value)) {
    const at = Date.parse(value)
    return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000)
  }
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== value) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (GO_UNITS[unit ?? ''] ?? 0), 0)
}
