import { describe, expect, it } from 'vitest'
import { suggest } from './suggest.ts'

describe('a suggestion', () => {
  it.each([
    ['intervall', 'interval'],
    ['data-dir', 'data_dir'],
    ['dataDir', 'data_dir'],
    ['cost_center', 'cost_centre'],
    ['retentoin', 'retention'],
    ['zones', 'zone'],
  ])('%s was meant to be %s', (word, meant) => {
    expect(suggest(word, ['data_dir', 'interval', 'retention', 'zone', 'cost_centre'])).toBe(meant)
  })

  it('is not made beyond two letters, nor beyond a third of the word', () => {
    expect(suggest('interxyz', ['interval'])).toBeUndefined()
    expect(suggest('zeno', ['zone'])).toBeUndefined()
    expect(suggest('on', ['off'])).toBeUndefined()
  })

  it('is not made where there is nothing to suggest', () => {
    expect(suggest('zone', [])).toBeUndefined()
  })
})
