import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { Secret } from '../config/config.ts'
import { World } from '../questions/testing.ts'
import type { Crossing } from './crossings.ts'
import { createCrossingWebhook, type CrossingWebhook } from './webhook.ts'

let world: World
let status: number
let bodies: Record<string, unknown>[]
let url: string

beforeEach(async () => {
  world = await World.open({ now: '2026-11-11T01:00Z' })
  status = 200
  bodies = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (piece: Buffer) => (text += piece.toString()))
    request.on('end', () => {
      expect(request.headers['content-type']).toBe('application/json')
      if (status === 200) bodies.push(JSON.parse(text) as Record<string, unknown>)
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`
})
afterEach(() => world.close())

function open(): CrossingWebhook {
  return createCrossingWebhook({
    url: new Secret(url),
    ledger: world.context.ledger,
    now: () => world.now,
    onOutcome: () => undefined,
  })
}

async function cross(threshold: number, agoMs: number): Promise<void> {
  const at = world.now - agoMs
  const body: Crossing = {
    budget: 'search',
    team: 'search',
    threshold,
    period_start: '2026-11-01T00:00:00.000Z',
    crossed_at: new Date(at).toISOString(),
    used: '480.123456',
    amount: '600',
    unit: 'USD',
  }
  await world.context.ledger.commitNotes([{ kind: 'crossing', id: `search ${threshold}`, at, body }])
}

describe('the webhook for crossings', () => {
  test('gets each once, the oldest first, with a sentence for chats, also over a restart', async () => {
    await cross(80, HOUR)
    await cross(50, DAY)
    await open().post()
    expect(bodies.map(({ threshold }) => threshold)).toEqual([50, 80])
    expect(bodies[1]).toMatchObject({
      budget: 'search',
      used: '480.123456',
      text: 'Budget search has reached 80 %: 480.12 of 600 USD were used since 2026-11-01, as of 2026-11-11 00:00 UTC.',
    })
    await cross(100, 0)
    await open().post()
    expect(bodies.map(({ threshold }) => threshold)).toEqual([50, 80, 100])
  })

  test('is not told what is no news', async () => {
    await cross(50, 8 * DAY)
    await open().post()
    expect(bodies).toEqual([])
  })

  test.each([500, 404, 302])(
    'that answers %i gets it again, and its address is in no message',
    async (code) => {
      await cross(80, HOUR)
      status = code
      const webhook = open()
      const failure: unknown = await webhook.post().catch((thrown: unknown) => thrown)
      expect(failure).toMatchObject({ code: 'BUDGET_WEBHOOK_FAILED' })
      expect(String(failure)).toContain(String(code))
      expect(String(failure)).not.toContain('s3cret')
      status = 200
      await webhook.post()
      expect(bodies).toHaveLength(1)
    },
  )

  test('that nobody runs is told of in words', async () => {
    await cross(80, HOUR)
    url = 'http://127.0.0.1:1/s3cret'
    await expect(open().post()).rejects.toThrow('nothing answers at 127.0.0.1:1')
  })
})
