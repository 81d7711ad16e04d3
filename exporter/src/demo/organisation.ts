/** The demo organisation: one xAI team, its users and its API keys. Nobody in it exists. */
import { createHash } from 'node:crypto'
import { DAY, HOUR } from '../clock.ts'

export const ORGANISATION = 'Demo Organisation'
export const TEAM_ID: string = demoUuid('team')
export const MANAGEMENT_KEY = 'demo-management-key'

export const USERS: Readonly<
  Record<'search' | 'support' | 'engineering' | 'marketing' | 'research', string>
> = {
  search: demoUuid('user search'),
  support: demoUuid('user support'),
  engineering: demoUuid('user engineering'),
  marketing: demoUuid('user marketing'),
  research: demoUuid('user research'),
}

export interface DemoKey {
  readonly id: string
  readonly name: string
  readonly redacted: string
  readonly userId: string
  readonly createdAt: number
  /** From then on it serves no calls; undefined while it is in use. */
  readonly disabledAt: number | undefined
}

const STANDING_KEYS_CREATED_AT = Date.UTC(2024, 10, 4, 9)

/** Keys that are always there, with their owners. */
const STANDING = {
  'search-prod': 'search',
  'search-staging': 'search',
  'support-bot-prod': 'support',
  'support-bot-staging': 'support',
  'code-review-prod': 'engineering',
  'code-review-dev': 'engineering',
  'data-pipeline-prod': 'engineering',
  'marketing-copy-prod': 'marketing',
  'marketing-images-prod': 'marketing',
  'research-agent-dev': 'research',
  scratch: 'research',
  // Never used: a listed key without any usage.
  'disaster-recovery': 'engineering',
} as const

/** `labs` is a place that a new key takes every thirty days, while its predecessor is disabled. */
export type KeyPlace = keyof typeof STANDING | 'labs'

const standingKeys: ReadonlyMap<string, DemoKey> = new Map(
  Object.entries(STANDING).map(([name, owner]) => [
    name,
    createKey(name, USERS[owner], STANDING_KEYS_CREATED_AT, undefined),
  ]),
)

const LABS_PERIOD = 30 * DAY
const LABS_CREATED_AT_HOUR = 9 * HOUR

/** Which labs key serves at an instant; grows by one with each new key. */
export function labsGeneration(instant: number): number {
  return Math.floor((instant - LABS_CREATED_AT_HOUR) / LABS_PERIOD)
}

/** The key that serves a place in the given generation of labs keys. */
export function keyAt(place: KeyPlace, generation: number): DemoKey {
  const standing = standingKeys.get(place)
  if (standing !== undefined) return standing
  const createdAt = generation * LABS_PERIOD + LABS_CREATED_AT_HOUR
  const name = `labs-${new Date(createdAt).toISOString().slice(0, 10)}`
  return createKey(name, USERS.research, createdAt, createdAt + LABS_PERIOD)
}

/** All keys that exist at `now`, disabled ones included as long as their usage lies within the history. */
export function keysAt(now: number, historyMs: number): DemoKey[] {
  const generations: number[] = []
  for (let n = labsGeneration(now - historyMs); n <= labsGeneration(now); n++) generations.push(n)
  return [...standingKeys.values(), ...generations.map((n) => keyAt('labs', n))]
}

function createKey(name: string, userId: string, createdAt: number, disabledAt: number | undefined): DemoKey {
  const redacted = `xai-...${digest(`secret ${name}`).slice(0, 4)}`
  return { id: demoUuid(`key ${name}`), name, redacted, userId, createdAt, disabledAt }
}

function demoUuid(name: string): string {
  const hex = digest(`usage-explorer demo ${name}`)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
  return [...parts, hex.slice(20, 32)].join('-')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
