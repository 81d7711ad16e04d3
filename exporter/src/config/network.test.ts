import { describe, expect, it } from 'vitest'
import { formatListen, isLoopbackHost, parseBaseUrl, parseListen } from './network.ts'

describe('a loopback host', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])(
    'is %s',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true)
    },
  )

  it.each([
    '',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '126.255.255.255',
    '::2',
    '::ffff:10.0.0.1',
    'localhost.example.com',
    '127.0.0.1.nip.io',
  ])('is not "%s"', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})

describe('a listen address', () => {
  it.each([
    ['127.0.0.1:9477', '127.0.0.1', 9477],
    ['localhost:0', 'localhost', 0],
    ['[::1]:65535', '::1', 65_535],
  ])('%s is read and written back', (given, host, port) => {
    expect(parseListen(given)).toEqual({ value: { host, port } })
    expect(formatListen({ host, port })).toBe(given)
  })

  it('without a host stands for every interface', () => {
    expect(parseListen(':9477')).toEqual({ value: { host: '', port: 9477 } })
  })

  it.each([
    '',
    '9477',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:9477',
    'http://127.0.0.1:9477',
    'a b:1',
    '[::1]',
  ])('is not "%s"', (given) => {
    expect(parseListen(given)).toHaveProperty(
      'problem',
      'must be host:port, such as 127.0.0.1:9477 or [::1]:9477',
    )
  })
})

describe('a base URL', () => {
  it.each([
    ['https://management-api.x.ai/', 'https://management-api.x.ai'],
    ['https://gateway.example.com/xai//', 'https://gateway.example.com/xai'],
    ['HTTPS://Gateway.Example.com:8443', 'https://gateway.example.com:8443'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://localhost', 'http://localhost'],
  ])('%s is kept as %s', (given, kept) => {
    expect(parseBaseUrl(given)).toEqual({ value: kept })
  })

  it.each([
    ['http://management-api.x.ai', 'must be https'],
    ['http://localhost.example.com', 'must be https'],
    ['http://0.0.0.0', 'must be https'],
    ['https://user:hidden@example.com', 'user name or password'],
    ['https://hidden@example.com', 'user name or password'],
    ['https://example.com/?key=hidden', 'without ? or #'],
    ['https://example.com/#hidden', 'without ? or #'],
    ['management-api.x.ai', 'must be a URL'],
    ['ftp://example.com', 'must be a URL'],
    ['', 'must be a URL'],
  ])('%s is refused: %s', (given, why) => {
    const parsed = parseBaseUrl(given)
    expect(parsed).toHaveProperty('problem', expect.stringContaining(why))
    expect(JSON.stringify(parsed)).not.toContain('hidden')
  })
})
