/** Reads the configuration from variables and file, checks all of it, and tells all problems at once. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readBudgets } from './budgets.ts'
import { Secret, type AccountConfig, type Config } from './config.ts'
import { type Located, parseFile, readList } from './document.ts'
import { parseAt } from './field.ts'
import { onOff } from './kinds.ts'
import { type AccountContext, listedAccounts, type ReadAccounts } from './listed-accounts.ts'
import { readMappings, RULE_LISTS } from './mappings.ts'
import { isSafeForSecrets } from './network.ts'
import { type Place, Problems } from './problems.ts'
import { fileTrouble, type ReadFile, secretFromVariable, type SecretContext } from './secrets.ts'
import * as settings from './settings.ts'
import {
  type Environment,
  type FileValues,
  readSetting,
  readVariable,
  type Sourced,
  spread,
} from './sources.ts'
import { refuseUnread, setVariables, variableAccounts } from './variable-accounts.ts'
import { refuseMistyped } from './variables.ts'

export interface ConfigInput {
  readonly env: Environment
  /** What `--config` names, if anything. */
  readonly configFile?: string | undefined
  /** Relative paths of variables and options start here; those in the file start at its folder. */
  readonly cwd: string
  /** Throws as `node:fs` does. Reads UTF-8 from the disk unless given. */
  readonly readFile?: ReadFile
  /** Told of each setting that is not at its default, and where its value stands. */
  readonly onSet?: (path: string, place: Place) => void
}

const LISTS = ['accounts', ...Object.keys(RULE_LISTS), 'teams', 'budgets']

const HOW_TO_CONNECT =
  'no account is configured: set XAI_MANAGEMENT_KEY or XAI_MANAGEMENT_KEY_FILE to a management key of console.x.ai, ' +
  'or list accounts in a file that --config or USAGE_EXPLORER_CONFIG names, ' +
  'or set USAGE_EXPLORER_DEMO to off to keep only what instrumented apps send'

/**
 * The whole configuration, frozen.
 *
 * @throws UsageExplorerError CONFIG_INVALID with every problem and its place (file:line:column or variable). The message
 *   holds no value of the configuration.
 */
export function loadConfig(input: ConfigInput): Config {
  const { env, cwd, readFile = readText, onSet } = input
  const problems = new Problems()
  refuseMistyped(env, problems)
  const source = configSource(input)
  const root = source && openFile(source, resolve(cwd, source.path), readFile, problems)
  const paths = [...settings.SETTINGS.map((setting) => setting.path), ...LISTS]
  const file: FileValues = root === undefined ? new Map<string, Located>() : spread(root, paths, problems)
  const folder = source === undefined ? cwd : dirname(resolve(cwd, source.path))
  const read = <T>(setting: settings.Setting<T>): Sourced<T> => {
    const sourced = readSetting(setting, env, file, problems)
    if (sourced.place !== undefined) onSet?.(setting.path, sourced.place)
    return sourced
  }

  const listen = read(settings.LISTEN)
  const dataDir = read(settings.DATA_DIR)
  const absolute = (value: string, place: Place | undefined): string =>
    resolve(place !== undefined && 'file' in place ? folder : cwd, value)
  const dataPath = absolute(dataDir.value, dataDir.place)
  const retentionMs = read(settings.RETENTION).value
  const secretContext = { env, readFile, problems, resolve: (path: string) => resolve(cwd, path) }
  const { accounts, names, attempted } = readAccounts(file.get('accounts'), {
    ...secretContext,
    retentionMs,
    resolveInFile: (path) => resolve(folder, path),
  })
  const demoAllowed = mayDemo(env, problems)
  const demo = demoAllowed && source === undefined && !attempted
  const unread = source !== undefined && root === undefined
  // Without an account the service still takes what apps send, where somebody has said that they want no more.
  if (!demo && !attempted && !unread && demoAllowed) {
    problems.add(root?.place ?? { named: settings.DEMO.env }, HOW_TO_CONNECT)
  }
  const zone = read(settings.ZONE).value
  const config: Config = {
    listen: listen.value,
    tls: readTls(read(settings.TLS_CERT_FILE), read(settings.TLS_KEY_FILE), absolute, problems),
    dataDir: demo ? join(dataPath, 'demo') : dataPath,
    logLevel: read(settings.LOG_LEVEL).value,
    zone,
    scrapeIntervalMs: read(settings.SCRAPE_INTERVAL).value,
    retentionMs,
    metrics: {
      user: read(settings.METRICS_USER).value,
      endpoint: read(settings.METRICS_ENDPOINT).value,
      caps: {
        user: read(settings.CAPS.user).value,
        endpoint: read(settings.CAPS.endpoint).value,
        api_key: read(settings.CAPS.api_key).value,
        project: read(settings.CAPS.project).value,
        model: read(settings.CAPS.model).value,
      },
    },
    otlp: readOtlp(read(settings.OTLP_ENDPOINT), read(settings.OTLP_INTERVAL).value, secretContext),
    accounts,
    mappings: readMappings((key) => file.get(key), names, problems),
    budgets: readBudgets(file.get('budgets'), zone, problems),
    budgetWebhook: readBudgetWebhook(secretContext),
    demo,
  }
  problems.throwIfAny()
  return freeze(config)
}

