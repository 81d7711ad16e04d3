/** Answers that go on: the same question asked again and again, sent as server-sent events. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { SECOND } from '../clock.ts'
import { failureBody, toFailure } from './failures.ts'

export const EVENTS_TYPE = 'text/event-stream'

const EVERY_MS = 2 * SECOND

/**
 * Sends what `ask` answers every two seconds until the asker goes away. A first answer that fails is an ordinary failure, a
 * later one is told as an event named `error`, and the answers go on.
 */
export function sendEvents(reply: FastifyReply, ask: () => unknown): FastifyReply {
  const first = ask()
  const events = async function* (): AsyncGenerator<string> {
    yield event(first)
    for (;;) {
      await sleep(EVERY_MS, undefined, { ref: false })
      try {
        yield event(ask())
      } catch (thrown) {
        yield `event: error\n${event(failureBody(toFailure(thrown)))}`
      }
    }
  }
  return reply.type(EVENTS_TYPE).send(Readable.from(events()))
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
