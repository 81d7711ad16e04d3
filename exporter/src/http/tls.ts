/** The certificate that the server shows: read from files, and again whenever they change. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Server as HttpsServer } from 'node:https'
import type { Server as HttpServer } from 'node:http'
import { createSecureContext } from 'node:tls'
import { SECOND } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'

export interface TlsFiles {
  /** @throws UsageExplorerError TLS_FAILED */
  read(): { readonly cert: Buffer; readonly key: Buffer }
  /** New connections get what the files hold now, until the server closes. Connections that are open stay. */
  watch(server: HttpServer): void
}

/**
 * @param files.cert PEM, the server's certificate first, then those between it and the root
 * @param files.key PEM, without a passphrase
 * @param onReload told after each change: of undefined, or of why the old certificate stays
 */
export function tlsFiles(
  files: { readonly cert: string; readonly key: string },
  onReload: (failure: UsageExplorerError | undefined) => void,
): TlsFiles {
  const read = (): { cert: Buffer; key: Buffer } => {
    try {
      const pair = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
      // Throws where the two do not belong together.
      createSecureContext(pair)
      return pair
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not PEM'
      throw new UsageExplorerError('TLS_FAILED', `the certificate or its key cannot be used: ${reason}`, {
        cause,
      })
    }
  }
  return {
    read,
    watch: (server) => {
      const reload = (): void => {
        try {
          if (isHttps(server)) server.setSecureContext(read())
          onReload(undefined)
        } catch (thrown) {
          if (!(thrown instanceof UsageExplorerError)) throw thrown
          onReload(thrown)
        }
      }
      // By looking, not by events: Kubernetes swaps a link that leads to the files.
      for (const file of Object.values(files))
        watchFile(file, { interval: 2 * SECOND, persistent: false }, reload)
      server.once('close', () => {
        for (const file of Object.values(files)) unwatchFile(file, reload)
      })
    },
  }
}

function isHttps(server: HttpServer): server is HttpsServer {
  return 'setSecureContext' in server
}
