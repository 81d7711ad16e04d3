/** What is shipped, after the rules of Grafana's validator. How the bundle runs: `../hosts`. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')
const manifest = JSON.parse(read('dist/plugin.json')) as {
  id: string
  type: string
  backend?: boolean
  alerting?: boolean
  info: {
    version: string
    updated: string
    description: string
    keywords: string[]
    logos: Record<string, string>
    screenshots: Array<{ path: string }>
  }
  dependencies: { grafanaDependency: string }
}
const { version } = JSON.parse(read('package.json')) as { version: string }
const code = read('dist/module.js')

describe('the bundle', () => {
  test('is small, and writes nothing to the console', () => {
    expect(code.length).toBeLessThan(60_000)
    expect(code).not.toContain('console.log')
  })
})

describe('the manifest', () => {
  test('has the version of the package, and is complete', () => {
    expect(manifest.info.version).toBe(version)
    expect(manifest.info.updated).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(manifest.id).toMatch(/^[a-z]+-[a-z]+-datasource$/)
    expect(manifest.dependencies.grafanaDependency).toBe('>=11.6.0-0')
    expect(manifest.info.description.length).toBeGreaterThan(30)
    expect(manifest.info.keywords.length).toBeGreaterThan(2)
  })

  test('promises nothing that only a backend could keep', () => {
    expect([manifest.backend, manifest.alerting]).toEqual([undefined, undefined])
  })

  test('names files that are there, and pictures without scripts', () => {
    for (const path of [
      ...Object.values(manifest.info.logos),
      ...manifest.info.screenshots.map(({ path }) => path),
    ]) {
      const file = read(join('dist', path))
      if (path.endsWith('.svg')) expect(file).not.toMatch(/<script|on\w+=|javascript:/i)
    }
  })

  test('comes with a README without relative links, a CHANGELOG and a licence', () => {
    expect(read('dist/README.md')).not.toMatch(/\]\((?!https?:|#)/)
    expect(read('dist/README.md').length).toBeGreaterThan(1000)
    expect(read('dist/CHANGELOG.md')).toContain(`## ${version}`)
    expect(read('dist/LICENSE')).toContain('Apache License')
  })
})

describe('the archive', () => {
  const name = join(FOLDER, `${manifest.id}-${version}.zip`)
  let files: string[] = []
  beforeAll(() => {
    execFileSync(process.execPath, [join(FOLDER, 'zip.mjs')])
    files = Object.keys(unzipSync(readFileSync(name)))
  })
  afterAll(() => rmSync(name))

  test('has one folder, named as the plugin, with all that it needs', () => {
    expect(new Set(files.map((path) => path.split('/')[0]))).toEqual(new Set([manifest.id]))
    for (const file of [
      'module.js',
      'module.js.map',
      'plugin.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      'img/logo.svg',
    ])
      expect(files).toContain(`${manifest.id}/${file}`)
  })
})
