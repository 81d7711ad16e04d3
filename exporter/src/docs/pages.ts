/** The generated pages of docs/reference by file name. */
import { configPage } from './config-page.ts'
import { configSchema } from './config-schema.ts'
import { environmentExample } from './environment-example.ts'
import { errorsPage } from './errors-page.ts'
import { metricsPage } from './metrics-page.ts'

/** Where they are kept. The folders of sources and of compiled files are equally deep. */
export const REFERENCE: URL = new URL('../../../docs/reference/', import.meta.url)

export function referencePages(): Readonly<Record<string, string>> {
  return {
    'config.md': configPage(),
    'config.schema.json': configSchema(),
    '../../.env.example': environmentExample(),
    'errors.md': errorsPage(),
    'metrics.md': metricsPage(),
  }
}
