/** Tries what an account's credential may read, each source once and only a little of it. */
import type { AccountConfig } from '../config/config.ts'
import { formatDuration } from '../config/kinds.ts'
import { DAY } from '../clock.ts'
import { toCodedError } from '../errors.ts'
import type { Provider, ProviderAccount } from '../providers/provider.ts'

/** JSON. */
export interface AccountTest {
  readonly account: string
  readonly provider: string
  /** The vendor's unit that the credential belongs to; null where it cannot be told. */
  readonly project: string | null
  /** As the provider names them. */
  readonly permissions: readonly string[]
  readonly reads: readonly ReadTest[]
  /** Measure → why it is never reported, and the way round. */
  readonly never_reports: Readonly<Record<string, string>>
}

export interface ReadTest {
  readonly source: string
  /** Null where it could be read. */
  readonly code: string | null
  readonly message: string
  readonly remedy: string | null
}

/** @param dependencies.progress told what is tried next */
export async function testAccount(
  config: AccountConfig,
  provider: Provider,
  { now, progress }: { readonly now: () => number; readonly progress: (step: string) => void },
): Promise<AccountTest> {
  const account = provider.open(config, { now })
  progress('asking whose credential it is')
  let identity: Awaited<ReturnType<ProviderAccount['identify']>> | undefined
  const who = await attempt('identity', async (signal) => {
    identity = await account.identify(signal)
    return `project ${identity.projectName ?? identity.project}`
  })
  const reads = [who]
  // Without it no address is known to read from.
  if (who.code === null) {
    for (const reader of account.usage) {
      progress(`reading ${reader.source.id}`)
      const to = Math.floor(now() / reader.widthMs) * reader.widthMs
      const from = to - Math.max(reader.widthMs, Math.min(DAY, reader.maxWindowMs))
      const nothing = (): void => undefined
      reads.push(
        await attempt(reader.source.id, async (signal) => {
          const context = { state: undefined, remember: nothing, retire: nothing, signal }
          let rows = 0
          for await (const { records } of reader.read({ from, to }, context)) rows += records.length
          return `${rows} rows of the last ${formatDuration(to - from)}`
        }),
      )
    }
    for (const reader of account.facts) {
      progress(`reading ${reader.id}`)
      reads.push(
        await attempt(reader.id, async (signal) => {
          await reader.read(signal)
          return ''
        }),
      )
    }
  }
  return {
    account: config.name,
    provider: config.provider,
    project: identity === undefined ? null : (identity.projectName ?? identity.project),
    permissions: identity?.permissions ?? [],
    reads,
    never_reports: provider.neverReports,
  }

  async function attempt(source: string, read: (signal: AbortSignal) => Promise<string>): Promise<ReadTest> {
    try {
      const message = await read(AbortSignal.timeout(4 * config.timeoutMs))
      return { source, code: null, message, remedy: null }
    } catch (thrown) {
      const { code, message, remedy } = toCodedError(thrown)
      return { source, code, message, remedy }
    }
  }
}
