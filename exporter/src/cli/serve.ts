/** `usage-explorer serve`: runs the service until a signal ends it, and anew with what the configuration says then. */
import { formatListen } from '../config/network.ts'
import type { Config } from '../config/config.ts'
import { describeConfig } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { localSocketPath } from '../access/local-socket.ts'
import { startDemoApps } from '../demo/send-apps.ts'
import { startSimulator } from '../demo/simulator.ts'
import { SECOND } from '../clock.ts'
import { toCodedError, type UsageExplorerError } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import { progressBars, progressLines } from '../polling/progress.ts'
import { startService } from '../service.ts'
import { withDemoAccount } from './demo-account.ts'
import { EXIT } from './exit-codes.ts'
import { createSignals } from './signals.ts'

interface Running {
  readonly config: Config
  stop(): Promise<void>
}

/** Longest time between a signal and the end: supervisors kill after ten seconds at the earliest. */
const LONGEST_STOP_MS = 9 * SECOND

/** Resolves with the exit code once the service has ended. */
export async function serve(configFile: string | undefined): Promise<number> {
  // First of all: as process 1 of a container a signal that nobody handles is lost.
  const signals = createSignals()
  let log = createLog('info')
  let running: Running | undefined
  const load = (): Config => loadConfig({ env: process.env, cwd: process.cwd(), configFile })
  try {
    const config = load()
    log = createLog(config.logLevel)
    running = await start(config, log)
    while ((await signals.next()) === 'reload') {
      const next = tryToLoad(load, log)
      if (next === undefined) continue
      await running.stop()
      log = createLog(next.logLevel)
      running = await restart(next, running.config, log)
    }
    log.info('Stopping: the commit under way is finished first.')
    setTimeout(() => {
      log.fatal('It did not stop in time; what was committed is safe.')
      process.exit(EXIT.failed)
    }, LONGEST_STOP_MS).unref()
    return EXIT.ok
  } catch (thrown) {
    const error = toCodedError(thrown)
    log.fatal({ err: error }, error.message)
    return mustBeCorrected(error) ? EXIT.usage : EXIT.failed
  } finally {
    await running?.stop()
  }
}

async function start(given: Config, log: Log): Promise<Running> {
  const simulator = given.demo ? await startSimulator({ now: () => Date.now() }) : undefined
  const config = simulator === undefined ? given : withDemoAccount(given, simulator)
  log.debug(describeConfig(config), 'The configuration is read.')
  const display = process.stdout.isTTY ? progressBars(process.stdout) : progressLines(log, Date.now)
  try {
    const service = await startService({ config, log, progress: (event) => display.progress(event) })
    announce(log, config, service.url)
    const apps =
      simulator &&
      startDemoApps({
        socketPath: localSocketPath(config.dataDir),
        model: simulator.model,
        now: Date.now,
        onFailure: (thrown) => log.warn({ err: toCodedError(thrown) }, 'The simulated apps have ended.'),
      })
    return {
      config: given,
      stop: async () => {
        display.stop()
        await apps?.stop()
        await service.stop()
        await simulator?.close()
      },
    }
  } catch (thrown) {
    await simulator?.close()
    throw thrown
  }
}

/** A configuration that cannot be read changes nothing. */
function tryToLoad(load: () => Config, log: Log): Config | undefined {
  try {
    return load()
  } catch (thrown) {
    const error = toCodedError(thrown)
    log.error({ err: error }, `The configuration before stays in force: ${error.message}`)
    return undefined
  }
}

/** Where the new configuration does not run, such as on an address that is taken, the one before does. */
async function restart(next: Config, before: Config, log: Log): Promise<Running> {
  try {
    const running = await start(next, log)
    log.info('The configuration is reloaded.')
    return running
  } catch (thrown) {
    const error = toCodedError(thrown)
    log.error({ err: error }, `The configuration before is in force again: ${error.message}`)
    return start(before, log)
  }
}

function announce(log: Log, config: Config, url: string): void {
  if (config.demo) {
    log.warn(
      `This is demo data of a simulated organisation (account="demo", kept in ${config.dataDir}). ` +
        'Set XAI_MANAGEMENT_KEY to see your own.',
    )
  }
  if (!config.demo && config.accounts.length === 0) {
    log.warn(
      'No account is configured: only what instrumented apps send is kept. Set XAI_MANAGEMENT_KEY for what is billed.',
    )
  }
  log.info(
    { listen: formatListen(config.listen) },
    `Look at ${url}/ (metrics for Prometheus: ${url}/metrics)`,
  )
}

function mustBeCorrected(error: UsageExplorerError): boolean {
  return error.code === 'CONFIG_INVALID' || error.code === 'TLS_FAILED'
}
