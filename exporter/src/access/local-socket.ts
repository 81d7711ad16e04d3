/** The socket in the data folder by which commands on this machine reach the running service. */
import { rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'

/** Path of the socket. Some systems refuse one longer than 103 bytes. */
export function localSocketPath(dataDir: string): string {
  return join(dataDir, 'service.sock')
}

export interface LocalSocket {
  close(): Promise<void>
}

/**
 * Serves on the socket. Only the owner of the data folder may open it: whoever does may do everything.
 *
 * The ledger's lock must be held, so that a socket that is there already belongs to a process that ended.
 * Rejects with the system's error where the folder takes no sockets or the path is too long.
 */
export async function openLocalSocket(dataDir: string, listener: RequestListener): Promise<LocalSocket> {
  const path = localSocketPath(dataDir)
  rmSync(path, { force: true })
  const server = createServer(listener)
  // The mask counts when the socket is made, which listen() does before it returns; nothing else runs in between.
  const mask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
  await listening(server)
  return {
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
}
