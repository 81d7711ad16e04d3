import { describe, expect, it } from 'vitest'
import type { QueryAnswer } from '../questions/present.ts'
import { answerCsv } from '../questions/answer-csv.ts'
import { answerTable } from './answer-table.ts'

const START = '2026-11-01T00:00:00.000Z'
const point = (amount: string | null) => ({ start: START, amount, state: 'complete' as const })

function answerOf(
  series: readonly (readonly [id: string, name: string | undefined, amount: string | null])[],
): QueryAnswer {
  return {
    from: START,
    to: '2026-11-02T00:00:00.000Z',
    zone: 'UTC',
    granularity: 'day',
    compared: null,
    series: series.map(([id, name, amount]) => ({
      measure: 'cost',
      unit: 'currency',
      currency: 'USD',
      dimensions: { team: id },
      names: name === undefined ? {} : { team: name },
      points: [point(amount)],
      total: { amount, state: 'complete' },
    })),
    totals: [
      {
        measure: 'cost',
        unit: 'currency',
        currency: 'USD',
        amount: '1234.5',
        state: 'complete',
        points: [point('1234.5')],
      },
    ],
    notices: [],
    sources: [],
  }
}

describe('CSV', () => {
  it('keeps every digit, leaves out what is unknown, and quotes what needs it', () => {
    const text = answerCsv(
      answerOf([
        ['a,b', 'Team "A"', '0.000000000000000001'],
        ['c', undefined, null],
      ]),
    )
    expect(text.split('\r\n')).toEqual([
      'start,measure,currency,team,team_name,amount,state',
      `${START},cost,USD,"a,b","Team ""A""",0.000000000000000001,complete`,
      `${START},cost,USD,c,,,complete`,
      '',
    ])
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
    'makes the name %j harmless in a spreadsheet',
    (name) => {
      expect(answerCsv(answerOf([[name, undefined, '1']]))).toContain(`'${name}`)
    },
  )

  it('leaves a negative figure a number', () => {
    expect(answerCsv(answerOf([['a', undefined, '-2.5']]))).toContain(',-2.5,complete')
  })
})

describe('the table', () => {
  it('shows names with ids, thousands apart, what is unknown as that, and the sum', () => {
    const lines = answerTable(
      answerOf([
        ['t1', 'Search', '1234.5'],
        ['t2', undefined, null],
      ]),
    ).split('\n')
    expect(lines.find((line) => line.startsWith('Search (t1)'))).toMatch(/1,234\.5 {2}USD {2}█$/)
    expect(lines.find((line) => line.startsWith('t2'))).toMatch(/unknown {2}USD {2}·$/)
    expect(lines.find((line) => line.startsWith('all'))).toContain('1,234.5')
  })
})
