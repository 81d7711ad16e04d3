/** The one thing that changes a request, and only when asked to. */
import { afterEach, expect, test } from 'vitest'
import { instrumentFetch, uninstall } from '../../instrumentation/src/index.ts'
import { llmServer } from '../support/llm-server.ts'

afterEach(() => uninstall())

const STREAM = { model: 'grok-4', stream: true, messages: [] }

async function sent(includeUsage: boolean, order: object): Promise<unknown> {
  const server = await llmServer()
  const watched = instrumentFetch(fetch, { gateways: { [server.url]: 'xai' }, includeUsage })
  const response = await watched(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(order),
  })
  await response.text()
  return JSON.parse(server.served[0]?.body ?? '')
}

test('a chat stream is asked to tell its usage where the app wants it', async () => {
  expect(await sent(true, STREAM)).toEqual({ ...STREAM, stream_options: { include_usage: true } })
})

test('by default nothing is changed', async () => {
  expect(await sent(false, STREAM)).toEqual(STREAM)
})

test.each([
  { ...STREAM, stream: false },
  { ...STREAM, stream_options: { include_usage: false } },
])('what the app has decided itself stays: %j', async (order) => {
  expect(await sent(true, order)).toEqual(order)
})
