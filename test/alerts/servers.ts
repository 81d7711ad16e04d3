/** Real servers that a test may kill and start again on the same port and folder, and a catcher of mails. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import { vi } from 'vitest'
import { takenPort } from '../support/service-process.ts'

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const { port, free } = await takenPort()
  await free()
  return port
}

export class Server {
  #process: ChildProcess | undefined
  readonly #start: () => ChildProcess
  readonly #ready: string

  /** @param ready answers 200 once it is up */
  constructor(binary: string, args: readonly string[], cwd: string, ready: string) {
    this.#start = () => spawn(binary, args, { cwd, stdio: 'ignore' })
    this.#ready = ready
  }

  async start(): Promise<void> {
    this.#process = this.#start()
    await vi.waitFor(
      async () => {
        if (!(await fetch(this.#ready)).ok) throw new Error('not ready')
      },
      { timeout: 30_000, interval: 100 },
    )
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    if (running?.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }
}

/** Takes every mail and keeps its text. */
export class MailCatcher {
  readonly mails: string[] = []
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, done) => {
      let text = ''
      stream.setEncoding('utf8').on('data', (part: string) => (text += part))
      stream.on('end', () => {
        // Soft line breaks of quoted-printable.
        this.mails.push(text.replaceAll('=\r\n', '').replaceAll('=3D', '='))
        done()
      })
    },
  })

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}
