/** The example configuration of Alertmanager, as its own tool reads it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ALERTS } from '../../alerts/src/documents.ts'
import { describeWithBinary } from '../support/binaries.ts'

const CONFIG = fileURLToPath(new URL('../../alerts/alertmanager/alertmanager.yml', import.meta.url))

describeWithBinary('amtool', 'prometheus-alertmanager', (amtool) => {
  const run = (...args: string[]): string =>
    execFileSync(amtool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

  test('takes it, with its templates', () => {
    const said = run('check-config', CONFIG)
    expect(said).toContain('SUCCESS')
    expect(said).toContain('1 templates')
  })

  test.each([
    ['alertname=LLMBudgetReached severity=critical budget=b team=search', 'exporter,ops-page'],
    ['alertname=LLMBudgetReached severity=warning budget=b', 'exporter,ops-mail'],
    ['alertname=LLMBudgetBurn severity=critical budget=b team=search', 'exporter,ops-page'],
    ['alertname=LLMCostSpike severity=warning team=search', 'exporter,search-mail'],
    ['alertname=LLMCostSpike severity=warning team=support', 'exporter,ops-mail'],
    ['alertname=LLMErrorRate severity=critical team=search', 'exporter,ops-page'],
    ['alertname=LLMDataStale severity=warning', 'exporter,ops-mail'],
    ['alertname=LLMKeyUnused severity=info', 'exporter,ops-mail'],
  ])('%s goes to %s', (labels, receivers) => {
    expect(run('config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels.split(' '))).toBe(receivers)
  })

  test('every alert reaches somebody besides the exporter', () => {
    for (const { name, rules } of ALERTS) {
      for (const { severity } of rules) {
        const labels = [`alertname=${name}`, `severity=${severity}`]
        const receivers = run('config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels).split(',')
        expect(receivers.length, name).toBeGreaterThan(1)
      }
    }
  })
})
