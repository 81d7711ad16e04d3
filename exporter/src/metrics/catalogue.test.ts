import { expect, it } from 'vitest'
import { CATALOGUE, findMetric } from './catalogue.ts'

it.each(CATALOGUE.map((spec) => [spec.name, spec] as const))('%s keeps the naming rules', (name, spec) => {
  expect(name).toMatch(/^(llm|usage_explorer)(_[a-z0-9]+)+$/)
  expect(name.endsWith('_total')).toBe(spec.type === 'counter')
  expect(name).not.toMatch(/_(count|sum|bucket|counter|gauge|histogram|summary)(_|$)/)
  const suffix = { seconds: '_seconds', bytes: '_bytes', ratio: '_ratio' }[spec.unit as string]
  if (suffix !== undefined) expect(name.replace(/_total$/, '').endsWith(suffix)).toBe(true)
})

it.each(CATALOGUE.map((spec) => [spec.name, spec] as const))(
  '%s tells what it is and when',
  (_name, spec) => {
    expect(spec.help).toMatch(/^\S.*[.")]$/)
    expect(spec.help).not.toContain('\n')
    if (spec.time !== 'now') expect(spec.help.toLowerCase()).toContain(`${spec.time} time`)
  },
)

it.each(CATALOGUE.map((spec) => [spec.name, spec] as const))('%s has proper labels', (_name, { labels }) => {
  expect(new Set(labels).size).toBe(labels.length)
  for (const label of labels) {
    expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(['le', 'quantile', 'job', 'instance', 'basis']).not.toContain(label)
  }
})

it('names every metric once', () => {
  expect(new Set(CATALOGUE.map((spec) => spec.name)).size).toBe(CATALOGUE.length)
})

it('has a held twin with the same labels for every counter of usage', () => {
  for (const family of ['billed_cost', 'billed_model_cost', 'metered_tokens', 'metered_requests']) {
    const held = findMetric(`llm_${family}_held`)
    expect(held?.type).toBe('gauge')
    expect(held?.labels).toEqual(findMetric(`llm_${family}_total`)?.labels)
  }
})
