/** What the states of accounts mean, one by one and all together. */
import type { AccountState, AccountStatus } from '../../../polling/status.ts'

interface StateWords {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly short: string
  readonly long: string
}

export const ACCOUNT_STATES: Readonly<Record<AccountState, StateWords>> = {
  starting: { tone: 'busy', short: 'Starting', long: 'Its first answers are on their way.' },
  backfilling: { tone: 'busy', short: 'Reading its history', long: 'Older days fill in as they are read.' },
  ok: { tone: 'good', short: 'Working', long: 'Everything it can tell is read as it comes.' },
  retrying: {
    tone: 'busy',
    short: 'Trying again',
    long: 'The last read failed. It is tried again by itself; what is stored stays right and grows older.',
  },
  blocked: {
    tone: 'bad',
    short: 'Blocked: needs you',
    long: 'Trying again cannot help until somebody changes something. What is stored stays right and grows older.',
  },
  paused: {
    tone: 'bad',
    short: 'Paused: cannot store',
    long: 'The ledger takes no writes. Reading goes on by itself as soon as it does.',
  },
}

/** The state of all accounts in one sentence, and how serious it is. */
export function overall(
  accounts: readonly AccountStatus[],
): Pick<StateWords, 'tone'> & { readonly text: string } {
  const of = (state: AccountState): number => accounts.filter((one) => one.state === state).length
  const all = accounts.length
  const whose = (some: number): string =>
    all === 1 ? 'The account' : some === all ? 'Every account' : `${some} of ${all} accounts`
  const is = (some: number): string => (all > 1 && some > 1 && some < all ? 'are' : 'is')
  if (all === 0) return { tone: 'bad', text: 'No account is configured.' }
  const [blocked, paused, retrying] = [of('blocked'), of('paused'), of('retrying')]
  if (blocked > 0)
    return { tone: 'bad', text: `${whose(blocked)} ${is(blocked)} blocked until you do something.` }
  if (paused > 0)
    return { tone: 'bad', text: `${whose(paused)} ${is(paused)} paused: nothing can be stored.` }
  if (retrying > 0)
    return { tone: 'busy', text: `${whose(retrying)} could not be read and ${is(retrying)} tried again.` }
  const busy = of('starting') + of('backfilling')
  if (busy > 0) return { tone: 'busy', text: `${whose(busy)} ${is(busy)} being read for the first time.` }
  return {
    tone: 'good',
    text: all === 1 ? 'The account is read as planned.' : `All ${all} accounts are read as planned.`,
  }
}
