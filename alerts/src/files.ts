/** What is generated, by path below `alerts/`. */
import { grafanaRules } from './grafana.ts'
import { prometheusRule, runbook, rulesFile, type Places } from './documents.ts'

/** Where links in alerts lead; the files in the repository have the defaults. */
const PLACES: Places = {
  runbook: process.env['RUNBOOK_URL'] ?? 'https://runbook.example/usage-explorer',
  grafana: process.env['GRAFANA_URL'] ?? 'http://127.0.0.1:3000',
}

export const FILES: Readonly<Record<string, string>> = {
  'prometheus/usage-explorer.rules.yml': rulesFile('default', PLACES),
  'prometheus/usage-explorer-more.rules.yml': rulesFile('more', PLACES),
  'kubernetes/prometheusrule.yaml': prometheusRule(PLACES),
  'grafana/usage-explorer.yaml': grafanaRules(PLACES),
  'runbook.md': runbook(),
}
