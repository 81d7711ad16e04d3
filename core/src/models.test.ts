import { expect, test } from 'vitest'
import { modelAliases, parseDescription, resolveModel } from './models.ts'

test.each([
  ['Chat grok-4-0709', 'Chat', 'grok-4-0709'],
  ['Chat grok-4-fast-non-reasoning', 'Chat', 'grok-4-fast-non-reasoning'],
  ['grok-2-image-1212', '', 'grok-2-image-1212'],
  ['API grok-imagine-video-1.5', 'API', 'grok-imagine-video-1.5'],
  ['Chat grok-2-1212-1.0.0', 'Chat', 'grok-2-1212'],
  ['Batch API grok-4-0709', 'Batch API', 'grok-4-0709'],
  ['Chat v9s', 'Chat', 'v9s'],
  [' Chat grok-4-0709 ', 'Chat', 'grok-4-0709'],
])('%j is category %j and model %j', (description, category, model) => {
  expect(parseDescription(description)).toEqual({ category, model })
})

test.each([
  'File Storage',
  'Live Search',
  'Chat',
  'Chat Completions',
  'Chat grok-4-0709 (priority)',
  'Widgets of tomorrow',
  '',
])('%j stays whole and names no model', (description) => {
  expect(parseDescription(description)).toEqual({ category: description, model: '' })
})

test('aliases resolve to the listed name and unknown names stay whole', () => {
  const aliases = modelAliases([
    { name: 'grok-code-fast-1', aliases: ['grok-code-fast', 'grok-code-fast-1-0825'] },
    { name: 'grok-4-0709', aliases: ['grok-4'] },
  ])
  expect(resolveModel('grok-code-fast', aliases)).toBe('grok-code-fast-1')
  expect(resolveModel('grok-4-0709', aliases)).toBe('grok-4-0709')
  expect(resolveModel('grok-9-preview', aliases)).toBe('grok-9-preview')
})

test('a listed name is nobody’s alias, and an alias with two owners resolves to neither', () => {
  const aliases = modelAliases([
    { name: 'grok-3', aliases: ['grok-latest', 'grok-4'] },
    { name: 'grok-4', aliases: ['grok-latest'] },
  ])
  expect(resolveModel('grok-4', aliases)).toBe('grok-4')
  expect(resolveModel('grok-latest', aliases)).toBe('grok-latest')
})

test('the same model listed in two clusters is one owner', () => {
  const model = { name: 'grok-4-0709', aliases: ['grok-4'] }
  expect(resolveModel('grok-4', modelAliases([model, model]))).toBe('grok-4-0709')
})
