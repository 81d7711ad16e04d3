/** Debian's Chromium without a window and with an empty profile, and what a page looks like in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

export const ARGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const MEASURE = readFileSync(new URL('measure.js', import.meta.url), 'utf8')

export interface Measured {
  /** Contrast of black on white, to show that ratios are computed right: 21. */
  readonly checked: number
  /** px that the page wants. */
  readonly width: number
  /** Elements that end right of the window. */
  readonly tooWide: readonly string[]
  /** Figures that are broken over two lines. */
  readonly brokenFigures: readonly string[]
  readonly background: string
  /** Levels, in the order of the page. */
  readonly headings: readonly number[]
  /** Every text that is shown, with its contrast. */
  readonly texts: readonly { readonly text: string; readonly ratio: number }[]
  /** px on the screen; the ratio is that of the fill, or of the outline of one that is open. */
  readonly bars: readonly {
    readonly day: string
    readonly open: boolean
    readonly height: number
    readonly width: number
    readonly ratio: number
    readonly fill: string
  }[]
  readonly gaps: number
}

export interface Look {
  readonly measured: Measured
  /** The page as HTML text. */
  readonly content: string
  /** Whole page, PNG. */
  readonly screenshot: Buffer
  /** Every address that the page asked for. */
  readonly requests: readonly string[]
  /** Warnings and errors of the console, and of scripts. */
  readonly complaints: readonly string[]
}

export interface Sight {
  readonly width: number
  readonly scheme: 'light' | 'dark'
  /** Everything that can be unfolded is. */
  readonly unfolded?: boolean
}

/** To be called at the top of a suite; the function it returns looks at a page as somebody would. */
export function useBrowser(executablePath: string): (url: string, sight: Sight) => Promise<Look> {
  const profile = mkdtempSync(join(tmpdir(), 'usage-explorer-browser-'))
  let context: BrowserContext | undefined
  beforeAll(async () => {
    context = await chromium.launchPersistentContext(profile, { executablePath, args: [...ARGS] })
  })
  afterAll(async () => {
    await context?.close()
    rmSync(profile, { recursive: true, force: true })
  })
  return async (url, { width, scheme, unfolded = false }) => {
    if (context === undefined) throw new Error('the browser is asked before it is started')
    const page = await context.newPage()
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', ({ message }) => complaints.push(message))
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: scheme })
    await page.goto(url)
    if (unfolded)
      await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))')
    const measured = await page.evaluate<Measured>(`${MEASURE}\nmeasurePage()`)
    const screenshot = await page.screenshot({ fullPage: true })
    const content = await page.content()
    await page.close()
    return { measured, screenshot, content, requests, complaints }
  }
}
