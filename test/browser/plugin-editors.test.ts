/** The data source's real editors in a real browser, over a running exporter with demo data. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithBinary } from '../support/binaries.ts'
import { useProcesses } from '../support/service-process.ts'
import { ARGS } from './browser.ts'

const HARNESS = fileURLToPath(new URL('../../grafana-plugin/harness/', import.meta.url))
const NAMELESS = readFileSync(new URL('nameless.js', import.meta.url), 'utf8')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

describeWithBinary('chromium', 'chromium', (executablePath) => {
  const processes = useProcesses()
  const folder = mkdtempSync(join(tmpdir(), 'plugin-editors-'))
  let server: Server
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    const service = processes.start(processes.folder())
    await build({
      root: HARNESS,
      configFile: false,
      logLevel: 'error',
      define: { 'process.env': '{}', global: 'globalThis' },
      build: { outDir: folder, emptyOutDir: true, minify: false, chunkSizeWarningLimit: 1e6 },
    })
    await service.backfilled()
    const exporter = await service.url()
    server = await serve(folder, exporter)
    browser = await chromium.launch({ executablePath, args: [...ARGS] })
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    page.on('pageerror', ({ message }) => complaints.push(message))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`)
  }, 180_000)
  afterAll(async () => {
    await browser.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const answer = async (): Promise<string> =>
    (await page.getByRole('region', { name: 'Answer' }).textContent()) ?? ''
  const choose = async (label: string, option: string | RegExp): Promise<void> => {
    await page.getByLabel(label, { exact: true }).click()
    await page.getByRole('option', { name: option }).first().click()
  }

  it('a question is built by hand, and its answer follows', async () => {
    await expect.poll(answer, { timeout: 30_000 }).toContain('Cost: ')
    await choose('By', /^Team/)
    await expect.poll(answer).toContain('support: ')
    expect(await answer()).toContain('search: ')

    const editor = page.getByRole('region', { name: 'Query editor' })
    await editor.getByRole('button', { name: 'Add filter' }).click()
    await choose('Filter 1: dimension', /^Team/)
    await page.getByLabel('Filter 1: values').fill('sear')
    await page.getByRole('option', { name: 'search', exact: true }).click()
    await page.keyboard.press('Escape')
    await expect.poll(answer).not.toContain('support: ')
    expect(await answer()).toContain('search: ')

    await choose('Against', 'the period before')
    await expect.poll(answer).toContain('search (the period before): ')
    await choose('Show', /^Table/)
    await expect.poll(answer).toContain('Cost: change: 1 figures')
    expect(await page.getByText('A table of cost by team').isVisible()).toBe(true)
  })

  it('a variable lists what there is', async () => {
    await choose('Values of', /^API key/)
    await expect.poll(() => page.getByText('Variable: api_key').isVisible()).toBe(true)
  })

  it('every control has a name for who cannot see it, and nothing fails', async () => {
    const nameless: unknown = await page.evaluate(NAMELESS)
    expect(nameless).toEqual([])
    expect(await page.locator('input:visible').count()).toBeGreaterThan(10)
    expect(complaints).toEqual([])
  })
})

/** The harness's files, and the exporter under `/proxy` as Grafana's proxy has it. */
async function serve(folder: string, exporter: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path.startsWith('/proxy/')) {
      void fetch(exporter + path.slice('/proxy'.length), { headers: { accept: 'application/json' } })
        .then(async (answered) => {
          response.writeHead(answered.status, { 'content-type': 'application/json' })
          response.end(await answered.text())
        })
        .catch(() => response.writeHead(502).end())
      return
    }
    const name = normalize(path.split('?')[0] ?? '')
    try {
      const content = readFileSync(join(folder, name))
      response
        .writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' })
        .end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
