/** Every dashboard there is, in the order in which people meet them. */
import { apiKey } from './boards/api-key.ts'
import { costPrometheus } from './boards/cost-prometheus.ts'
import { cost } from './boards/cost.ts'
import { explorerPrometheus } from './boards/explorer-prometheus.ts'
import { explorer } from './boards/explorer.ts'
import { health } from './boards/health.ts'
import { insights } from './boards/insights.ts'
import { live } from './boards/live.ts'
import { overview } from './boards/overview.ts'
import { team } from './boards/team.ts'
import type { Board } from './parts/model.ts'

export const BOARDS: readonly Board[] = [
  overview,
  explorer,
  apiKey,
  cost,
  team,
  live,
  insights,
  health,
  explorerPrometheus,
  costPrometheus,
]
