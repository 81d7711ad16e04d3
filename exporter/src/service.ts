/** The composition root: which part is given to which, and in what order they start and stop. */
import type { RequestListener } from 'node:http'
import { localSocketPath, openLocalSocket, type LocalSocket } from './access/local-socket.ts'
import { listTokens, tokenFinder } from './access/tokens.ts'
import { systemClock, type Clock } from './clock.ts'
import type { AccountConfig, Config } from './config/config.ts'
import { createAlerts } from './alerts/alerts.ts'
import { answerBudgets } from './budgets/answer.ts'
import { createBudgets } from './budgets/budgets.ts'
import { budgetGauges } from './budgets/gauges.ts'
import { createCrossingWebhook } from './budgets/webhook.ts'
import { VERSION } from './cli/version.ts'
import { isLoopbackHost } from './config/network.ts'
import { alertRoutes } from './http/alert-routes.ts'
import { budgetRoutes } from './http/budget-routes.ts'
import { createServer, listen } from './http/server.ts'
import { tlsFiles } from './http/tls.ts'
import { toCodedError, type UsageExplorerError } from './errors.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Log } from './log.ts'
import { contributeAccounts } from './metrics/contributors/accounts.ts'
import { contributeCounters } from './metrics/contributors/counters.ts'
import { contributeObserved } from './metrics/contributors/observed.ts'
import { contributeSources } from './metrics/contributors/sources.ts'
import { createProducer } from './metrics/producer.ts'
import { createPush } from './metrics/push.ts'
import { createSelfMetrics } from './metrics/self.ts'
import { createMetrics } from './metrics/snapshot.ts'
import type { PolledAccount } from './polling/account.ts'
import { createLiveBoard } from './otlp/live-board.ts'
import { createReceiver } from './otlp/receiver.ts'
import { createOperations } from './operations/operations.ts'
import { createPolling } from './polling/polling.ts'
import type { AccountStatus, PollObserver } from './polling/status.ts'
import { neverReports, providerOf, PROVIDERS } from './providers/registry.ts'
import { createAnswerCache } from './questions/answer-cache.ts'
import { contributeReconciliation } from './questions/reconciliation-answer.ts'
import type { QuestionContext } from './questions/context.ts'
import { periodGauges } from './questions/gauges.ts'
import { createQuestions } from './questions/questions.ts'
import { describeSources } from './questions/sources.ts'
import { usualCost } from './questions/usual-cost.ts'
import { summarize } from './questions/summary.ts'
import { openStore, type Store } from './store.ts'

export interface Service {
  /** Where it listens, such as `http://127.0.0.1:9477`. */
  readonly url: string
  readonly ledger: Ledger
  accounts(): readonly AccountStatus[]
  /** Finishes the commit under way, then closes everything. */
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  /** Told of a backfill's progress. */
  readonly progress?: PollObserver['progress']
}

