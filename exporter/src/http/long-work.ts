/** Answers that take their time: JSON lines, each step as it comes, last what was done or why not. */
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { SECOND } from '../clock.ts'
import type { UsageExplorerError } from '../errors.ts'
import { failureBody, toFailure } from './failures.ts'

export const LINES_TYPE = 'application/x-ndjson; charset=utf-8'

/** Work that has not failed by then is under way, and its status is sent. */
const PATIENCE_MS = 500
const BEAT_MS = 15 * SECOND

/**
 * Sends `{"progress": …}` for each step, with empty lines in long pauses, then `{"done": …}` or `{"error": {code, message, remedy}}`. Work that fails
 * before its first step is an ordinary failure.
 *
 * @param onFailure told of a failure that comes after the status is sent
 */
export async function sendLines(
  reply: FastifyReply,
  work: (step: (step: unknown) => void) => Promise<unknown>,
  onFailure: (failure: UsageExplorerError) => void,
): Promise<FastifyReply> {
  const lines = new Readable({ read: () => undefined })
  const write = (line: object): boolean => lines.push(`${JSON.stringify(line)}\n`)
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const working = work((step) => {
    write({ progress: step })
    begin()
  })
  await Promise.race([begun, working, setTimeout(PATIENCE_MS)])
  // Keeps the connection from counting as idle.
  const beat = setInterval(() => lines.push('\n'), BEAT_MS)
  void working
    .then((done) => write({ done }))
    .catch((thrown: unknown) => {
      const failure = toFailure(thrown)
      onFailure(failure)
      write(failureBody(failure))
    })
    .finally(() => {
      clearInterval(beat)
      lines.push(null)
    })
  return reply.type(LINES_TYPE).send(lines)
}
