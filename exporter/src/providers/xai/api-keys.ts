/** Names of a team's API keys: GET /auth/teams/{team_id}/api-keys, page by page. */
import { JsonShapeError, type JsonNode } from '@usage-explorer/core/json'
import { MINUTE } from '../../clock.ts'
import { UsageExplorerError } from '../../errors.ts'
import type { NameEntry } from '../../usage/facts.ts'
import type { FactReader } from '../provider.ts'
import { LIST_API_KEYS, type XaiAccount } from './account.ts'

const PAGE_SIZE = '100'
/** Far above the 10,000 keys that the service is made for: an endless list ends as an error. */
const MOST_PAGES = 1000

/** A list that was not read to its end gives nothing: the keys missing from it would look deleted. */
export function apiKeysReader(account: XaiAccount): FactReader {
  return {
    id: 'xai.api_keys',
    permission: LIST_API_KEYS,
    everyMs: 10 * MINUTE,
    async read(signal) {
      const path = await account.authPath(signal, 'api-keys')
      const names = new Map<string, NameEntry>()
      const tokens = new Set<string>()
      let fetchedAt: number | undefined
      let token: string | null = null
      do {
        const query: Record<string, string> = {
          pageSize: PAGE_SIZE,
          activeOnly: 'false',
          ...(token === null ? {} : { paginationToken: token }),
        }
        const page = await account.client.get(path, readPage, { signal, query, permission: LIST_API_KEYS })
        fetchedAt ??= page.fetchedAt
        for (const name of page.value.names) names.set(name.id, name)
        token = page.value.nextToken
        if (token !== null && (tokens.has(token) || tokens.size >= MOST_PAGES)) {
          throw new UsageExplorerError('UPSTREAM_UNREADABLE', `${path}: the list of keys does not end`)
        }
        if (token !== null) tokens.add(token)
      } while (token !== null)
      const { provider, name } = account.config
      return { facts: { provider, account: name, fetchedAt, names: [...names.values()] } }
    },
  }
}

function readPage(root: JsonNode): { names: NameEntry[]; nextToken: string | null } {
  return {
    names: root.get('apiKeys').items().map(readKey),
    nextToken: root.get('paginationToken').optional((node) => node.text()),
  }
}

/** The documented example has `disabled: "false"` and snake_case, the schema a boolean and camelCase: both occur. */
function readKey(key: JsonNode): NameEntry {
  const id = key.get('apiKeyId').text()
  if (id === '') throw new JsonShapeError(key.get('apiKeyId').path, 'expected an id, found empty text')
  const redacted = key.get('redactedApiKey', 'reactedApiKey').optional((node) => node.text())
  return {
    kind: 'api_key',
    id,
    name: key.get('name').optional((node) => node.text()),
    redacted: redacted !== null && /[*•…]|\.\./.test(redacted) ? redacted : null,
    userId: key.get('userId').optional((node) => node.text()),
    disabled: key.get('disabled').optional((node) => node.boolean()) ?? false,
    createdAt: key.get('createTime').optional((node) => node.instant()),
    expiresAt: key.get('expireTime').optional((node) => node.instant()),
    aliases: [],
  }
}
