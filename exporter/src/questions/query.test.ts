import { expect, test } from 'vitest'
import type { Parameters } from './parameters.ts'
import { parseQuery } from './query.ts'

function problems(parameters: Parameters): string {
  try {
    parseQuery(parameters)
  } catch (error) {
    expect(error).toMatchObject({ code: 'QUERY_INVALID' })
    return (error as Error).message
  }
  return ''
}

test('nothing asked is the cost of the last 24 hours', () => {
  expect(parseQuery({})).toEqual({
    from: { kind: 'ago', ms: 86_400_000 },
    to: { kind: 'ago', ms: 0 },
    zone: undefined,
    granularity: 'auto',
    measures: ['cost'],
    groupBy: [],
    where: [],
    top: 100,
    compare: undefined,
  })
})

test('lists may be comma-separated or repeated, in the order given', () => {
  expect(parseQuery({ group_by: 'team,model' }).groupBy).toEqual(['team', 'model'])
  expect(parseQuery({ group_by: ['team', 'model'] }).groupBy).toEqual(['team', 'model'])
  expect(parseQuery({ group_by: 'model,team,model' }).groupBy).toEqual(['model', 'team'])
})

test('filters of one dimension are alternatives, and a value may hold = and commas', () => {
  expect(parseQuery({ where: ['api_key=a', 'model=x=y,z', 'api_key=b'] }).where).toEqual([
    { dimension: 'api_key', any: [{ is: 'a' }, { is: 'b' }], none: [] },
    { dimension: 'model', any: [{ is: 'x=y,z' }], none: [] },
  ])
})

test.each<[Parameters, RegExp]>([
  [{ from: 'tomorrow' }, /^from: must be a date/],
  [{ from: ['now', 'now-1h'] }, /^from: may be given only once/],
  [{ zone: 'Berlin' }, /^zone: must be an IANA time zone/],
  [{ granularity: 'minute' }, /^granularity: must be one of auto, hour, day, week, month, total/],
  [{ measures: 'money' }, /^measures: must be one or more of cost, input_cost/],
  [{ group_by: 'team,model,user' }, /^group_by: takes at most 2/],
  [{ group_by: 'colour' }, /^group_by: must be one or more of provider/],
  [{ where: 'team' }, /^where: must be dimension=value/],
  [{ where: 'colour=red' }, /^where: must be dimension=value .* with one of provider/],
  [{ where: 'team=~(' }, /^where: the expression for team is none of RE2/],
  [{ where: 'team=~(a)\\1' }, /none of RE2/],
  [{ where: `team=~${'a'.repeat(1001)}` }, /too long/],
  [
    { measures: 'error_rate', group_by: 'type' },
    /^group_by: type splits only cost, tokens, requests, errors, tool_calls; not error_rate/,
  ],
  [{ compare: 'decade' }, /^compare: must be one of previous, day/],
  [{ top: '0' }, /^top: must be a whole number from 1 to 1000/],
  [{ top: '1001' }, /^top:/],
  [{ top: '1.5' }, /^top:/],
  [{ groupby: 'team' }, /^groupby: is not a parameter here; there are from/],
])('%j is refused by name', (parameters, message) => {
  expect(problems(parameters)).toMatch(message)
})

test('both limits of top are accepted', () => {
  expect([parseQuery({ top: '1' }).top, parseQuery({ top: '1000' }).top]).toEqual([1, 1000])
})

test('all problems are told at once and none repeats what was sent', () => {
  const message = problems({ from: 'xai-token-secret', zone: 'xai-token-secret', top: 'xai-token-secret' })
  expect(message.split('; ').map((problem) => problem.split(':')[0])).toEqual(
    expect.arrayContaining(['zone', 'from', 'top']),
  )
  expect(message).not.toContain('secret')
})
