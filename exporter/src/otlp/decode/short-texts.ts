/**
 * Keys and values of attributes repeat from point to point: short ones are decoded once. The table's size is fixed and
 * a newcomer takes the place of what stood there, so no request can make it grow or make it slow.
 */

/** In bytes. Longer texts are not kept. */
export const LONGEST_KEPT = 64
const SLOT_BITS = 12
const SLOTS = 1 << SLOT_BITS
/** The multiplier of FNV-1a. */
const MULTIPLIER = 0x01000193

const keptBytes = new DataView(new ArrayBuffer(SLOTS * LONGEST_KEPT))
const keptLengths = new Uint8Array(SLOTS)
const keptTexts: string[] = new Array<string>(SLOTS).fill('')

/** @param length at most {@link LONGEST_KEPT}, and inside of the bytes from `start` on */
export function shortText(bytes: Buffer, view: DataView, start: number, length: number): string {
  if (length === 0) return ''
  // Words of four bytes; the last one overlaps the one before it.
  const lastAt = length < 4 ? 0 : length - 4
  const last = length < 4 ? partialWord(view, start, length) : view.getUint32(start + lastAt, true)
  let hash = Math.imul(last ^ length, MULTIPLIER)
  for (let at = 0; at < lastAt; at += 4) {
    hash = Math.imul(hash ^ view.getUint32(start + at, true), MULTIPLIER)
  }
  // The high bits: multiplication carries differences upwards only.
  const slot = hash >>> (32 - SLOT_BITS)
  const base = slot * LONGEST_KEPT
  if (keptLengths[slot] === length && keptBytes.getUint32(base + lastAt, true) === last) {
    let at = 0
    while (at < lastAt && keptBytes.getUint32(base + at, true) === view.getUint32(start + at, true)) at += 4
    if (at >= lastAt) return keptTexts[slot] ?? ''
  }
  const text = bytes.toString('utf8', start, start + length)
  for (let at = 0; at < lastAt; at += 4) {
    keptBytes.setUint32(base + at, view.getUint32(start + at, true), true)
  }
  keptBytes.setUint32(base + lastAt, last, true)
  keptLengths[slot] = length
  keptTexts[slot] = text
  return text
}

function partialWord(view: DataView, start: number, length: number): number {
  let word = 0
  for (let at = 0; at < length; at++) word |= view.getUint8(start + at) << (8 * at)
  return word
}
