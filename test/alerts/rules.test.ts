import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ALERTS } from '../../alerts/src/documents.ts'
import { FILES } from '../../alerts/src/files.ts'
import { CATALOGUE } from '../../exporter/src/metrics/catalogue.ts'
import { BOARDS } from '../../dashboards/src/boards.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { CASES } from './cases.ts'
import { promtool, RULES } from './promtool.ts'

test.each(Object.entries(FILES))('%s is committed as it is generated: run `npm run alerts`', (path, text) => {
  expect(readFileSync(fileURLToPath(new URL(`../../alerts/${path}`, import.meta.url)), 'utf8')).toBe(text)
})

test('at most seven alerts are on by default', () => {
  expect(ALERTS.filter(({ set }) => set === 'default').length).toBeLessThanOrEqual(7)
})

test.each(ALERTS.map((alert) => [alert.name, alert] as const))(
  '%s says what it means in a sentence, reads metrics that there are, and leads to a dashboard',
  (name, { rules, dashboard }) => {
    expect(name).toMatch(/^LLM[A-Z][A-Za-z]+$/)
    expect(BOARDS.map(({ uid }) => uid)).toContain(dashboard)
    const known = CATALOGUE.flatMap(({ name: metric, type }) =>
      type === 'histogram' ? [`${metric}_bucket`, `${metric}_count`] : [metric],
    )
    for (const { expr, summary, severity } of rules) {
      expect(summary).toMatch(/^[A-Z].*\.$/)
      expect(['critical', 'warning', 'info']).toContain(severity)
      const metrics = expr.match(/(?<![:\w])(?:llm|usage_explorer)_\w+/g) ?? []
      for (const metric of metrics) expect(known).toContain(metric)
    }
  },
)

test('every alert has a case that fires and one that does not', () => {
  for (const { name, rules } of ALERTS) {
    for (const { severity } of rules) {
      const times = CASES.flatMap(({ fires }) => Object.values(fires))
      expect(times.some((alerts) => alerts.includes(`${name} ${severity}`))).toBe(true)
    }
  }
})

describeWithBinary('promtool', 'prometheus', (binary) => {
  test('finds nothing to say about the rules', () => {
    const said = execFileSync(binary, ['check', 'rules', '--lint=all', '--lint-fatal', ...RULES], {
      encoding: 'utf8',
    })
    expect(said.match(/SUCCESS/g)).toHaveLength(RULES.length)
  })

  test.each(CASES.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    promtool(binary, one)
  })

  test('a case that expects the wrong thing fails', () => {
    const [first] = CASES
    if (first !== undefined)
      expect(() => promtool(binary, { ...first, fires: { '8m': [] } })).toThrow('LLMBudgetBurn')
  })
})
