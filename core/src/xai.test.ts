import { expect, test } from 'vitest'
import { partitionUnitType } from './xai.ts'

test.each([
  ['Prompt text tokens', 'input', 'input'],
  ['Prompt image tokens', 'input', 'input'],
  ['Prompt', 'input', 'input'],
  ['Cached prompt text tokens', 'cache_read', 'cache_read'],
  ['cached prompt tokens', 'cache_read', 'cache_read'],
  ['Cache write tokens', 'cache_write', 'cache_write'],
  ['Reasoning tokens', 'reasoning', 'reasoning'],
  ['Completion text tokens', 'output', 'output'],
  ['Images', 'output', null],
  ['Images generated', 'output', null],
  ['Output images', 'output', null],
  ['Video seconds', 'output', null],
  ['Live search sources', 'tool', null],
  ['Web search calls', 'tool', null],
  ['Code interpreter invocations', 'tool', null],
  ['Audio tokens', 'unsplit', 'unsplit'],
  ['Mystery tokens', 'unsplit', 'unsplit'],
  ['Gibibyte hours', 'unsplit', null],
  ['', 'unsplit', null],
])('%j is cost type %s and token type %s', (text, cost, tokens) => {
  expect(partitionUnitType(text)).toEqual({ cost, tokens })
})