interface ConfigSource {
  readonly path: string
  readonly place: Place
}

function configSource({ env, configFile }: ConfigInput): ConfigSource | undefined {
  if (configFile !== undefined) return { path: configFile, place: { named: '--config' } }
  const path = readVariable(env, settings.CONFIG_FILE.env)
  return path === undefined ? undefined : { path, place: { named: settings.CONFIG_FILE.env } }
}

function openFile(
  source: ConfigSource,
  absolute: string,
  readFile: ReadFile,
  problems: Problems,
): Located | undefined {
  let text: string
  try {
    text = readFile(absolute)
  } catch (thrown) {
    problems.add(source.place, `the configuration file ${source.path} ${fileTrouble(thrown)}`)
    return undefined
  }
  return parseFile(text, source.path, problems)
}

/** The file's list where it has one, else what variables make. */
function readAccounts(
  list: Located | undefined,
  context: AccountContext,
): ReadAccounts & { readonly attempted: boolean } {
  const items = readList(list, context.problems)
  if (items === undefined || items.length > 0) {
    const keyVariables = new Set<string>()
    const listed = listedAccounts(items ?? [], keyVariables, context)
    refuseUnread(keyVariables, context)
    return { ...listed, attempted: true }
  }
  const accounts: readonly AccountConfig[] = variableAccounts(context)
  const names = accounts.map((account) => account.name)
  return { accounts, names, attempted: setVariables(context.env).length > 0 }
}

/** Whether simulated data may stand in where nothing is configured. */
function mayDemo(env: Environment, problems: Problems): boolean {
  const { env: name } = settings.DEMO
  const given = readVariable(env, name)
  return given === undefined || (parseAt({ named: name }, given.trim(), onOff, problems) ?? true)
}

function readOtlp(
  { value: endpoint, place }: Sourced<string | undefined>,
  intervalMs: number,
  context: SecretContext,
): Config['otlp'] {
  const headers = readHeaders(context)
  if (endpoint === undefined) return undefined
  if (headers.size > 0 && !isSafeForSecrets(endpoint)) {
    const problem = 'must be https where headers are sent along: they would cross the network unprotected'
    context.problems.add(place ?? { named: settings.OTLP_ENDPOINT.env }, problem)
  }
  const url = endpoint.endsWith('/v1/metrics') ? endpoint : `${endpoint}/v1/metrics`
  return { url, intervalMs, headers }
}

/** Written as OTEL_EXPORTER_OTLP_HEADERS is: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function readHeaders(context: SecretContext): ReadonlyMap<string, Secret> {
  const { env: variable } = settings.OTLP_HEADERS
  const given = secretFromVariable(variable, context)?.reveal().split(',') ?? []
  const headers = new Map<string, Secret>()
  for (const pair of given) {
    const [, name, value] = /^([A-Za-z0-9-]+)=((?:[^%]|%[0-9A-Fa-f]{2})+)$/.exec(pair) ?? []
    if (name !== undefined && value !== undefined) headers.set(name, new Secret(decodeURIComponent(value)))
    else
      context.problems.add({ named: variable }, 'must be name=value,name=value with percent-encoded values')
  }
  return headers
}

function readBudgetWebhook(context: SecretContext): Secret | undefined {
  const { env: variable } = settings.BUDGET_WEBHOOK
  const secret = secretFromVariable(variable, context)
  const url = secret?.reveal() ?? ''
  if (secret === undefined || (/^https?:/i.test(url) && URL.canParse(url) && isSafeForSecrets(url)))
    return secret
  context.problems.add({ named: variable }, 'must be an https address, or an http one on loopback')
  return undefined
}

function readTls(
  cert: Sourced<string | undefined>,
  key: Sourced<string | undefined>,
  absolute: (value: string, place: Place | undefined) => string,
  problems: Problems,
): Config['tls'] {
  if (cert.value !== undefined && key.value !== undefined) {
    return { cert: absolute(cert.value, cert.place), key: absolute(key.value, key.place) }
  }
  const alone = cert.value === undefined ? key : cert
  if (alone.value === undefined) return undefined
  const missing = alone === cert ? settings.TLS_KEY_FILE : settings.TLS_CERT_FILE
  problems.add(alone.place ?? { named: missing.env }, `needs ${missing.path} too: a certificate and its key`)
  return undefined
}

function readText(path: string): string {
  return readFileSync(path, 'utf8')
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}
