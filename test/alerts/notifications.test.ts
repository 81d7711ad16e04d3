/** From usage to a mail: the exporter with demo data, a real Prometheus, a real Alertmanager, a catcher of mails. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { attributesOf, nanoseconds } from '../../exporter/src/demo/apps-export.ts'
import { findBinary } from '../support/binaries.ts'
import { useProcesses, type Running } from '../support/service-process.ts'
import { freePort, MailCatcher, Server } from './servers.ts'

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const read = (path: string): string => readFileSync(file(path), 'utf8')

const prometheusBinary = findBinary('prometheus', 'prometheus')
const alertmanagerBinary = findBinary('prometheus-alertmanager', 'prometheus-alertmanager')
const missing = prometheusBinary === undefined || alertmanagerBinary === undefined

const processes = useProcesses()
const catcher = new MailCatcher()
let folder: string
let service: Running
let start: () => Running
let prometheus: Server
let alertmanager: Server
let admin: Record<string, string>
let used: number

function token(...args: string[]): string {
  const command = file('exporter/bin/usage-explorer.js')
  const made = execFileSync(process.execPath, [command, 'token', 'create', ...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], USAGE_EXPLORER_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return made.trim()
}

/** The files of docker-compose.yml with addresses of this machine, and with seconds for minutes. */
async function configure(exporter: string): Promise<void> {
  const [atPrometheus, atAlertmanager, mail] = [await freePort(), await freePort(), await freePort()]
  await catcher.listen(mail)
  mkdirSync(join(folder, 'rules'))
  writeFileSync(
    join(folder, 'rules/usage-explorer.rules.yml'),
    read('alerts/prometheus/usage-explorer.rules.yml')
      .replaceAll(/ for: \d+[mh]/g, ' for: 2s')
      .replaceAll(/keep_firing_for: \d+[mh]/g, 'keep_firing_for: 45s'),
  )
  writeFileSync(
    join(folder, 'prometheus.yml'),
    read('deploy/compose/prometheus.yml')
      .replaceAll('interval: 60s', 'interval: 1s')
      .replace(/ {4}authorization:\n.*\n/, '')
      .replace('exporter:9477', exporter)
      .replace('alertmanager:9093', `127.0.0.1:${atAlertmanager}`),
  )
  writeFileSync(join(folder, 'ingest'), token('--scope', 'ingest'))
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    read('deploy/compose/alertmanager.yml')
      .replace('mail:1025', `127.0.0.1:${mail}`)
      .replace('exporter:9477', exporter)
      .replace('/tokens/ingest', join(folder, 'ingest'))
      .replace('/etc/alertmanager/templates', file('alerts/alertmanager/templates'))
      .replace('group_wait: 30s', 'group_wait: 1s')
      .replace('group_interval: 5m', 'group_interval: 2s'),
  )
  prometheus = new Server(
    prometheusBinary ?? '',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${atPrometheus}`,
    ],
    folder,
    `http://127.0.0.1:${atPrometheus}/-/ready`,
  )
  alertmanager = new Server(
    alertmanagerBinary ?? '',
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${atAlertmanager}`,
      '--cluster.listen-address=',
    ],
    folder,
    `http://127.0.0.1:${atAlertmanager}/-/ready`,
  )
}

/** A period that began about two weeks ago, whatever the date. */
const START_DAY = new Date().getUTCDate() > 15 ? 1 : 16

/** A budget of all usage. */
async function setBudget(amount: number): Promise<void> {
  const body = {
    name: 'watched',
    amount: amount.toFixed(2),
    start_day: START_DAY,
    owner: 'ann@example.invalid',
  }
  const answer = await service.post('/api/v1/budgets', body, admin)
  expect(answer.status, await answer.text()).toBe(200)
}

/** Mails about it whose subject has this in it. */
const mailsOf = (what: string, subject: string): string[] =>
  catcher.mails.filter((mail) => mail.includes(what) && /^Subject: .*/m.exec(mail)?.[0].includes(subject))

async function mailed(what: string, subject: string, count: number): Promise<void> {
  await vi.waitFor(() => expect(mailsOf(what, subject)).toHaveLength(count), {
    timeout: 110_000,
    interval: 200,
  })
}

async function kept(): Promise<{ name: string; status: string; labels: Record<string, string> }[]> {
  const { alerts } = (await service.json('/api/v1/alerts')) as { alerts: Awaited<ReturnType<typeof kept>> }
  return alerts
}

