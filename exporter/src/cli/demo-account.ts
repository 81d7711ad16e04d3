/** The account that stands in where none is configured: a simulated organisation, labelled `demo` everywhere. */
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import { Secret, type Config } from '../config/config.ts'
import { demoBudgets } from '../demo/budgets.ts'
import { demoMappings } from '../demo/mappings.ts'
import type { Simulator } from '../demo/simulator.ts'

export function withDemoAccount(config: Config, simulator: Pick<Simulator, 'url' | 'managementKey'>): Config {
  return {
    ...config,
    mappings: demoMappings,
    budgets: demoBudgets,
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
        reconcile: true,
      },
    ],
  }
}
