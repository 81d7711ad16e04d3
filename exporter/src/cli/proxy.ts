/** Sends what goes out through the proxy that HTTPS_PROXY names, which Node 20 does not do by itself. */
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import type { Environment } from '../config/sources.ts'

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const

/** Never through a proxy: the demo, and gateways beside the service. */
const LOOPBACK = 'localhost,127.0.0.1,::1'

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case, for every fetch of this process. */
export function useProxy(env: Environment): void {
  if (VARIABLES.every((name) => (env[name] ?? '') === '')) return
  const except = [env['no_proxy'], env['NO_PROXY'], LOOPBACK].filter(Boolean).join(',')
  setGlobalDispatcher(new EnvHttpProxyAgent({ noProxy: except }))
}
