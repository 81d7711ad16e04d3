/** Sends what goes out through the proxy that HTTPS_PROXY names, which Node 20 does not do by itself. */
import type { Environment } from '../config/sources.ts'

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const

/** Never through a proxy: the demo, and gateways beside the service. */
const LOOPBACK = 'localhost,127.0.0.1,::1'

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case, for every fetch of this process. */
export async function useProxy(env: Environment): Promise<void> {
  if (VARIABLES.every((name) => (env[name] ?? '') === '')) return
  const except = [env['no_proxy'], env['NO_PROXY'], LOOPBACK].filter(Boolean).join(',')
  // Loaded only here: most starts have no proxy, and are faster without it.
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import('undici')
  setGlobalDispatcher(new EnvHttpProxyAgent({ noProxy: except }))
}
