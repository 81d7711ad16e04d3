import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createKeyIds } from './key-ids.ts'

test('a key’s id is asked for once, with the key, where it was used', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
    response.end('{"api_key_id":"key-1"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ids = createKeyIds(fetch)
  expect(ids.of('f')).toBeUndefined()
  ids.learn('xai', origin, 'f', 'secret')
  ids.learn('xai', origin, 'f', 'secret')
  ids.learn('openai', origin, 'g', 'secret')
  await expect.poll(() => ids.of('f')).toBe('key-1')
  expect(asked).toEqual(['/v1/api-key Bearer secret'])
  ids.learn('xai', 'http://127.0.0.1:1', 'nobody', 'secret')
  expect(ids.of('nobody')).toBeUndefined()
})
