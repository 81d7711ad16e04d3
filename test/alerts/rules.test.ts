import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ALERTS } from '../../alerts/src/documents.ts'
import { FILES } from '../../alerts/src/files.ts'
import { CATALOGUE } from '../../exporter/src/metrics/catalogue.ts'
import { BOARDS } from '../../dashboards/src/boards.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { CASES } from './cases.ts'
import { promtool, RULES } from './promtool.ts'

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string
      readonly annotations?: Readonly<Record<string, string>>
    }[]
  }[]
}
interface GrafanaRules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly uid: string
      readonly title: string
      readonly data: readonly { readonly model: { readonly expr?: string } }[]
      readonly for: string
      readonly keep_firing_for: string
      readonly labels: Readonly<Record<string, string>>
      readonly annotations: Readonly<Record<string, string>>
    }[]
  }[]
}

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

test("Grafana's rules are Prometheus's: what fires, for how long, with which labels", () => {
  const prometheus = parse(FILES['prometheus/usage-explorer.rules.yml'] ?? '') as Rules
  const grafana = parse(FILES['grafana/usage-explorer.yaml'] ?? '') as GrafanaRules
  const twins = grafana.groups.flatMap(({ rules }) => rules)
  expect(new Set(twins.map(({ uid }) => uid)).size).toBe(twins.length)
  expect(new Set(twins.map(({ title }) => title)).size).toBe(twins.length)
  // Grafana's templates have no queries, and other names for values.
  for (const { annotations } of twins)
    expect(annotations['description']).not.toMatch(/query \}\}|\$value\b(?!s)/)
  expect(
    twins.map(({ data, labels, annotations, title, ...rule }) => ({
      alert: title.split(' ')[0],
      expr: data[0]?.model.expr,
      for: rule.for,
      keep_firing_for: rule.keep_firing_for,
      labels,
      summary: annotations['summary'],
    })),
  ).toEqual(
    prometheus.groups
      .flatMap(({ rules }) => rules)
      .filter(({ alert }) => alert !== undefined)
      .map(({ annotations, ...rule }) => {
        return { for: '0s', keep_firing_for: '0s', ...rule, summary: annotations?.['summary'] }
      }),
  )
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
