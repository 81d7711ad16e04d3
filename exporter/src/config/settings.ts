/** The table of single settings: from it come parsing, validation, `--help` and the reference. */
import type { CappedDimension, Config } from './config.ts'
import { DAY, HOUR, SECOND } from '../clock.ts'
import type { Kind } from './field.ts'
import { duration, integer, listenAddress, onOff, oneOf, optional, path, webUrl, zone } from './kinds.ts'
import type { ListenAddress } from './network.ts'

export interface Setting<T> {
  /** Where it stands in the file: `metrics.caps.user`. */
  readonly path: string
  /** The environment variable that overrides the file. */
  readonly env: string
  readonly kind: Kind<T>
  /** As a user would write it. */
  readonly default: string
  readonly doc: string
}

/** A variable that has no place in the file. */
export interface Variable {
  readonly env: string
  readonly doc: string
  readonly secret?: true
}

export const LISTEN: Setting<ListenAddress> = {
  path: 'listen',
  env: 'USAGE_EXPLORER_LISTEN',
  kind: listenAddress,
  default: '127.0.0.1:9477',
  doc: 'Address that serves `/metrics` and the API; port 0 takes a free one. Beyond loopback every request but `/healthz` and `/readyz` needs a token.',
}

export const TLS_CERT_FILE: Setting<string | undefined> = {
  path: 'tls.cert_file',
  env: 'USAGE_EXPLORER_TLS_CERT_FILE',
  kind: optional(path),
  default: '',
  doc: 'Certificate in PEM, with those between it and the root. With it everything is served over TLS; a changed file is taken over within seconds.',
}

export const TLS_KEY_FILE: Setting<string | undefined> = {
  path: 'tls.key_file',
  env: 'USAGE_EXPLORER_TLS_KEY_FILE',
  kind: optional(path),
  default: '',
  doc: 'Key of the certificate in PEM, without a passphrase.',
}

export const DATA_DIR: Setting<string> = {
  path: 'data_dir',
  env: 'USAGE_EXPLORER_DATA_DIR',
  kind: path,
  default: './data',
  doc: 'Folder of the ledger. The demo keeps its own folder `demo` inside it.',
}

export const LOG_LEVEL: Setting<Config['logLevel']> = {
  path: 'log_level',
  env: 'USAGE_EXPLORER_LOG_LEVEL',
  kind: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  default: 'info',
  doc: 'Least severity that is logged.',
}

export const ZONE: Setting<string> = {
  path: 'zone',
  env: 'USAGE_EXPLORER_ZONE',
  kind: zone,
  default: 'UTC',
  doc: 'Zone in which days, weeks and months begin, unless a question names one; whole hours from UTC.',
}

export const SCRAPE_INTERVAL: Setting<number> = {
  path: 'scrape_interval',
  env: 'USAGE_EXPLORER_SCRAPE_INTERVAL',
  kind: duration(SECOND, HOUR),
  default: '60s',
  doc: 'How often Prometheus scrapes. A new counter shows 0 for twice as long, so that its first value is not lost.',
}

export const RETENTION: Setting<number> = {
  path: 'retention',
  env: 'USAGE_EXPLORER_RETENTION',
  kind: duration(DAY, 3650 * DAY),
  default: '400d',
  doc: 'How long the ledger keeps usage. Counters keep their sums beyond it.',
}

export const METRICS_USER: Setting<boolean> = {
  path: 'metrics.user',
  env: 'USAGE_EXPLORER_METRICS_USER',
  kind: onOff,
  default: 'off',
  doc: 'Whether `/metrics` splits by user. The ledger always does.',
}

export const METRICS_ENDPOINT: Setting<boolean> = {
  path: 'metrics.endpoint',
  env: 'USAGE_EXPLORER_METRICS_ENDPOINT',
  kind: onOff,
  default: 'off',
  doc: 'Whether `/metrics` splits by endpoint. The ledger always does.',
}

export const CAPS: Readonly<Record<CappedDimension, Setting<number>>> = {
  user: cap('user', 'USER', '200'),
  endpoint: cap('endpoint', 'ENDPOINT', '50'),
  api_key: cap('api_key', 'API_KEY', '1000'),
  project: cap('project', 'PROJECT', '100'),
  model: cap('model', 'MODEL', '100'),
}

export const OTLP_ENDPOINT: Setting<string | undefined> = {
  path: 'otlp.endpoint',
  env: 'USAGE_EXPLORER_OTLP_ENDPOINT',
  kind: optional(webUrl),
  default: '',
  doc: 'OTLP/HTTP endpoint to push the metrics to, such as http://collector:4318; `/v1/metrics` is added unless it ends with it.',
}

export const OTLP_INTERVAL: Setting<number> = {
  path: 'otlp.interval',
  env: 'USAGE_EXPLORER_OTLP_INTERVAL',
  kind: duration(SECOND, HOUR),
  default: '60s',
  doc: 'How often the metrics are pushed.',
}

/** All of them, in the order of the reference. */
export const SETTINGS: readonly Setting<unknown>[] = [
  LISTEN,
  TLS_CERT_FILE,
  TLS_KEY_FILE,
  DATA_DIR,
  LOG_LEVEL,
  ZONE,
  SCRAPE_INTERVAL,
  RETENTION,
  METRICS_USER,
  METRICS_ENDPOINT,
  ...Object.values(CAPS),
  OTLP_ENDPOINT,
  OTLP_INTERVAL,
]

export const CONFIG_FILE: Variable = {
  env: 'USAGE_EXPLORER_CONFIG',
  doc: 'The configuration file. `--config` goes before it. Without either there is none.',
}

export const DEMO: Variable = {
  env: 'USAGE_EXPLORER_DEMO',
  doc: '`off`: with no account, only take what instrumented apps send instead of showing simulated data. Default `on`.',
}

export const OTLP_HEADERS: Variable = {
  env: 'USAGE_EXPLORER_OTLP_HEADERS',
  doc: 'Headers of a push as `name=value,name=value`, values percent-encoded, such as `authorization=Bearer%20…`.',
  secret: true,
}

export const BUDGET_WEBHOOK: Variable = {
  env: 'USAGE_EXPLORER_BUDGET_WEBHOOK',
  doc: 'Address that crossings of budgets are posted to as JSON, for who runs no Alertmanager; https beyond loopback.',
  secret: true,
}

export const TOKEN: Variable = {
  env: 'USAGE_EXPLORER_TOKEN',
  doc: 'Token that commands give to a service at `--url`.',
  secret: true,
}

/** Those that have no place in the file. A secret may also be in a file: `<name>_FILE` then names it. */
export const VARIABLES: readonly Variable[] = [CONFIG_FILE, DEMO, OTLP_HEADERS, BUDGET_WEBHOOK, TOKEN]

function cap(dimension: CappedDimension, suffix: string, standard: string): Setting<number> {
  return {
    path: `metrics.caps.${dimension}`,
    env: `USAGE_EXPLORER_METRICS_CAPS_${suffix}`,
    kind: integer(1, 100_000),
    default: standard,
    doc: `Most values of \`${dimension}\` in one metric family. Further ones are summed under \`other\`.`,
  }
}
