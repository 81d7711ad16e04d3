/** The command `usage-explorer`. */
import { processTerminal } from './cli/process-terminal.ts'
import { run } from './cli/run.ts'

await run(process.argv.slice(2), processTerminal())