describe.skipIf(missing)(
  missing ? 'needs the Debian packages prometheus and prometheus-alertmanager' : 'a notification',
  () => {
    beforeAll(async () => {
      folder = processes.folder()
      const exporter = `127.0.0.1:${await freePort()}`
      start = () =>
        processes.start(folder, { USAGE_EXPLORER_LISTEN: exporter, USAGE_EXPLORER_SCRAPE_INTERVAL: '1s' })
      service = start()
      await service.backfilled()
      admin = { authorization: `Bearer ${token('--scope', 'admin')}` }
      await setBudget(1e6)
      const { budgets } = (await service.json('/api/v1/budgets')) as {
        budgets: { name: string; used: string }[]
      }
      used = Number(budgets.find(({ name }) => name === 'watched')?.used)
      await configure(exporter)
      await alertmanager.start()
      await prometheus.start()
    }, 120_000)
    afterAll(async () => {
      await prometheus.stop('SIGKILL')
      await alertmanager.stop('SIGKILL')
      await catcher.close()
    })

    it('of demo data comes within moments: three alerts fire, and the exporter knows them', async () => {
      await vi.waitFor(
        async () => {
          const firing = (await kept()).filter(({ status }) => status === 'firing')
          expect(firing.length).toBeGreaterThanOrEqual(3)
        },
        { timeout: 60_000, interval: 500 },
      )
      expect(service.log.filter(({ msg }) => msg === 'An alert fires.').length).toBeGreaterThanOrEqual(3)
    })

    it('says each threshold of a budget that is reached', async () => {
      await setBudget(used / 0.65)
      await vi.waitFor(() => expect(catcher.mails.join()).toContain('watched has used 6'), {
        timeout: 60_000,
      })
      await setBudget(used / 0.85)
      await mailed('watched has used', 'nearly used up', 1)
      await setBudget(used / 1.05)
      await mailed('watched has used', '[CRITICAL] A budget is used up', 1)
      const [mail] = mailsOf('watched has used', '[CRITICAL]')
      expect(mail).toContain('Owner: ann@example.invalid')
      expect(mail).toContain(`of ${(used / 1.05).toFixed(2)} USD are used`)
      expect(mail).toContain('http://127.0.0.1:3000/d/usage-cost')
      expect(mail).toMatch(/What to do: https:\/\/\S+#llmbudgetreached/)
    })

    it('comes once, though every part is killed and comes back', async () => {
      const before = catcher.mails.filter((mail) => mail.includes('watched has used')).length
      await service.stop('SIGKILL')
      service = start()
      await service.backfilled()
      await alertmanager.stop('SIGTERM')
      await alertmanager.start()
      await prometheus.stop('SIGKILL')
      await prometheus.start()
      // Long enough for what would be sent again: rules, waits and intervals are seconds here.
      await new Promise((resolve) => setTimeout(resolve, 12_000))
      expect(mailsOf('watched has used', '[CRITICAL]')).toHaveLength(1)
      expect(mailsOf('watched has used', 'nearly used up')).toHaveLength(1)
      expect(
        catcher.mails.filter((mail) => mail.includes('watched has used')).length - before,
      ).toBeLessThanOrEqual(1)
      const critical = (await kept()).filter(
        ({ labels }) => labels['budget'] === 'watched' && labels['severity'] === 'critical',
      )
      expect(critical.map(({ status }) => status)).toEqual(['firing'])
    })

    it('says when it is over', async () => {
      await setBudget(used / 0.1)
      await mailed('watched has used', '[over] A budget is used up', 1)
      await vi.waitFor(
        async () => {
          // Of those that another one inhibits when they end Alertmanager says nothing.
          const ours = (await kept()).filter(
            ({ labels }) => labels['budget'] === 'watched' && labels['severity'] === 'critical',
          )
          expect(ours.map(({ status }) => status)).toEqual(['resolved'])
        },
        { timeout: 60_000, interval: 500 },
      )
      const { crossings } = (await service.json('/api/v1/budgets')) as {
        crossings: { budget: string; threshold: number }[]
      }
      const ours = crossings.filter(({ budget }) => budget === 'watched').map(({ threshold }) => threshold)
      expect(ours.sort((a, b) => a - b)).toEqual([50, 80, 100])
    }, 240_000)

    it('tells a burst of errors of a team', async () => {
      const authorization = `Bearer ${token('--scope', 'ingest', '--team', 'burst')}`
      let from = Date.now()
      const send = async (count: number): Promise<void> => {
        const to = Date.now()
        const about = { 'gen_ai.provider.name': 'x_ai', 'gen_ai.request.model': 'grok-4' }
        const point = {
          attributes: attributesOf({ ...about, 'error.type': 'server' }),
          startTimeUnixNano: nanoseconds(from),
          timeUnixNano: nanoseconds(to),
          asInt: String(count),
        }
        from = to
        const metric = {
          name: 'llm.client.requests',
          sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] },
        }
        const body = {
          resourceMetrics: [
            {
              resource: { attributes: attributesOf({ 'service.name': 'burst' }) },
              scopeMetrics: [{ scope: { name: '@usage-explorer/instrumentation' }, metrics: [metric] }],
            },
          ],
        }
        const answer = await service.post('/v1/metrics', body, { authorization })
        expect(answer.status, await answer.text()).toBe(200)
      }
      await vi.waitFor(
        async () => {
          await send(40)
          expect(mailsOf('team burst', '[CRITICAL] Many calls fail.')).toHaveLength(1)
        },
        { timeout: 60_000, interval: 2000 },
      )
      expect(mailsOf('team burst', 'Many calls fail.')[0]).toContain('100% of the calls')
    })
  },
)
