/** What the replay of a year does itself instead of Prometheus is what Prometheus would do. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { firingsOf } from '../../alerts/src/year/firings.ts'
import { EVALUATED_MS } from '../../alerts/src/year/prometheus.ts'
import { REPLAYED, type ReplayedRule } from '../../alerts/src/year/rules.ts'
import { openMetrics } from '../../alerts/src/year/samples.ts'
import { HOUR, MINUTE } from '../../exporter/src/clock.ts'
import { noise } from '../../exporter/src/demo/noise.ts'
import { describeWithBinary } from '../support/binaries.ts'

describe('samples', () => {
  const window = { from: 0, to: 3 * HOUR }
  const linesOf = (series: string, values: (number | null)[]): string[] =>
    [...openMetrics([{ series, values }], 0, window)].join('').split('\n').filter(Boolean)

  test('of a counter grow evenly between two hours, and not over a restart or a gap', () => {
    const lines = linesOf('llm_observed_tokens_total{a="b c"}', [0, 6, 2])
    expect(lines.slice(0, 4)).toEqual([
      'llm_observed_tokens_total{a="b c"} 0 0',
      'llm_observed_tokens_total{a="b c"} 2 1200',
      'llm_observed_tokens_total{a="b c"} 4 2400',
      'llm_observed_tokens_total{a="b c"} 6 3600',
    ])
    expect(lines.slice(4)).toEqual(['llm_observed_tokens_total{a="b c"} 2 7200'])
    expect(linesOf('x_total', [1, null, 3])).toEqual(['x_total 1 0', 'x_total 3 7200'])
  })

  test('of a gauge stand where they were scraped', () => {
    expect(linesOf('llm_budget_used_ratio', [null, 0.5, 0.7])).toEqual([
      'llm_budget_used_ratio 0.5 3600',
      'llm_budget_used_ratio 0.7 7200',
    ])
  })

  test('of one hour are the same whichever part of the year is asked for', () => {
    const all = [{ series: 'x_total', values: [0, 60, 90] }]
    const parts = [0, 1, 2].flatMap((hour) => [
      ...openMetrics(all, 0, { from: hour * HOUR, to: (hour + 1) * HOUR }),
    ])
    expect(parts.join('')).toBe([...openMetrics(all, 0, window)].join(''))
  })
})

test('every rule is one expression, with the recorded series written out', () => {
  for (const { expr } of REPLAYED) expect(expr).not.toContain('account_team:')
})

describeWithBinary('promtool', 'prometheus', (binary) => {
  test.each([
    ['at once', 0, 0],
    ['after a while', 10, 0],
    ['at once, and goes on for a while', 0, 15],
    ['after a while, and goes on for one', 10, 15],
  ])('an alert that fires %s', (_what, forMinutes, keepMinutes) => {
    const holds = Array.from({ length: 200 }, (_, at) => noise(3, Math.floor(at / 2), at % 3) > 0.45)
    const points = holds.flatMap((one, at) => (one ? [[at * EVALUATED_MS, 1] as const] : []))
    const rule: ReplayedRule = {
      name: 'Replayed',
      set: 'default',
      severity: 'info',
      labels: {},
      expr: 'm == 1',
      forMs: forMinutes * MINUTE,
      keepFiringMs: keepMinutes * MINUTE,
    }
    const firings = firingsOf(rule, { labels: {}, points })
    expect(firings.length).toBeGreaterThan(2)
    const fires = (at: number): boolean => firings.some(({ from, to }) => at >= from && at < to)
    const folder = mkdtempSync(join(tmpdir(), 'promtool-year-'))
    try {
      const alert = {
        alert: 'Replayed',
        expr: rule.expr,
        for: `${forMinutes}m`,
        ...(keepMinutes === 0 ? {} : { keep_firing_for: `${keepMinutes}m` }),
      }
      writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'g', rules: [alert] }] }))
      const tests = {
        rule_files: ['rules.yml'],
        evaluation_interval: '5m',
        tests: [
          {
            interval: '5m',
            input_series: [{ series: 'm', values: holds.map(Number).join(' ') }],
            promql_expr_test: holds.map((_, at) => ({
              expr: 'count(ALERTS{alertstate="firing"})',
              eval_time: `${at * 5}m`,
              exp_samples: fires(at * EVALUATED_MS) ? [{ labels: '{}', value: 1 }] : [],
            })),
          },
        ],
      }
      writeFileSync(join(folder, 'test.yml'), stringify(tests))
      expect(
        execFileSync(binary, ['test', 'rules', join(folder, 'test.yml')], { encoding: 'utf8' }),
      ).toContain('SUCCESS')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
