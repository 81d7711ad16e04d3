/** Finds out whose account a credential opens: before anything is read, and again where an address is not known. */
import type { AccountConfig } from '../config/config.ts'
import type { AccountIdentity, ProviderAccount } from '../providers/provider.ts'
import { Patience } from './patience.ts'
import { NOTHING_DONE, stepTimeoutMs, type Task, type TaskOutcome } from './task.ts'

export class IdentifyTask implements Task {
  readonly reader = 'identify'
  readonly #account: ProviderAccount
  readonly #config: AccountConfig
  #identity: AccountIdentity | undefined
  #wanted = true

  constructor(account: ProviderAccount, config: AccountConfig) {
    this.#account = account
    this.#config = config
  }

  /** As last found out; kept while a later attempt fails. */
  get identity(): AccountIdentity | undefined {
    return this.#identity
  }

  /** What was found out may no longer hold. */
  doubt(): void {
    this.#wanted = true
  }

  dueAt(): number {
    return this.#wanted ? -Infinity : Infinity
  }

  async run(outer: AbortSignal): Promise<TaskOutcome> {
    const patience = new Patience(outer, stepTimeoutMs(this.#config.timeoutMs))
    try {
      this.#identity = await patience.within(this.#account.identify(patience.signal))
      this.#wanted = false
    } finally {
      patience.end()
    }
    return NOTHING_DONE
  }
}
