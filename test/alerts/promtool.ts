/** Runs cases through `promtool test rules`: series go in, what fires comes out, over all rules at once. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'

export const RULES: readonly string[] = ['usage-explorer', 'usage-explorer-more'].map((name) =>
  fileURLToPath(new URL(`../../alerts/prometheus/${name}.rules.yml`, import.meta.url)),
)

export interface Case {
  readonly title: string
  /** Of samples and evaluations; a minute unless given. */
  readonly interval?: string
  /** Series → values in promtool's notation, one for each interval. */
  readonly series: Readonly<Record<string, string>>
  /** Time → alerts that fire then, as `name severity`; no other may. */
  readonly fires: Readonly<Record<string, readonly string[]>>
}

/** Throws with promtool's own words where anything else fires, or less. */
export function promtool(binary: string, { interval = '1m', series, fires }: Case): void {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
  try {
    const input = { 'up{job="usage-explorer"}': '1x1200', ...series }
    const file = join(folder, 'test.yml')
    writeFileSync(
      file,
      stringify({
        rule_files: RULES,
        evaluation_interval: interval,
        tests: [
          {
            interval,
            input_series: Object.entries(input).map(([name, values]) => ({ series: name, values })),
            promql_expr_test: Object.entries(fires).map(([time, alerts]) => ({
              expr: 'count by (alertname, severity) (ALERTS{alertstate="firing"})',
              eval_time: time,
              exp_samples: [...new Set(alerts)].map((alert) => {
                const [name = '', severity = ''] = alert.split(' ')
                return {
                  labels: `{alertname="${name}", severity="${severity}"}`,
                  value: alerts.filter((other) => other === alert).length,
                }
              }),
            })),
          },
        ],
      }),
    )
    execFileSync(binary, ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' })
  } catch (thrown) {
    const { stdout = '', stderr = '' } = thrown as { stdout?: string; stderr?: string }
    throw new Error(`${stdout}${stderr}` || String(thrown), { cause: thrown })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
