/** The page at `/budgets` in a real browser: an admin token sets, changes and removes a budget. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createToken } from '../../exporter/src/access/tokens.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { useProcesses, type Running } from '../support/service-process.ts'
import { ARGS, useBrowser, type Sight } from './browser.ts'

const NAMELESS = readFileSync(new URL('nameless.js', import.meta.url), 'utf8')
/** A budget is worked out from weeks of usage, and the machine may be busy. */
const PATIENCE = { timeout: 20_000 }
const SIGHTS: readonly Sight[] = [360, 1400].flatMap((width) => [
  { width, scheme: 'light' },
  { width, scheme: 'dark' },
])

describeWithBinary('chromium', 'chromium', (executablePath) => {
  const processes = useProcesses()
  const look = useBrowser(executablePath)
  const complaints: string[] = []
  let service: Running
  let admin: string
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const folder = processes.folder()
    service = processes.start(folder)
    await service.backfilled()
    const dataDir = join(folder, 'data', 'demo')
    admin = createToken(dataDir, { scope: 'admin', teams: undefined, name: undefined, now: Date.now() }).text
    browser = await chromium.launch({ executablePath, args: [...ARGS] })
    page = await browser.newPage()
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('dialog', (dialog) => void dialog.accept())
    await page.goto(`${await service.url()}/budgets`)
  }, 120_000)
  afterAll(() => browser.close())

  const said = async (): Promise<string> => (await page.getByRole('status').textContent()) ?? ''
  const names = async (): Promise<string[]> => {
    const { budgets } = (await service.json('/api/v1/budgets')) as { budgets: { name: string }[] }
    return budgets.map(({ name }) => name)
  }

  it('without a token is told what is missing, and nothing changes', async () => {
    await page.getByLabel('name', { exact: true }).fill('by-hand')
    await page.getByLabel('amount').fill('12.50')
    await page.getByLabel('where').fill('team=search\n\nmodel=~grok.*')
    await page.getByRole('button', { name: 'Set the budget' }).click()
    await expect.poll(said, PATIENCE).toContain('needs a token of scope admin')
    expect(await names()).not.toContain('by-hand')
  })

  it('with one sets it, and shows where it stands at once', async () => {
    await page.getByLabel('token').fill(admin)
    await page.getByRole('button', { name: 'Set the budget' }).click()
    await expect.poll(said, PATIENCE).toBe('Done.')
    const section = page.getByRole('region', { name: 'by-hand' })
    await expect
      .poll(() => section.textContent(), PATIENCE)
      .toContain('$12.50 a month · team=search, model=~grok.*')
    expect(await names()).toContain('by-hand')
    expect(page.url()).toMatch(/\/budgets$/)
  })

  it('tells what is wrong with a value in words', async () => {
    await page.getByLabel('amount').fill('lots')
    await page.getByRole('button', { name: 'Set the budget' }).click()
    await expect.poll(said, PATIENCE).toContain('amount: must be a number above 0')
  })

  it('is changed from what it was, and removed', async () => {
    const section = page.getByRole('region', { name: 'by-hand' })
    await section.getByRole('button', { name: 'Change' }).click()
    expect(await page.getByLabel('where').inputValue()).toBe('team=search\nmodel=~grok.*')
    await page.getByLabel('amount').fill('20')
    await page.getByLabel('period').selectOption('week')
    await page.getByRole('button', { name: 'Set the budget' }).click()
    await expect.poll(said, PATIENCE).toBe('Done.')
    await expect.poll(() => section.textContent(), PATIENCE).toContain('$20.00 a week')
    await section.getByRole('button', { name: 'Remove' }).click()
    await expect.poll(names, PATIENCE).not.toContain('by-hand')
    await expect.poll(() => section.count(), PATIENCE).toBe(0)
    expect(complaints).toEqual([])
  })

  it('has a name on every control', async () => {
    expect(await page.evaluate(NAMELESS)).toEqual([])
  })

  it.each(SIGHTS)('is readable at $width px in $scheme', async (sight) => {
    const url = `${await service.url()}/budgets`
    const seen = await look(url, sight)
    expect(seen.complaints).toEqual([])
    expect(seen.requests).toEqual([url])
    expect(seen.measured.tooWide).toEqual([])
    expect(seen.measured.texts.filter(({ ratio }) => ratio < 4.5)).toEqual([])
  })
})
