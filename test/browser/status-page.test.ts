/**
 * The page at `/` in a real browser, over demo data and over accounts in trouble. With SCREENSHOTS=<folder> the
 * pictures are kept there; docs/images/status-page.png is the upper part of the one of 1400 px in light, with fewer
 * colours.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { useProcesses, type Running } from '../support/service-process.ts'
import { useBrowser, type Look, type Measured, type Sight } from './browser.ts'

const SIGHTS: readonly Sight[] = [360, 1400].flatMap((width) => [
  { width, scheme: 'light' },
  { width, scheme: 'dark' },
])

/** WCAG 2.2 AA, of text and of graphics. */
const TEXT_CONTRAST = 4.5
const GRAPHIC_CONTRAST = 3

const CONFIG = `
listen: 127.0.0.1:0
data_dir: data
accounts:
  - { name: works, provider: xai, key_env: GOOD_KEY, url: GOOD_URL }
  - { name: refused, provider: xai, key_env: BAD_KEY, url: BAD_URL }
`

interface Point {
  readonly start: string
  readonly amount: string | null
  readonly state: string
}

interface Summary {
  readonly last_30_days: {
    readonly totals: readonly { readonly measure: string; readonly points: readonly Point[] }[]
  }
}

const processes = useProcesses()

async function costByDay(service: Running): Promise<readonly Point[]> {
  const { last_30_days } = (await service.json('/api/v1/summary')) as Summary
  return last_30_days.totals.find(({ measure }) => measure === 'cost')?.points ?? []
}

/** Text below the contrast that it needs. */
function faint({ texts }: Measured): string[] {
  return texts.flatMap(({ text, ratio }) => (ratio < TEXT_CONTRAST ? `${ratio.toFixed(2)}: ${text}` : []))
}

function expectSound({ measured, requests, complaints }: Look, { width }: Sight, url: string): void {
  expect(complaints).toEqual([])
  expect(requests).toEqual([`${url}/`])
  expect(measured.checked).toBe(21)
  expect(measured.width).toBeLessThanOrEqual(width)
  expect(measured.tooWide).toEqual([])
  expect(measured.brokenFigures).toEqual([])
  expect(measured.texts.length).toBeGreaterThan(50)
  expect(faint(measured)).toEqual([])
}

