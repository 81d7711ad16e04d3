/** `node --import @usage-explorer/instrumentation/register app.js` */
import { diag } from '@opentelemetry/api'
import { install } from './index.ts'

try {
  install()
} catch (thrown) {
  // The app starts all the same.
  diag.error('usage-explorer: calls are not observed', thrown)
}
