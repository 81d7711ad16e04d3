import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../../test/support/config-folder.ts'
import { createToken, listTokens, revokeToken, tokenFinder } from './tokens.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'usage-explorer-tokens-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const ORDER = { scope: 'read', teams: undefined, name: 'grafana', now: 1000 } as const

describe('a new token', () => {
  it('is found by its text and by nothing else', () => {
    const { token, text } = createToken(dataDir, ORDER)
    const find = tokenFinder(dataDir)
    expect(find(text)).toMatchObject({ id: token.id, scope: 'read', teams: undefined, name: 'grafana' })
    for (const wrong of ['', `${text}x`, text.slice(0, -1), token.id, text.toUpperCase()]) {
      expect(find(wrong), wrong).toBeUndefined()
    }
  })

  it('has a text that is long, starts as secret scanners know it, and is another one each time', () => {
    const texts = [1, 2, 3].map(() => createToken(dataDir, ORDER).text)
    expect(new Set(texts).size).toBe(3)
    for (const text of texts) expect(text).toMatch(/^ue_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/)
  })

  it('leaves only a hash on the disk, which only its owner may read', () => {
    const { token, text } = createToken(dataDir, { ...ORDER, teams: ['search'] })
    const folder = join(dataDir, 'tokens')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder)).toEqual([`${token.id}.json`])
    const file = join(folder, `${token.id}.json`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain(text.slice(-43))
  })

  it('is listed without its hash, the oldest first', () => {
    createToken(dataDir, { ...ORDER, now: 2 })
    createToken(dataDir, { ...ORDER, name: undefined, teams: ['b', 'a'], now: 1 })
    expect(listTokens(dataDir)).toMatchObject([
      { scope: 'read', teams: ['b', 'a'], name: undefined, createdAt: 1 },
      { scope: 'read', teams: undefined, name: 'grafana', createdAt: 2 },
    ])
    expect(JSON.stringify(listTokens(dataDir))).not.toContain('sha256')
  })
})

describe('while the service runs', () => {
  it('a token that is made is let in and one that is revoked is not, at once', () => {
    const find = tokenFinder(dataDir)
    expect(find('nothing')).toBeUndefined()
    const first = createToken(dataDir, ORDER)
    expect(find(first.text)?.id).toBe(first.token.id)
    const second = createToken(dataDir, ORDER)
    expect(find(second.text)?.id).toBe(second.token.id)
    expect(revokeToken(dataDir, first.token.id)).toBe(true)
    expect(find(first.text)).toBeUndefined()
    expect(find(second.text)?.id).toBe(second.token.id)
  })

  it('a folder with something else in it lets nobody in, and says where to look but not what is there', () => {
    const { text } = createToken(dataDir, ORDER)
    const find = tokenFinder(dataDir)
    expect(find(text)).toBeDefined()
    writeFileSync(join(dataDir, 'tokens', 'odd.json'), '{"sha256": "hidden"}')
    const error = refusal(() => find(text))
    expect(error.code).toBe('TOKENS_FAILED')
    expect(error.message).not.toContain('hidden')
  })

  it('a file that is still being written is not looked at', () => {
    const { text } = createToken(dataDir, ORDER)
    writeFileSync(join(dataDir, 'tokens', 'aaaaaaaa.new'), '{"sc')
    expect(tokenFinder(dataDir)(text)).toBeDefined()
  })
})

it.each(['00000000', '../../x', '', 'nothing'])('revoking "%s", which is no token, says so', (id) => {
  createToken(dataDir, ORDER)
  expect(revokeToken(dataDir, id)).toBe(false)
  expect(listTokens(dataDir)).toHaveLength(1)
})

it('says which system error keeps it from writing', () => {
  writeFileSync(join(dataDir, 'tokens'), 'a file where the folder should be')
  chmodSync(dataDir, 0o700)
  const error = refusal(() => createToken(dataDir, ORDER))
  expect([error.code, error.message]).toEqual(['TOKENS_FAILED', expect.stringMatching(/EEXIST|ENOTDIR/)])
})
