import { describe, expect, test } from 'vitest'
import { JsonShapeError, parseJson, writeJson, type JsonNode, JsonTextError } from './json.ts'

const root = (text: string): JsonNode => parseJson(text)

describe('numbers', () => {
  test.each(['0.75973725', '1.10', '0.1000000000000000055511151231257827', '1e-7', '9007199254740993'])(
    'keep every digit of %s',
    (literal) => {
      expect(root(`{"usd": ${literal}}`).get('usd').decimal().literal).toBe(literal)
    },
  )

  test('may be strings', () => {
    expect(root('{"val": "-4500"}').get('val').decimal()).toEqual({
      literal: '-4500',
      amount: -4500n * 10n ** 18n,
      rounded: false,
    })
    expect(root('{"year": "2025"}').get('year').integer()).toBe(2025)
  })

  test('say when they were rounded', () => {
    expect(root('[0.1234567890123456785]').items()[0]?.decimal().rounded).toBe(true)
  })

  test.each(['null', '""', '"a"', 'true', '[]', '{}', '1e40'])('%s is no decimal number', (text) => {
    expect(() => root(text).decimal()).toThrow(JsonShapeError)
  })

  test.each(['1.5', '9007199254740992', '"1e3"', '""', 'null'])('%s is no whole number', (text) => {
    expect(() => root(text).integer()).toThrow(JsonShapeError)
  })

  test('the largest whole number of a float64 is still read', () => {
    expect(root('9007199254740991').integer()).toBe(Number.MAX_SAFE_INTEGER)
  })
})

test('booleans may be strings', () => {
  expect(['true', 'false', '"true"', '"False"'].map((text) => root(text).boolean())).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect(() => root('"no"').boolean()).toThrow('$: expected true or false, found text')
  expect(() => root('0').boolean()).toThrow('$: expected true or false, found a number')
})

test('members are found in camelCase, snake_case and under other names, the first that is there', () => {
  expect(root('{"acl_strings": ["a"]}').get('aclStrings').items()[0]?.text()).toBe('a')
  expect(root('{"reactedApiKey": "x"}').get('redactedApiKey', 'reactedApiKey').text()).toBe('x')
  expect(root('{"aB": "first", "a_b": "second"}').get('aB').text()).toBe('first')
})

test('only a document’s own members count', () => {
  expect(root('{}').get('constructor').present).toBe(false)
  expect(root('{}').get('toString').present).toBe(false)
})

test('errors name the path and what is there, and never quote the document', () => {
  const document = root('{"timeSeries": [{"dataPoints": [{"timestamp": "secret words"}]}]}')
  const timestamp = document.get('timeSeries').items()[0]?.get('dataPoints').items()[0]?.get('timestamp')
  expect(() => timestamp?.instant()).toThrow(
    '$.timeSeries[0].dataPoints[0].timestamp: expected an RFC 3339 instant, found text',
  )
  expect(() => document.get('limitReached').boolean()).toThrow(
    '$.limitReached: expected true or false, found nothing',
  )
  expect(() => document.get('timeSeries').get('x')).toThrow(
    '$.timeSeries: expected an object, found an array',
  )
  expect(() => root('3').get('x')).toThrow('$: expected an object, found a number')
  expect(() => root('null').items()).toThrow('$: expected an array, found null')
})

test('missing, null and empty are nothing; false and 0 are something', () => {
  const document = root('{"null": null, "empty": "", "no": false, "zero": 0}')
  const read = (name: string): unknown => document.get(name).optional((node) => node.value !== undefined)
  expect(['missing', 'null', 'empty', 'no', 'zero'].map(read)).toEqual([null, null, null, true, true])
})

test('instants need a zone and keep milliseconds', () => {
  expect(root('"2025-11-13T16:14:38.164829Z"').instant()).toBe(Date.UTC(2025, 10, 13, 16, 14, 38, 164))
  expect(root('"2025-10-01T02:00:00+02:00"').instant()).toBe(Date.UTC(2025, 9, 1))
  for (const text of ['"2025-10-01T00:00:00"', '"2025-10-01"', '"2025-13-01T00:00:00Z"', '1759276800000']) {
    expect(() => root(text).instant()).toThrow(JsonShapeError)
  }
})

test('names with quotes, newlines and emoji come through whole', () => {
  const name = 'the "best"\nkey 🚀 \u0000 \\'
  expect(root(JSON.stringify({ name })).get('name').text()).toBe(name)
})

test('what is not whole JSON is a JsonTextError, as is a key stated twice', () => {
  for (const text of ['', '{"a": [1, 2', '{"a": 1} x', '<html>', '{"a": 1, "a": 2}', '{"a": NaN}']) {
    expect(() => parseJson(text)).toThrow(JsonTextError)
  }
})

test('writing keeps number literals and leaves out the named members at any depth', () => {
  const text = '{"total":1.10,"attempts":[{"ticket":0,"paymentMethodId":"pm_1"}],"big":9007199254740993}'
  expect(writeJson(root(text), ['paymentMethodId'])).toBe(
    '{"total":1.10,"attempts":[{"ticket":0}],"big":9007199254740993}',
  )
})
