/** Which addresses stay on this machine, and the two address forms that the configuration takes. */
import { BlockList, isIP } from 'node:net'
import type { Parsed } from './field.ts'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** True for `localhost`, 127.0.0.0/8 and ::1. Names are not looked up: what they resolve to can change. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(bare)
  if (version === 0) return bare.toLowerCase() === 'localhost'
  return LOOPBACK.check(bare, version === 6 ? 'ipv6' : 'ipv4')
}

export interface ListenAddress {
  /** '' stands for every interface. */
  readonly host: string
  readonly port: number
}

const LISTEN = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/

/** Reads `127.0.0.1:9477`, `localhost:0` or `[::1]:9477`. */
export function parseListen(text: string): Parsed<ListenAddress> {
  const match = LISTEN.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    return { problem: 'must be host:port, such as 127.0.0.1:9477 or [::1]:9477' }
  }
  return { value: { host: match[1] ?? match[2] ?? '', port } }
}

/** Writes what {@link parseListen} reads. */
export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Reads an http or https URL without credentials, query or fragment, and drops its trailing slashes. */
export function parseWebUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return { problem: 'must be a URL such as https://host.example' }
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'must not hold a user name or password, which would be shown' }
  }
  if (url.search !== '' || url.hash !== '') return { problem: 'must end with the path, without ? or #' }
  return { value: (url.origin + url.pathname).replace(/\/+$/, '') }
}

/** A {@link parseWebUrl} that a credential may go to: https only, except on loopback. */
export function parseBaseUrl(text: string): Parsed<string> {
  const parsed = parseWebUrl(text)
  if ('problem' in parsed || isSafeForSecrets(parsed.value)) return parsed
  return { problem: 'must be https: a credential would cross the network unprotected' }
}

/** Whether what is sent to the URL crosses no network, or only under TLS. */
export function isSafeForSecrets(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopbackHost(hostname)
}
