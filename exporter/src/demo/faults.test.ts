import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { Fault, Intercept } from './faults.ts'
import { startSimulator, type Simulator } from './simulator.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56)

let running: Simulator[] = []

afterEach(async () => {
  await Promise.all(running.map((simulator) => simulator.close()))
  running = []
})

async function start(intercept?: Intercept): Promise<Simulator> {
  const simulator = await startSimulator({
    now: () => NOW,
    ...(intercept === undefined ? {} : { intercept }),
  })
  running.push(simulator)
  return simulator
}

function faulty(fault: Fault): Promise<Simulator> {
  return start(({ path }) => (path.endsWith('/prepaid/balance') ? fault : undefined))
}
function get(simulator: Simulator, path: string): Promise<Response> {
  return fetch(simulator.url + path, { headers: { authorization: `Bearer ${simulator.managementKey}` } })
}

function balance(simulator: Simulator): Promise<Response> {
  return get(simulator, `/v1/billing/teams/${simulator.teamId}/prepaid/balance?x=1`)
}

it('leaves other paths alone', async () => {
  const simulator = await faulty('reset')
  expect((await get(simulator, `/auth/teams/${simulator.teamId}/models`)).status).toBe(200)
})

it('answers as told', async () => {
  const response = await balance(
    await faulty({ status: 429, body: '{"code":"x"}', headers: { 'retry-after': '7' } }),
  )
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('7')
  expect(await response.json()).toEqual({ code: 'x' })
})

it('resets the connection', async () => {
  await expect(balance(await faulty('reset'))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
})

it('cuts the body in half under status 200', async () => {
  const whole = await (await balance(await start())).text()
  const response = await balance(await faulty('truncate'))
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(whole.slice(0, whole.length / 2))
})

it("gives a proxy's page under status 200", async () => {
  const response = await balance(await faulty('html'))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await response.text()).toContain('<html>')
})

it('hangs without an answer until the server closes', async () => {
  let asked = (): void => undefined
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const simulator = await start(() => {
    asked()
    return 'hang'
  })
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (data) => (received += data.toString()))
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await isAsked
  await Promise.all([once(socket, 'close'), simulator.close()])
  expect(received).toBe('')
})
