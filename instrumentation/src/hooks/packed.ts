/** Bodies that the app unpacks itself: a bounded copy is unpacked beside it once all of it is there. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

export interface Packed {
  push(chunk: Uint8Array): void
  /** What it held; nothing where it was too large. */
  unpack(): Promise<readonly Uint8Array[]>
}

/** Of the packed body; a larger one is not read. */
const LARGEST = 1024 * 1024
const LARGEST_UNPACKED = 16 * 1024 * 1024

const UNPACKERS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: (bytes) => promisify(gunzip)(bytes, { maxOutputLength: LARGEST_UNPACKED }),
  deflate: (bytes) => promisify(inflate)(bytes, { maxOutputLength: LARGEST_UNPACKED }),
  br: (bytes) => promisify(brotliDecompress)(bytes, { maxOutputLength: LARGEST_UNPACKED }),
}

/** Undefined for a body that is not packed. */
export function collectPacked(encoding: string | undefined): Packed | undefined {
  if (encoding === undefined || encoding === 'identity' || encoding === '') return undefined
  const unpacker = UNPACKERS[encoding]
  let chunks: Uint8Array[] | undefined = []
  let bytes = 0
  return {
    push(chunk) {
      bytes += chunk.length
      if (bytes > LARGEST) chunks = undefined
      chunks?.push(chunk.slice())
    },
    async unpack() {
      if (chunks === undefined || unpacker === undefined) return []
      return [await unpacker(Buffer.concat(chunks))]
    },
  }
}
