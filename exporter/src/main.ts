/** The command `usage-explorer`. */
import { parseArguments } from './cli/args.ts'
import { serve } from './cli/serve.ts'

const invocation = parseArguments(process.argv.slice(2))
if (invocation.command === 'print') {
  process[invocation.to].write(invocation.text)
  process.exitCode = invocation.exitCode
} else process.exitCode = await serve(invocation.configFile)
