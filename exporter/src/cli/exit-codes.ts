/** What the process tells its caller when it ends. */

export const EXIT: { readonly ok: 0; readonly failed: 1; readonly usage: 2 } = {
  ok: 0,
  /** It started and could not go on. */
  failed: 1,
  /** The command line or the configuration has to be corrected first. */
  usage: 2,
}
