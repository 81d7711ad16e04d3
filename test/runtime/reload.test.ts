/** SIGHUP takes a changed configuration over; a bad one changes nothing. Signals end it in time. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { takenPort, useProcesses, type Running } from '../support/service-process.ts'

const processes = useProcesses()
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
})
afterAll(() => simulator.close())

const config = (more = ''): string => `
accounts:
  - name: main
    provider: xai
    key_file: key
    url: ${simulator.url}
${more}`

function start(folder: string): Running {
  writeFileSync(join(folder, 'key'), simulator.managementKey)
  writeFileSync(join(folder, 'config.yaml'), config())
  return processes.start(folder, {}, ['--config', 'config.yaml'])
}

/** The address after the latest start, which a reload may change. */
function urlOf(service: Running): string {
  const line = service.log.findLast(({ msg }) => msg.startsWith('Look at '))?.msg ?? ''
  return /Look at (\S+)\//.exec(line)?.[1] ?? ''
}

async function reload(service: Running, says: string): Promise<void> {
  const before = service.log.filter(({ msg }) => msg.includes(says)).length
  service.process.kill('SIGHUP')
  await service.eventually(`the log says "${says}"`, async () =>
    Promise.resolve(service.log.filter(({ msg }) => msg.includes(says)).length > before),
  )
}

const costs = async (service: Running): Promise<string> => {
  const text = await (await fetch(`${urlOf(service)}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith('llm_billed_cost_total'))
    .join('\n')
}

describe('SIGHUP', () => {
  it('takes over teams and accounts; counters and history go on', async () => {
    const folder = processes.folder()
    const service = start(folder)
    await service.backfilled()
    const before = await costs(service)
    writeFileSync(join(folder, 'config.yaml'), config("keys:\n  - match: '*'\n    team: everybody\n"))
    await reload(service, 'The configuration is reloaded')
    const text = await (await fetch(`${urlOf(service)}/metrics`)).text()
    expect(text).toMatch(/llm_usage_window_cost\{[^}]*team="everybody"/)
    // Counters keep the team that was in force when their usage was booked.
    for (const line of before.split('\n')) expect(await costs(service)).toContain(line.replace(/ \S+$/, ''))
    await service.stop()
  })

  it('reads keys from their files again', async () => {
    const folder = processes.folder()
    const service = start(folder)
    await service.backfilled()
    writeFileSync(join(folder, 'key'), 'another-key-hidden')
    await reload(service, 'The configuration is reloaded')
    expect(await service.logged('A read failed')).toMatchObject({ err: { code: 'UPSTREAM_UNAUTHORIZED' } })
    expect(service.output).not.toContain('hidden')
    await service.stop()
  })

  it('with a configuration that is wrong tells every mistake, and what was in force goes on', async () => {
    const folder = processes.folder()
    const service = start(folder)
    await service.backfilled()
    writeFileSync(join(folder, 'config.yaml'), `zone: Mars\nretention: long\n${config()}`)
    await reload(service, 'The configuration before stays in force')
    expect(service.output).toContain('config.yaml:1:7')
    expect(service.output).toContain('config.yaml:2:12')
    expect((await fetch(`${urlOf(service)}/healthz`)).status).toBe(200)
    const { port, free } = await takenPort()
    writeFileSync(join(folder, 'config.yaml'), config())
    await free()
    expect(port).toBeGreaterThan(0)
    expect((await service.stop()).code).toBe(0)
  })

  it('in the demo goes on with the demo', async () => {
    const service = processes.start(processes.folder())
    await service.backfilled()
    await reload(service, 'The configuration is reloaded')
    expect((await fetch(`${urlOf(service)}/readyz`)).status).toBe(200)
    expect((await service.stop()).code).toBe(0)
  })
})

describe('the end', () => {
  it('comes in time while the provider hangs and a client reads nothing', async () => {
    const hanging = await startSimulator({ now: Date.now, intercept: () => 'hang' })
    try {
      const env = { XAI_MANAGEMENT_KEY: hanging.managementKey, XAI_MANAGEMENT_URL: hanging.url }
      const service = processes.start(processes.folder(), env)
      const url = await service.url()
      const unread = await fetch(`${url}/metrics`)
      const startedAt = performance.now()
      expect(await service.stop()).toEqual({ code: 0, signal: null })
      expect(performance.now() - startedAt).toBeLessThan(10_000)
      await unread.body?.cancel().catch(() => undefined)
    } finally {
      await hanging.close()
    }
  })

  it('comes at once when asked for twice', async () => {
    const service = start(processes.folder())
    await service.url()
    service.process.kill('SIGTERM')
    service.process.kill('SIGINT')
    const { code, signal } = await service.ended
    expect([0, 1]).toContain(code)
    expect(signal).toBeNull()
  })
})
