/** TLS from files, with a certificate that is replaced while the service runs; and the socket in the data folder. */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { beforeAll, describe, expect, it } from 'vitest'
import { createToken } from '../../exporter/src/access/tokens.ts'
import { useProcesses, type Running } from '../support/service-process.ts'

const processes = useProcesses()

interface Pem {
  readonly cert: string
  readonly private: string
}
const certificate = async (name: string): Promise<Pem> =>
  generate([{ name: 'commonName', value: name }], { keySize: 2048 })

function show(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; name: string }> {
  return new Promise((resolve, reject) => {
    // A new connection each time; whom it trusts is not what is tested.
    const asked = request(url + path, { headers, agent: false, rejectUnauthorized: false }, (response) => {
      const name =
        response.socket instanceof TLSSocket ? response.socket.getPeerCertificate().subject.CN : undefined
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, name: String(name) }))
    })
    asked.on('error', reject).end()
  })
}

describe('over TLS', () => {
  let first: Pem
  let second: Pem
  beforeAll(async () => {
    first = await certificate('first.example')
    second = await certificate('second.example')
  })

  function start(folder: string, pem: { cert: string; key: string }): Running {
    writeFileSync(join(folder, 'cert.pem'), pem.cert)
    writeFileSync(join(folder, 'key.pem'), pem.key)
    return processes.start(folder, {
      USAGE_EXPLORER_LISTEN: '0.0.0.0:0',
      USAGE_EXPLORER_TLS_CERT_FILE: 'cert.pem',
      USAGE_EXPLORER_TLS_KEY_FILE: 'key.pem',
    })
  }

  it('serves, takes over a changed pair, and keeps the one before while files do not belong together', async () => {
    const folder = processes.folder()
    const service = start(folder, { cert: first.cert, key: first.private })
    const { msg } = await service.logged('Look at ')
    const url = `https://127.0.0.1:${/https:\/\/[^/]+:(\d+)\//.exec(msg)?.[1] ?? ''}`
    const dataDir = join(folder, 'data', 'demo')
    const { text } = createToken(dataDir, { scope: 'metrics', teams: undefined, name: undefined, now: 0 })
    expect(await show(url, '/healthz')).toEqual({ status: 200, name: 'first.example' })
    expect((await show(url, '/metrics')).status).toBe(401)
    expect((await show(url, '/metrics', { authorization: `Bearer ${text}` })).status).toBe(200)

    writeFileSync(join(folder, 'cert.pem'), second.cert)
    expect((await service.logged('stays in use')).level).toBe('error')
    expect((await show(url, '/healthz')).name).toBe('first.example')
    writeFileSync(join(folder, 'key.pem'), second.private)
    await service.logged('The changed certificate is in use')
    expect((await show(url, '/healthz')).name).toBe('second.example')
    expect(service.output).not.toContain('PRIVATE KEY')
  })

  it('ends with exit code 2 where certificate and key do not belong together, and shows nothing of them', async () => {
    const service = start(processes.folder(), { cert: first.cert, key: second.private })
    expect((await service.ended).code).toBe(2)
    expect(service.output).toContain('TLS_FAILED')
    expect(service.output).not.toMatch(/PRIVATE KEY|BEGIN/)
  })
})

describe('the socket in the data folder', () => {
  it("is its owner's alone, needs no token, and is gone after the end", async () => {
    const folder = processes.folder()
    const service = processes.start(folder, { USAGE_EXPLORER_LISTEN: '0.0.0.0:0' })
    await service.logged('Look at ')
    const socketPath = join(folder, 'data', 'demo', 'service.sock')
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
    const status = await new Promise((resolve, reject) => {
      httpRequest({ socketPath, path: '/api/v1/sources' }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
    await service.stop()
    expect(existsSync(socketPath)).toBe(false)
  })

  it('of a service that was killed is replaced by the next one', async () => {
    const folder = processes.folder()
    const killed = processes.start(folder)
    await killed.logged('Look at ')
    await killed.stop('SIGKILL')
    const next = processes.start(folder)
    await next.logged('Look at ')
    expect(next.output).not.toContain('cannot be opened')
  })
})
