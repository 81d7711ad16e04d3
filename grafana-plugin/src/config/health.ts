/** The check behind "Save & test": which exporter answers, what it knows, how old that is. */
import type { TestDataSourceResponse } from '@grafana/data'
import { firstValueFrom } from 'rxjs'
import type { UsageClient } from '../api/client.ts'
import type { SourcesAnswer } from '../api/contract.ts'

/** Answers of these versions are understood: the first two numbers of a version that the plugin was made for. */
export const UNDERSTOOD: readonly string[] = ['0.1']

export async function checkHealth(client: UsageClient): Promise<TestDataSourceResponse> {
  try {
    const catalogue = await client.catalogue()
    const { version, accounts, demo } = catalogue
    if (!Array.isArray(catalogue.measures) || typeof version !== 'string') {
      return { status: 'error', message: 'What answers at this URL is not Usage Explorer.' }
    }
    if (!UNDERSTOOD.includes(version.split('.').slice(0, 2).join('.'))) {
      const message = `The exporter is version ${version}; this plugin understands ${UNDERSTOOD.join(', ')}. Update the older one.`
      return { status: 'warning', message }
    }
    const sources = await ages(client)
    const names = accounts.map(({ provider, account }) => `${account} (${provider})`).join(', ')
    const about = accounts.length === 0 ? 'no account yet' : names
    return {
      status: 'success',
      message: `Usage Explorer ${version}${demo ? ', demo data' : ''}: ${about}. ${sources}`,
    }
  } catch (failure) {
    return { status: 'error', message: failure instanceof Error ? failure.message : String(failure) }
  }
}

/** A token tied to teams may not see sources. */
async function ages(client: UsageClient): Promise<string> {
  try {
    const { sources } = await firstValueFrom(client.get<SourcesAnswer>('/api/v1/sources'))
    if (sources.length === 0) return 'Nothing has been read yet.'
    const newest = Math.min(...sources.map(({ age_seconds }) => age_seconds))
    const oldest = Math.max(...sources.map(({ age_seconds }) => age_seconds))
    return `${sources.length} sources, their data ${age(newest)} to ${age(oldest)} old.`
  } catch {
    return 'The token is tied to teams and sees only what is theirs.'
  }
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
