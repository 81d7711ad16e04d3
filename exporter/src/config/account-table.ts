/** The tables of an account's fields and of the variables that make one without a file. */
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import type { AccountConfig } from './config.ts'
import type { Refusals } from './document.ts'
import type { DefaultedField, Field } from './field.ts'
import { accountName, baseUrl, duration, oneOf, onOff, path, text, variableName } from './kinds.ts'
import type { Variable } from './settings.ts'

/** What an account of the provider takes where nothing is said, and the variables that make one without a file. */
export interface ProviderRow {
  readonly url: string
  readonly variables: {
    readonly key: Variable
    readonly project: Variable
    readonly url: Variable
  }
}

export const PROVIDERS: Readonly<Record<AccountConfig['provider'], ProviderRow>> = {
  xai: {
    url: 'https://management-api.x.ai',
    variables: {
      key: {
        env: 'XAI_MANAGEMENT_KEY',
        doc: 'A management key of console.x.ai; makes the account `xai`.',
        secret: true,
      },
      project: { env: 'XAI_TEAM_ID', doc: 'Its `team_id`.' },
      url: { env: 'XAI_MANAGEMENT_URL', doc: 'Its `url`.' },
    },
  },
}

export interface AccountFields {
  readonly name: Field<string>
  readonly provider: Field<AccountConfig['provider']>
  readonly api: DefaultedField<AccountConfig['api']>
  readonly key_file: Field<string>
  readonly key_env: Field<string>
  readonly team_id: Field<string>
  readonly url: Field<string>
  readonly interval: DefaultedField<number>
  readonly lookback: DefaultedField<number>
  readonly lookback_every: DefaultedField<number>
  readonly timeout: DefaultedField<number>
  readonly reconcile: DefaultedField<boolean>
}

// Timers of Node.js hold at most 24 days; what is waited for stays well below.
export const ACCOUNT_FIELDS: AccountFields = {
  name: {
    key: 'name',
    kind: accountName,
    required: true,
    doc: 'The value of the label `account`; each account has its own.',
  },
  provider: { key: 'provider', kind: oneOf('xai'), required: true, doc: 'Whose API it is.' },
  api: {
    key: 'api',
    kind: oneOf('management', 'usage-v1'),
    default: 'management',
    doc: "Which of the provider's APIs; `usage-v1` is a plain `GET /v1/usage`.",
  },
  key_file: { key: 'key_file', kind: path, doc: 'File that holds the key. This or `key_env`.' },
  key_env: {
    key: 'key_env',
    kind: variableName,
    doc: 'Variable that holds the key, or with `_FILE` after its name the path of a file that does.',
  },
  team_id: {
    key: 'team_id',
    kind: text,
    doc: "The provider's unit to read (label `project`); found from the key where not given.",
  },
  url: { key: 'url', kind: baseUrl, doc: "Base URL; the provider's own where not given." },
  interval: {
    key: 'interval',
    kind: duration(SECOND, DAY),
    default: '5m',
    doc: 'How often the newest hours are read.',
  },
  lookback: {
    key: 'lookback',
    kind: duration(HOUR, 3650 * DAY),
    default: '90d',
    doc: 'How far back usage is read, at first and again for what the provider restates; never beyond `retention`.',
  },
  lookback_every: {
    key: 'lookback_every',
    kind: duration(MINUTE, 7 * DAY),
    default: '1h',
    doc: 'How often the whole look-back is read again.',
  },
  timeout: {
    key: 'timeout',
    kind: duration(SECOND, 10 * MINUTE),
    default: '30s',
    doc: 'Longest wait for one answer.',
  },
  reconcile: {
    key: 'reconcile',
    kind: onOff,
    default: 'off',
    doc: 'Publishes `llm_reconciliation_*`: turn it on once all apps of the account are instrumented, so that a gap is news.',
  },
}

const NO_INLINE =
  'a key does not stand in the configuration; name its file as key_file or its variable as key_env'

/** Where people put a key first. */
export const INLINE_KEYS: Refusals = new Map(
  ['key', 'api_key', 'management_key', 'credential', 'secret', 'token', 'password'].map((name) => [
    name,
    NO_INLINE,
  ]),
)