function keep(name: string, { width, scheme }: Sight, { screenshot }: Look): void {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}-${width}-${scheme}.png`), screenshot)
}

describeWithBinary('chromium', 'chromium', (path) => {
  const look = useBrowser(path)

  describe('demo data', () => {
    let service: Running
    let url: string

    beforeAll(async () => {
      service = processes.start(processes.folder())
      await service.backfilled()
      url = await service.url()
    })

    it.each(SIGHTS)('is readable at $width px in $scheme', async (sight) => {
      const seen = await look(url, sight)
      expectSound(seen, sight, url)
      expect(seen.content).toContain('<b>Demo data.</b>')
      // The size stands in the header of a PNG.
      expect(seen.screenshot.readUInt32BE(16)).toBe(sight.width)
      keep('status-page', sight, seen)
    })

    it.each(SIGHTS)('is readable with everything unfolded at $width px in $scheme', async (sight) => {
      const seen = await look(url, { ...sight, unfolded: true })
      expectSound(seen, sight, url)
      const texts = seen.measured.texts.map(({ text }) => text)
      expect(texts).toContain('Day')
      expect(texts).toContain('latency')
    })

    it('is dark for those who want it dark: the style is let through by the policy', async () => {
      const [light, dark] = await Promise.all(
        (['light', 'dark'] as const).map(
          async (scheme) => (await look(url, { width: 360, scheme })).measured,
        ),
      )
      expect(light?.background).toBe('rgb(246, 247, 249)')
      expect(dark?.background).toBe('rgb(15, 18, 22)')
    })

    it('draws a bar for each day that the API knows, as long as its amount, lighter where not final', async () => {
      let points: readonly Point[] = []
      let seen: Measured | undefined
      // A poll may come in between: the same answer before and after the look is the one that was drawn.
      await service.eventually('an answer that stands still', async () => {
        points = await costByDay(service)
        seen = (await look(url, { width: 1400, scheme: 'light' })).measured
        return JSON.stringify(await costByDay(service)) === JSON.stringify(points)
      })
      const bars = seen?.bars ?? []
      const known = points.filter(({ amount }) => amount !== null)
      expect(points).toHaveLength(30)
      expect(bars.map(({ day }) => day)).toEqual(known.map(({ start }) => start))
      expect(seen?.gaps).toBe(points.length - known.length)
      expect(bars.map(({ open }) => open)).toEqual(known.map(({ state }) => state !== 'complete'))
      expect(bars.some(({ open }) => open)).toBe(true)
      const most = Math.max(...known.map(({ amount }) => Number(amount)))
      const tallest = Math.max(...bars.map(({ height }) => height))
      expect(tallest).toBeGreaterThan(90)
      bars.forEach(({ height }, at) => {
        expect(height / tallest).toBeCloseTo(Number(known[at]?.amount) / most, 2)
      })
      expect(new Set(bars.map(({ width }) => width.toFixed(1))).size).toBe(1)
    })

    it.each(['light', 'dark'] as const)(
      'draws bars that stand out in %s, open ones otherwise',
      async (scheme) => {
        const { bars } = (await look(url, { width: 360, scheme })).measured
        for (const { day, ratio } of bars) expect(ratio, day).toBeGreaterThanOrEqual(GRAPHIC_CONTRAST)
        const fills = (open: boolean): Set<string> =>
          new Set(bars.flatMap((bar) => (bar.open === open ? bar.fill : [])))
        expect(fills(true).size).toBe(1)
        expect([...fills(false)]).not.toEqual([...fills(true)])
      },
    )

    it('has one first heading, and none that skips a level', async () => {
      const { headings } = (await look(url, { width: 360, scheme: 'light' })).measured
      expect(headings.filter((level) => level === 1)).toHaveLength(1)
      expect(headings[0]).toBe(1)
      headings.forEach((level, at) => expect(level).toBeLessThanOrEqual((headings[at - 1] ?? 0) + 1))
    })

    it('has a place for what xAI does not report', async () => {
      const { texts } = (await look(url, { width: 360, scheme: 'light' })).measured
      const said = texts.map(({ text }) => text).join(' ')
      expect(said).toContain('What xAI does not report')
    })
  })

  describe('accounts in trouble', () => {
    const simulators: Simulator[] = []
    let url: string

    beforeAll(async () => {
      const body = JSON.stringify({ error: '<script>alert(1)</script> <b>no</b>' })
      const good = await startSimulator({ now: Date.now })
      const bad = await startSimulator({ now: Date.now, intercept: () => ({ status: 401, body }) })
      simulators.push(good, bad)
      const folder = processes.folder()
      const yaml = CONFIG.replace('GOOD_URL', good.url).replace('BAD_URL', bad.url)
      writeFileSync(join(folder, 'config.yaml'), yaml)
      const env = { GOOD_KEY: good.managementKey, BAD_KEY: 'xai-token-wrong' }
      const service = processes.start(folder, env, ['--config', 'config.yaml'])
      url = await service.url()
      await service.eventually('the one account is read and the other refused', async () => {
        const page = await service.text('/')
        return page.includes('Working') && page.includes('Blocked: needs you')
      })
    })
    afterAll(async () => {
      await Promise.all(simulators.map((simulator) => simulator.close()))
    })

    it.each(SIGHTS)('say what happened and what to do, at $width px in $scheme', async (sight) => {
      const seen = await look(url, sight)
      expectSound(seen, sight, url)
      const said = seen.measured.texts.map(({ text }) => text)
      expect(said).toContain('1 of 2 accounts is blocked until you do something.')
      expect(said).toContain('The provider refused the credential (401).')
      expect(said.join(' ')).toContain('What to do: Give a valid management key')
      expect(said.join(' ')).toContain('<script>alert(1)</script> <b>no</b>')
      expect(seen.content).not.toMatch(/<script|demo data/i)
      keep('trouble', sight, seen)
    })
  })
})