/** Opens the ledger, listens and begins to poll. Throws LEDGER_…, TLS_FAILED and LISTEN_FAILED, with nothing left open. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const store = await openStore(options.config, options.clock ?? systemClock)
  try {
    return await assemble(options, store)
  } catch (thrown) {
    await store.ledger.close()
    throw thrown
  }
}

async function assemble(options: ServiceOptions, { ledger, identity, booking }: Store): Promise<Service> {
  const { config, log, clock = systemClock, progress = () => undefined } = options
  const now = (): number => clock.now()

  const tls =
    config.tls &&
    tlsFiles(config.tls, (failure) => {
      if (failure === undefined) log.info('The changed certificate is in use.')
      else log.error({ err: failure }, `${failure.message}; the one before stays in use.`)
    })
  // Files that cannot be used are told before anything runs.
  tls?.read()
  const context: QuestionContext = { ledger, identity, config, now, neverReports }
  const kept = createAnswerCache({ revision: () => ledger.revision, now })
  // An account that is configured again comes back.
  for (const { name } of config.accounts) await ledger.hide(name, false)
  const board = createLiveBoard()
  const receiver = await createReceiver({
    ledger,
    accounts: config.accounts,
    names: () => ledger.facts().names,
    now,
    observed: (source, increments) => board.observed(source, increments),
    counted: (outcome, points) => self.received(outcome, points),
  })
  const alerts = await createAlerts({ ledger, log, now })
  const budgets = await createBudgets({
    context,
    log,
    crossed: (crossing) => log.warn(crossing, 'A budget crossed a threshold.'),
  })
  const webhook =
    config.budgetWebhook &&
    createCrossingWebhook({
      url: config.budgetWebhook,
      ledger,
      now,
      onOutcome: newsOf(log, 'A crossing could not be posted.', 'Crossings are posted again.'),
    })
  const metrics = createMetrics({
    now,
    isHidden: ({ account }) => account !== undefined && ledger.hidden().has(account),
    contributors: [
      contributeCounters(ledger),
      contributeSources(ledger),
      contributeAccounts(ledger, identity),
      contributeObserved(receiver.levels, identity),
      booking.contributeOverflow,
      periodGauges(context),
      contributeReconciliation(context),
      budgetGauges(budgets),
      usualCost(context),
    ],
  })
  const tellPush = newsOf(log, 'The metrics could not be pushed.', 'The metrics are pushed again.')
  const push =
    config.otlp &&
    createPush({
      ...config.otlp,
      headers: Object.fromEntries([...config.otlp.headers].map(([name, value]) => [name, value.reveal()])),
      producer: createProducer(metrics),
      onOutcome: (failure) => {
        self.pushed(failure === undefined ? 'ok' : 'failed')
        tellPush(failure)
      },
    })
  const self = createSelfMetrics({
    version: VERSION,
    dataDir: config.dataDir,
    ledger,
    accounts: () => polling.status(),
    now,
    readers: push === undefined ? [] : [push],
  })
  const polling = createPolling({
    accounts: config.accounts.map((account) => polled(account, now)),
    ledger,
    clock,
    log,
    observer: { polled: (event) => self.polled(event), progress },
    retentionMs: config.retentionMs,
  })
  let stopping = false
  const server = createServer({
    host: config.listen.host,
    tls,
    findToken: tokenFinder(config.dataDir),
    metrics,
    self,
    questions: createQuestions({ context, kept, live: { board, levels: receiver.levels }, version: VERSION }),
    statusPage: {
      version: VERSION,
      now,
      demo: config.demo,
      titleOf: (id) => providerOf(id)?.title ?? id,
      summary: () => summarize(context, {}),
      sources: () => describeSources(context),
      standing: async () => ({
        budgets: (await answerBudgets(budgets, undefined, now())).budgets,
        alerts: alerts.firing(),
      }),
    },
    accounts: () => polling.status(),
    ledger,
    ingest: { metrics: receiver.receive, logs: receiver.receiveCalls },
    more: [...budgetRoutes(budgets, context), ...alertRoutes(alerts, { now, zone: config.zone })],
    operations: createOperations({ ledger, polling, config: () => config, now }),
    onFailure: (failure, route) => {
      // Nobody waits any more for what the end cuts off.
      if (!stopping) log.error({ err: failure, route }, 'A request failed.')
    },
  })
  const url = await listen(server.app, config.listen).catch(async (thrown: unknown) => {
    await self.shutdown()
    throw thrown
  })
  const localSocket = await openLocal(config.dataDir, server.local, log)
  warnOfListening(config, log)
  polling.start()
  budgets.start()
  webhook?.start()

  return {
    url,
    ledger,
    accounts: () => polling.status(),
    stop: async () => {
      stopping = true
      await polling.stop()
      await webhook?.stop()
      await budgets.stop()
      await localSocket?.close()
      await server.app.close()
      await receiver.close()
      await self.shutdown()
      await ledger.close()
    },
  }
}

/** Logs an attempt that fails and one that succeeds again, not each that is like the one before. */
function newsOf(log: Log, failed: string, again: string): (failure: UsageExplorerError | undefined) => void {
  let before: string | undefined
  return (failure) => {
    const now = failure?.message
    if (failure !== undefined && now !== before) log.warn({ err: failure }, failed)
    if (failure === undefined && before !== undefined) log.info(again)
    before = now
  }
}

/** Without it everything but commands on this machine works, so that a disk that takes no sockets is no reason to end. */
async function openLocal(
  dataDir: string,
  listener: RequestListener,
  log: Log,
): Promise<LocalSocket | undefined> {
  try {
    return await openLocalSocket(dataDir, listener)
  } catch (thrown) {
    log.warn(
      { err: toCodedError(thrown) },
      `Commands on this machine cannot reach the service: ${localSocketPath(dataDir)} cannot be opened.`,
    )
    return undefined
  }
}

function warnOfListening({ listen: { host }, tls, dataDir }: Config, log: Log): void {
  if (isLoopbackHost(host)) return
  if (tls === undefined)
    log.warn('Tokens cross the network unprotected: set tls.cert_file, or put TLS in front.')
  if (listTokens(dataDir).length === 0) {
    log.warn('Every request needs a token and there is none: make one with `usage-explorer token create`.')
  }
}

function polled(config: AccountConfig, now: () => number): PolledAccount {
  const provider = PROVIDERS[config.provider]
  return { config, provider, account: provider.open(config, { now }) }
}
