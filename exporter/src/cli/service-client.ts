/** Asks the running service: over the socket in the data folder, or at an address with a token. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Dispatcher } from 'undici'
import { localSocketPath } from '../access/local-socket.ts'
import { MINUTE, SECOND } from '../clock.ts'
import { Problems } from '../config/problems.ts'
import { secretFromVariable } from '../config/secrets.ts'
import { TOKEN } from '../config/settings.ts'
import { ERRORS, UsageExplorerError, type ErrorCode } from '../errors.ts'
import type { Terminal } from './terminal.ts'

export interface ServiceClient {
  /** The JSON of a question. @throws UsageExplorerError SERVICE_UNREACHABLE and what the service answered */
  get(path: string): Promise<unknown>
  /**
   * Has something done that takes its time.
   *
   * @param progress told of each step
   * @returns what the last line says
   * @throws UsageExplorerError SERVICE_UNREACHABLE and what the service answered
   */
  post(path: string, body: object, progress: (step: unknown) => void): Promise<unknown>
  close(): Promise<void>
}

/** @param url where the service is; undefined: the one that holds `dataDir` */
export function createClient(terminal: Terminal, dataDir: string, url: string | undefined): ServiceClient {
  const socketPath = localSocketPath(dataDir)
  const base = (url ?? 'http://localhost').replace(/\/+$/, '')
  const token = url === undefined ? undefined : tokenOf(terminal)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }

  // Loaded only by commands that ask: the service itself starts faster without it.
  const connecting = import('undici').then(({ Agent, request }) => ({
    request,
    dispatcher: url === undefined ? new Agent({ connect: { socketPath } }) : new Agent(),
  }))

  const send = async (
    path: string,
    options: { readonly method?: 'POST'; readonly body?: string },
  ): Promise<Dispatcher.ResponseData> => {
    const { request, dispatcher } = await connecting
    const response = await request(base + path, {
      ...options,
      dispatcher,
      headers: { ...headers, ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) },
      headersTimeout: MINUTE + SECOND,
      bodyTimeout: 10 * MINUTE,
    }).catch((cause: unknown) => {
      throw unreachable(url ?? socketPath, cause)
    })
    if (response.statusCode >= 400) throw failureOf(await response.body.json().catch(() => undefined))
    return response
  }

  return {
    get: async (path) => (await send(path, {})).body.json(),
    post: async (path, body, progress) => {
      const response = await send(path, { method: 'POST', body: JSON.stringify(body) })
      for await (const line of createInterface({ input: response.body })) {
        if (line === '') continue
        const step = JSON.parse(line) as { progress?: unknown; done?: unknown; error?: unknown }
        if (step.error !== undefined) throw failureOf(step)
        if (step.done !== undefined) return step.done
        progress(step.progress)
      }
      throw new UsageExplorerError('SERVICE_UNREACHABLE', 'the service ended before it was done')
    },
    close: async () => (await connecting).dispatcher.close(),
  }
}

function tokenOf({ env, cwd }: Terminal): string | undefined {
  const problems = new Problems()
  const secret = secretFromVariable(TOKEN.env, {
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    resolve: (path) => resolve(cwd, path),
    problems,
  })
  problems.throwIfAny()
  return secret?.reveal()
}

function unreachable(where: string, cause: unknown): UsageExplorerError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
  return new UsageExplorerError('SERVICE_UNREACHABLE', `no service answers at ${where} (${code})`, { cause })
}

function failureOf(body: unknown): UsageExplorerError {
  const { code, message } = ((body as { error?: unknown } | undefined)?.error ?? {}) as Record<
    string,
    unknown
  >
  if (typeof code === 'string' && isErrorCode(code)) return new UsageExplorerError(code, String(message))
  return new UsageExplorerError('SERVICE_UNREACHABLE', 'what answers at this address is not a Usage Explorer')
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}
