import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, writeJson } from './json.ts'
import { JsonItems } from './json-items.ts'

function read(text: string): { items: string[]; around: string } {
  const document = new JsonItems(text, 'list')
  const items = [...document.items()].map((item) => writeJson(item))
  return { items, around: writeJson(document.around()) }
}

describe('a document read item by item', () => {
  it('gives what the whole would, whatever is in it and around it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        (list, before, after, indent) => {
          const apart = (from: Record<string, unknown>, taken: object): Record<string, unknown> =>
            Object.fromEntries(Object.entries(from).filter(([key]) => key !== 'list' && !(key in taken)))
          const [first, last] = [apart(before, {}), apart(after, before)]
          const text = JSON.stringify({ ...first, list, ...last }, undefined, indent)
          // JSON.stringify leaves out a __proto__ key; so does the comparison.
          const whole = parseJson(text)
          expect(read(text)).toEqual({
            items: whole
              .get('list')
              .items()
              .map((item) => writeJson(item)),
            around: writeJson(parseJson(JSON.stringify({ ...first, list: [], ...last }))),
          })
        },
      ),
    )
  })

  it('keeps every digit, and tells paths from the root', () => {
    const document = new JsonItems(
      '{"list": [{"a": 0.10000000000000000001}, {"a": "x"}], "more": true}',
      'list',
    )
    const [first, second] = [...document.items()]
    expect(first?.get('a').decimal().literal).toBe('0.10000000000000000001')
    expect(() => second?.get('a').decimal()).toThrow('$.list[1].a: expected a decimal number')
    expect(document.around().get('more').boolean()).toBe(true)
  })

  it.each([
    '',
    '[]',
    '{"list": [1, 2',
    '{"list": [1, 2]',
    '{"list": [1,, 2]}',
    '{"list": [1 2]}',
    '{"list": [1,]}',
    '{"list": [,1]}',
    '{"list": [{]}',
    '{"list": [1]} x',
    '{"list": ["a]}',
    '{"list": [1}}',
    '{"list": [1], "list": [2]}',
    '{"more": 1',
    '{"list": 5}',
    '{"more": {}}',
    '{"list": null}',
    'nonsense',
  ])('refuses %j', (text) => {
    expect(() => read(text)).toThrow()
  })

  it('is cut anywhere never taken for whole', () => {
    const text = '{"a": "x\\"y", "list": [{"b": [1, {"c": "}]"}]}, -2.5e3, "\\\\"], "limit": false}'
    expect(read(text).items).toHaveLength(3)
    for (let length = 0; length < text.length; length += 1) {
      expect(() => read(text.slice(0, length)), text.slice(0, length)).toThrow()
    }
  })
})
