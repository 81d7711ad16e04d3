/** The terminal that the process was started from. */
import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

export function processTerminal(): Terminal {
  return {
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    out: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
    ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : undefined,
    end: (exitCode) => {
      process.exitCode = exitCode
    },
  }
}

async function askPerson(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await reader.question(question)
  } finally {
    reader.close()
  }
}
