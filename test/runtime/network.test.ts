/** Through a proxy, and to a provider whose certificate a private authority signed. */
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { useProcesses, type Environment } from '../support/service-process.ts'

const processes = useProcesses()
const servers: Server[] = []
let simulator: Simulator
let secured = ''
let certificate = ''

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
  const pem = await generate([{ name: 'commonName', value: 'provider.example' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'provider.example' }] }],
  })
  certificate = pem.cert
  // The simulated provider under TLS and a name that only the proxy knows.
  const port = await listening(
    createTlsServer({ cert: pem.cert, key: pem.private }, (incoming, outgoing) => {
      const { method, headers, url } = incoming
      const inner = httpRequest(`${simulator.url}${url ?? ''}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(inner)
    }),
  )
  secured = `127.0.0.1:${port}`
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await simulator.close()
})

/** Takes every CONNECT to the secured provider, or refuses it. */
async function startProxy(refusal?: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
      return
    }
    const [host, port] = secured.split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return { url: `http://127.0.0.1:${await listening(server)}`, asked }
}

function behind(folder: string, proxy: string): Environment {
  writeFileSync(join(folder, 'ca.pem'), certificate)
  return {
    XAI_MANAGEMENT_KEY: simulator.managementKey,
    XAI_MANAGEMENT_URL: 'https://provider.example',
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    HTTPS_PROXY: proxy,
  }
}

it('reads a provider through HTTPS_PROXY, which gets its own credential and never sees the key', async () => {
  const folder = processes.folder()
  const proxy = await startProxy()
  const service = processes.start(folder, behind(folder, proxy.url.replace('//', '//me:proxy-word@')))
  await service.backfilled()
  expect(new Set(proxy.asked)).toEqual(
    new Set([`provider.example:443 Basic ${Buffer.from('me:proxy-word').toString('base64')}`]),
  )
  expect(service.output).not.toMatch(/proxy-word/)
})

it('says what a proxy that refuses has to do with it', async () => {
  const folder = processes.folder()
  const proxy = await startProxy('407 Proxy Authentication Required')
  const service = processes.start(folder, behind(folder, proxy.url.replace('//', '//me:proxy-word@')))
  const { err } = await service.logged('A read failed')
  expect(err).toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
    message: expect.stringMatching(/proxy/i) as string,
  })
  expect(service.output).not.toMatch(/proxy-word/)
})

it('goes around the proxy where NO_PROXY says so, and always to loopback', async () => {
  const folder = processes.folder()
  const proxy = await startProxy()
  const env = { ...behind(folder, proxy.url), XAI_MANAGEMENT_URL: simulator.url }
  await processes.start(folder, env).backfilled()
  expect(proxy.asked).toEqual([])
  const around = processes.start(processes.folder(), {
    ...behind(folder, proxy.url),
    NO_PROXY: 'provider.example',
  })
  expect(await around.logged('A read failed')).toMatchObject({ err: { code: 'UPSTREAM_UNREACHABLE' } })
  expect(proxy.asked).toEqual([])
})

it('trusts no certificate that neither the system nor NODE_EXTRA_CA_CERTS vouches for', async () => {
  const folder = processes.folder()
  const proxy = await startProxy()
  const service = processes.start(folder, { ...behind(folder, proxy.url), NODE_EXTRA_CA_CERTS: '' })
  const { err } = await service.logged('A read failed')
  expect(err).toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
    message: expect.stringMatching(/certificate|self.signed/i) as string,
  })
})
