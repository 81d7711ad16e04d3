/** What each source of an xAI account can tell. */
import { DAY, HOUR } from '../../clock.ts'
import type { SourceSpec } from '../../usage/source.ts'

/**
 * xAI documents no delay. An hour is the width of a bucket and more than the "few minutes" that people report; what
 * comes later still is a restatement, which the hourly look-back finds.
 */
const LAG_MS = HOUR

/** How far back usage is answered: reported by users, not documented. */
export const HISTORY_MS: number = 90 * DAY

export const BILLING_USAGE: SourceSpec = {
  id: 'xai.billing.usage',
  kind: 'billed',
  measures: ['cost'],
  lagMs: LAG_MS,
  canState: ['project', 'api_key', 'description', 'type'],
}

/** Month to date, so what is late is in a later reading: no lag. */
export const INVOICE_PREVIEW: SourceSpec = {
  id: 'xai.invoice.preview',
  kind: 'metered',
  measures: ['tokens'],
  lagMs: 0,
  canState: ['project', 'description', 'type'],
}

/** Tokens computed from cost and list price; questions show them only while they agree with the invoice preview. */
export const DERIVED_TOKENS: SourceSpec = {
  id: 'xai.derived',
  kind: 'derived',
  measures: ['tokens'],
  lagMs: LAG_MS,
  canState: ['project', 'api_key', 'description', 'type'],
}

export const USAGE_V1_COST: SourceSpec = {
  id: 'xai.usage_v1',
  kind: 'billed',
  measures: ['cost'],
  lagMs: LAG_MS,
  canState: ['project', 'api_key', 'model'],
}

export const USAGE_V1_TOKENS: SourceSpec = {
  id: 'xai.usage_v1.tokens',
  kind: 'metered',
  measures: ['tokens'],
  lagMs: LAG_MS,
  canState: ['project', 'api_key', 'model', 'type'],
}

/** Apart from tokens, because answers may state the one and not the other, and coverage is kept by source. */
export const USAGE_V1_REQUESTS: SourceSpec = {
  id: 'xai.usage_v1.requests',
  kind: 'metered',
  measures: ['requests'],
  lagMs: LAG_MS,
  canState: ['project', 'api_key', 'model'],
}
