import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventResponseReader } from './event-response.ts'
import { JsonResponseReader } from './json-response.ts'
import type { ResponseFacts, ResponseReader } from './response.ts'

const encoder = new TextEncoder()

function readIn(reader: ResponseReader, text: string, cuts: readonly number[] = []): ResponseFacts {
  const bytes = encoder.encode(text)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  edges.slice(1).forEach((to, index) => reader.push(bytes.subarray(edges[index], to)))
  return reader.end()
}

const CHAT_STREAM = [
  { id: 'c1', model: 'grok-4-0709', choices: [{ delta: { role: 'assistant', content: '' } }] },
  {
    id: 'c1',
    model: 'grok-4-0709',
    choices: [{ delta: { content: 'Grüße 😀 "usage": {"prompt_tokens": 7}' } }],
  },
  {
    id: 'c1',
    model: 'grok-4-0709',
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  },
]
const stream = (events: readonly unknown[]): string =>
  `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`

describe('a stream of events', () => {
  test('tells usage, model and id wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(readIn(new EventResponseReader(), stream(CHAT_STREAM), cuts)).toEqual({
          usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
          model: 'grok-4-0709',
          id: 'c1',
          error: undefined,
        })
      }),
    )
  })

  test('an empty first delta is no content, the first word is', () => {
    const reader = new EventResponseReader()
    reader.push(encoder.encode(`data: ${JSON.stringify(CHAT_STREAM[0])}\n\n`))
    expect(reader.sawContent).toBe(false)
    reader.push(encoder.encode(`data: ${JSON.stringify(CHAT_STREAM[1])}\n\n`))
    expect(reader.sawContent).toBe(true)
  })

  test('of Anthropic is laid over from its first event to its last', () => {
    const text = [
      'event: message_start',
      'data: {"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":3,"output_tokens":1}}}',
      '',
      'event: content_block_delta',
      'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}',
      '',
      'event: message_delta',
      'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":null,"output_tokens":15}}',
      '',
    ].join('\r\n')
    expect(readIn(new EventResponseReader(), text)).toEqual({
      usage: { input_tokens: 25, cache_read_input_tokens: 3, output_tokens: 15 },
      model: 'claude-sonnet-4-5',
      id: 'msg_1',
      error: undefined,
    })
  })

  test('of the responses endpoint tells its usage in the completed response', () => {
    const response = {
      id: 'resp_1',
      model: 'grok-4',
      usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 },
    }
    const events = [
      { type: 'response.created', response: { id: 'resp_1', model: 'grok-4', usage: null } },
      { type: 'response.output_text.delta', delta: 'Hi' },
      { type: 'response.completed', response },
    ]
    expect(readIn(new EventResponseReader(), stream(events))).toMatchObject({
      usage: response.usage,
      id: 'resp_1',
    })
  })

  test('that ends in an error says so', () => {
    const text = 'data: {"choices":[]}\n\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'
    expect(readIn(new EventResponseReader(), text).error).toContain('overloaded_error')
  })

  test('with one endless line holds no more than a little, and still finds the usage at its end', () => {
    const reader = new EventResponseReader()
    reader.push(encoder.encode('data: {"type":"response.completed","response":{"output":"'))
    for (let at = 0; at < 100; at++) reader.push(encoder.encode('x'.repeat(65_536)))
    reader.push(encoder.encode('","usage":{"input_tokens":5,"output_tokens":6}}}\n\n'))
    expect(reader.end().usage).toEqual({ input_tokens: 5, output_tokens: 6 })
  })

  test('of any bytes never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        for (const reader of [new EventResponseReader(), new JsonResponseReader()]) {
          for (const chunk of chunks) reader.push(chunk)
          expect(reader.end()).toHaveProperty('usage')
        }
      }),
    )
  })
})

describe('a JSON body', () => {
  test('tells usage, model and id wherever its bytes are cut', () => {
    const body = JSON.stringify({
      id: 'x',
      model: 'm',
      content: '"usage": {"a": 1} ü',
      usage: { total_tokens: 7 },
    })
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        const facts = readIn(new JsonResponseReader(), body, cuts)
        expect(facts).toEqual({ id: 'x', model: 'm', usage: { total_tokens: 7 }, error: undefined })
      }),
    )
  })

  test.each([256 * 1024 - 200, 256 * 1024, 3_000_000])('of %d bytes tells its usage at the end', (length) => {
    const text = '\\"usage\\": {'.repeat(length / 12)
    const body = `{"id":"x","model":"m","data":"${text}","usage":{"prompt_tokens":5,"details":{"a":"}"}}}`
    const facts = readIn(new JsonResponseReader(), body, [1000, 300_000, 310_000, 1_000_000])
    expect(facts).toMatchObject({ id: 'x', model: 'm', usage: { prompt_tokens: 5, details: { a: '}' } } })
  })

  test('that Gemini streams as a list gives the last counts', () => {
    const body =
      '[{"usageMetadata":{"promptTokenCount":3}},\n{"modelVersion":"g","usageMetadata":{"promptTokenCount":3,"totalTokenCount":9}}]'
    const facts = readIn(new JsonResponseReader(), body)
    expect(facts).toMatchObject({ model: 'g', usage: { promptTokenCount: 3, totalTokenCount: 9 } })
  })

  test('that is an error page is an error', () => {
    expect(readIn(new JsonResponseReader(), '<html>Bad gateway</html>').error).toContain('Bad gateway')
  })

  test('keeps its own copy of what the app may overwrite', () => {
    const reader = new JsonResponseReader()
    const bytes = encoder.encode('{"usage":{"total_tokens":7}}')
    reader.push(bytes)
    bytes.fill(0)
    expect(reader.end().usage).toEqual({ total_tokens: 7 })
  })
})
