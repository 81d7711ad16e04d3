/** `usage-explorer serve`: runs the service until a signal ends it. */
import { formatListen } from '../config/network.ts'
import type { Config } from '../config/config.ts'
import { describeConfig } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { demoMappings } from '../demo/mappings.ts'
import { startSimulator, type Simulator } from '../demo/simulator.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import { Secret } from '../config/config.ts'
import { toCodedError, type UsageExplorerError } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import { progressBars, progressLines } from '../polling/progress.ts'
import { startService, type Service } from '../service.ts'
import { EXIT } from './exit-codes.ts'

/** Resolves with the exit code once the service has ended. */
export async function serve(configFile: string | undefined): Promise<number> {
  // First of all: as process 1 of a container a signal that nobody handles is lost.
  const stopped = signalled()
  let log = createLog('info')
  let simulator: Simulator | undefined
  let service: Service | undefined
  try {
    const given = loadConfig({
      env: process.env,
      cwd: process.cwd(),
      ...(configFile === undefined ? {} : { configFile }),
    })
    log = createLog(given.logLevel)
    if (given.demo) simulator = await startSimulator({ now: () => Date.now() })
    const config = simulator === undefined ? given : withDemoAccount(given, simulator)
    log.debug(describeConfig(config), 'The configuration is read.')
    const display = process.stdout.isTTY ? progressBars(process.stdout) : progressLines(log, Date.now)
    service = await startService({ config, log, progress: (event) => display.progress(event) })
    announce(log, config, service)
    await stopped
    log.info('Stopping: the commit under way is finished first.')
    display.stop()
    return EXIT.ok
  } catch (thrown) {
    const error = toCodedError(thrown)
    log.fatal({ err: error }, error.message)
    return mustBeCorrected(error) ? EXIT.usage : EXIT.failed
  } finally {
    await service?.stop()
    await simulator?.close()
  }
}

/** The account that stands in where none is configured: a simulated organisation, labelled `demo` everywhere. */
export function withDemoAccount(config: Config, simulator: Pick<Simulator, 'url' | 'managementKey'>): Config {
  return {
    ...config,
    mappings: demoMappings,
    accounts: [
      {
        name: 'demo',
        provider: 'xai',
        api: 'management',
        credential: new Secret(simulator.managementKey),
        project: undefined,
        url: simulator.url,
        intervalMs: MINUTE,
        lookbackEveryMs: HOUR,
        lookbackMs: 90 * DAY,
        timeoutMs: 30 * SECOND,
      },
    ],
  }
}

function announce(log: Log, config: Config, { url }: Service): void {
  if (config.demo) {
    log.warn(
      `This is demo data of a simulated organisation (account="demo", kept in ${config.dataDir}). ` +
        'Set XAI_MANAGEMENT_KEY to see your own.',
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

async function signalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
