/** How an API key that only an app knows is written in the ledger: by what identifies it and gives nothing away. */

/** Before the fingerprint of a key that no listed key matches. */
export const UNMATCHED = 'unmatched:'

const PREFIX = 'observed:'

/** @param redacted the key's shortened form, such as `xai-...3Xxp`; '' where the app does not tell it */
export function writeObservedKey(fingerprint: string, redacted: string): string {
  return `${PREFIX}${fingerprint}:${redacted}`
}

export function isObservedKey(stated: string): boolean {
  return stated.startsWith(PREFIX)
}

/** @returns the fingerprint, and the characters after the dots of the shortened form ('' where there are too few to tell) */
export function readObservedKey(stated: string): { fingerprint: string; suffix: string } {
  const [fingerprint = '', redacted = ''] = stated.slice(PREFIX.length).split(':')
  const suffix = /(?:\.{3}|…|\*+)([\w-]{4,})$/.exec(redacted)?.[1] ?? ''
  return { fingerprint, suffix }
}
