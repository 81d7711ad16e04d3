import { describe, expect, it } from 'vitest'
import { UsageExplorerError } from './errors.ts'
import { createLog, type LogStream } from './log.ts'

function collect(isTTY: boolean): LogStream & { readonly lines: string[] } {
  const lines: string[] = []
  return { lines, isTTY, write: (line) => lines.push(line) }
}

function parsed(stream: { readonly lines: readonly string[] }): unknown {
  expect(stream.lines).toHaveLength(1)
  return JSON.parse(stream.lines[0] ?? '')
}

describe('the log for machines', () => {
  it('is one JSON object a line, with time, level, message and fields', () => {
    const stream = collect(false)
    createLog('info', stream).warn({ account: 'xai' }, 'late')
    expect(stream.lines[0]?.endsWith('}\n')).toBe(true)
    expect(parsed(stream)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      account: 'xai',
      msg: 'late',
    })
  })

  it('keeps its level and what is more severe', () => {
    const stream = collect(false)
    const log = createLog('warn', stream)
    log.info('no')
    log.warn('yes')
    createLog('silent', stream).fatal('no')
    expect(stream.lines).toHaveLength(1)
  })

  it('holds back what is named like a secret, three levels deep', () => {
    const stream = collect(false)
    const headers = { authorization: 'Bearer hidden', accept: '*/*' }
    createLog('info', stream).info(
      { token: 'hidden', account: { credential: 'hidden' }, req: { headers } },
      'asked',
    )
    expect(stream.lines.join()).not.toContain('hidden')
    expect(parsed(stream)).toMatchObject({ token: '[secret]', req: { headers: { accept: '*/*' } } })
  })

  it('shows a coded error with its remedy and the innermost cause, without a stack', () => {
    const stream = collect(false)
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    createLog('info', stream).warn({
      err: new UsageExplorerError('UPSTREAM_TIMEOUT', 'no answer in 30s', { cause }),
    })
    expect(parsed(stream)).toMatchObject({
      err: {
        code: 'UPSTREAM_TIMEOUT',
        message: 'no answer in 30s',
        remedy: 'Nothing to do if it passes; polling retries by itself.',
        cause: 'fetch failed: connect ECONNREFUSED',
      },
    })
    expect(stream.lines.join()).not.toContain('log.test')
  })

  it.each([new Error('a defect'), new UsageExplorerError('INTERNAL', 'a defect')])(
    'shows a defect with its stack',
    (err) => {
      const stream = collect(false)
      createLog('info', stream).error({ err }, 'failed')
      expect(parsed(stream)).toMatchObject({
        err: { message: 'a defect', stack: expect.stringContaining('log.test') as string },
      })
    },
  )
})

describe('the log on a terminal', () => {
  it('is a readable line', () => {
    const stream = collect(true)
    createLog('info', stream).warn({ account: 'xai', source: { id: 'a b' }, empty: '' }, 'late again')
    expect(stream.lines[0]).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}late again {2}account=xai {2}source.id="a b" {2}empty=""\n$/,
    )
  })

  it('puts a stack on lines of its own', () => {
    const stream = collect(true)
    createLog('info', stream).error({ err: new Error('a defect') }, 'failed')
    const [first, second, third] = stream.lines.join().split('\n')
    expect(first).toMatch(/ERROR failed {2}err.type=Error {2}err.message="a defect"$/)
    expect(second).toBe('Error: a defect')
    expect(third).toMatch(/^ {4}at /)
  })

  it('is not steered by control characters in names from outside', () => {
    const stream = collect(true)
    createLog('info', stream).info({ name: 'a\u001b[2Jb' }, 'key \u001b]0;title\u0007 \u009b31m seen')
    // eslint-disable-next-line no-control-regex -- exactly these must be gone
    expect(stream.lines.join()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it('holds back secrets as the one for machines does', () => {
    const stream = collect(true)
    createLog('info', stream).info({ headers: { authorization: 'hidden' } }, 'asked')
    expect(stream.lines[0]).toContain('headers.authorization=[secret]')
  })
})
