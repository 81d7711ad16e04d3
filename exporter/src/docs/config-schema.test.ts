import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { SETTINGS } from '../config/settings.ts'
import { EXAMPLE } from './config-page.ts'
import { configSchema } from './config-schema.ts'

const ajv = new Ajv2020({ allowUnionTypes: true })
addFormats.default(ajv)
const validate = ajv.compile(JSON.parse(configSchema()) as object)
const ROOT = new URL('../../../', import.meta.url)

/** Blocks of YAML in guides that are files of ours. */
function examples(): [string, string][] {
  const guides = readdirSync(new URL('docs/guides/', ROOT)).map((name) => `docs/guides/${name}`)
  return [...guides, 'README.md'].flatMap((name) => {
    const text = readFileSync(new URL(name, ROOT), 'utf8')
    const blocks = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, block = '']) => block)
    return blocks
      .filter((block) => /^(accounts|keys|teams|zone|listen):/m.test(block))
      .map((block): [string, string] => [name, block])
  })
}

describe('the schema of the configuration', () => {
  it.each([['the reference', EXAMPLE], ...examples()])('takes the example in %s', (_, text) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
  })

  it('knows every setting', () => {
    for (const { path } of SETTINGS) {
      const names = path.split('.')
      const found = names.reduce<unknown>(
        (place, name) => (place as { properties?: Record<string, unknown> } | undefined)?.properties?.[name],
        JSON.parse(configSchema()),
      )
      expect(found, path).toBeDefined()
    }
  })

  it.each([
    'zonne: UTC',
    'retention: long',
    'metrics: { caps: { user: 0 } }',
    'metrics: { user: maybe }',
    'accounts: [{ provider: xai, key_env: A }]',
    'accounts: [{ name: a, provider: xai }]',
    'accounts: [{ name: a, provider: xai, key_env: A, key_file: b }]',
    'accounts: [{ name: a, provider: xai, key: secret }]',
    'accounts: [{ name: a, provider: other, key_env: A }]',
    'keys: [{ team: a }]',
    'teams: { a: { boss: b } }',
    'listen: nowhere',
  ])('refuses "%s"', (text) => {
    expect(validate(parse(text))).toBe(false)
  })
})
