import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import React, { useState } from 'react'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigEditor } from '../config/ConfigEditor.tsx'
import type { UsageDataSource } from '../datasource.ts'
import { CATALOGUE } from '../testing/answers.ts'
import type { UsageQuery } from '../types.ts'
import { VariableEditor } from '../variables/VariableEditor.tsx'
import { QueryEditor } from './QueryEditor.tsx'

const asked: string[] = []
const datasource = {
  client: { catalogue: async () => CATALOGUE },
  findValues: async (
    { dimension }: { dimension: string },
    _adHoc: unknown,
    _vars: unknown,
    search: string,
  ) => {
    asked.push(`${dimension} ${search}`)
    return [{ text: 'Search team', value: 'search' }]
  },
} as unknown as UsageDataSource

const changes: UsageQuery[] = []
const run = vi.fn()

function Editor({ query: first }: { query: Partial<UsageQuery> }) {
  const [query, setQuery] = useState({ refId: 'A', ...first } as UsageQuery)
  const change = (changed: UsageQuery) => {
    changes.push(changed)
    setQuery(changed)
  }
  return (
    <QueryEditor datasource={datasource} query={Object.freeze(query)} onChange={change} onRunQuery={run} />
  )
}

beforeEach(() => {
  changes.length = 0
  asked.length = 0
  run.mockClear()
})

/** By the keyboard: lists render only what is in view, and jsdom has no view. */
async function choose(label: string, text: string, place = 1): Promise<void> {
  const input = await screen.findByLabelText(label)
  fireEvent.click(input)
  fireEvent.change(input, { target: { value: text } })
  await act(async () => new Promise((done) => setTimeout(done, 300)))
  for (let down = 0; down < place; down += 1) fireEvent.keyDown(input, { key: 'ArrowDown' })
  fireEvent.keyDown(input, { key: 'Enter' })
}

describe('the query editor', () => {
  test('asks in words what it is set to, and runs what is complete', async () => {
    render(<Editor query={{ measures: ['cost'] }} />)
    expect(await screen.findByText('Cost over time.')).toBeTruthy()
    await choose('By', 'Team')
    expect(changes.at(-1)).toMatchObject({ groupBy: ['team'], measures: ['cost'] })
    expect(run).toHaveBeenCalledTimes(1)
    expect(await screen.findByText('Cost by team over time, the largest 10.')).toBeTruthy()
    await choose('Against', 'what is usual then')
    expect(changes.at(-1)).toMatchObject({ compare: 'usual' })
  })

  test('has a name on every control, whatever it shows', async () => {
    const filters: UsageQuery['filters'] = [{ dimension: 'team', operator: '=', values: ['search'] }]
    for (const kind of [
      'series',
      'totals',
      'breakdown',
      'live',
      'calls',
      'reconciliation',
      'sources',
    ] as const) {
      const { container, unmount } = render(<Editor query={{ kind, groupBy: ['team'], filters }} />)
      await waitFor(() => expect(container.querySelector('input')).not.toBeNull())
      for (const control of container.querySelectorAll('input, button')) {
        const input = control as HTMLInputElement
        const name =
          [...(input.labels ?? [])].map(({ textContent }) => textContent).join(' ') ||
          input.getAttribute('aria-label') ||
          input.textContent
        expect(name, `${kind}: ${control.outerHTML}`).toBeTruthy()
      }
      unmount()
    }
  })

  test('offers the values of a filter as they are searched for, and takes one', async () => {
    render(<Editor query={{ filters: [{ dimension: 'team', operator: '=', values: [] }] }} />)
    // Before what is found stands what was typed.
    await choose('Filter 1: values', 'sea', 2)
    expect(asked.at(-1)).toBe('team sea')
    expect(changes.at(-1)?.filters).toEqual([{ dimension: 'team', operator: '=', values: ['search'] }])
    fireEvent.click(screen.getByRole('button', { name: 'Remove filter 1' }))
    expect(changes.at(-1)?.filters).toEqual([])
  })

  test('another kind of question brings measures that it has', async () => {
    render(<Editor query={{ measures: ['cost'] }} />)
    await choose('Show', 'Live')
    expect(changes.at(-1)).toMatchObject({ kind: 'live', measures: ['requests_per_second'] })
    await choose('Show', 'Table')
    expect(changes.at(-1)).toMatchObject({ kind: 'breakdown', measures: ['cost'] })
  })

  test('takes so many groups as are typed, once it is left', async () => {
    render(<Editor query={{ groupBy: ['team'] }} />)
    const top = await screen.findByLabelText('Largest')
    fireEvent.change(top, { target: { value: '25' } })
    expect(changes).toEqual([])
    fireEvent.blur(top)
    expect(changes.at(-1)).toMatchObject({ top: 25 })
  })

  test('says in words why the exporter does not answer', async () => {
    const failing = { client: { catalogue: async () => Promise.reject(new Error('Nobody there.')) } }
    render(
      <QueryEditor
        datasource={failing as unknown as UsageDataSource}
        query={{ refId: 'A' } as UsageQuery}
        onChange={() => undefined}
        onRunQuery={run}
      />,
    )
    expect(await screen.findByText('Nobody there.')).toBeTruthy()
  })
})

test('the variable editor sets whose values a variable has', async () => {
  const changed = vi.fn()
  render(
    <VariableEditor datasource={datasource} query={undefined as never} onChange={changed} onRunQuery={run} />,
  )
  await choose('Values of', 'API key')
  expect(changed).toHaveBeenLastCalledWith({ refId: 'variable', dimension: 'api_key', filters: [] })
})

describe('the settings', () => {
  const options = { url: '', jsonData: {}, secureJsonFields: {}, secureJsonData: {} }

  test('a token becomes a header that only Grafana knows', () => {
    const change = vi.fn()
    render(<ConfigEditor options={options as never} onOptionsChange={change} />)
    fireEvent.change(screen.getByLabelText(/Token/), { target: { value: ' ue_1 ' } })
    expect(change).toHaveBeenLastCalledWith({
      ...options,
      jsonData: { httpHeaderName1: 'Authorization' },
      secureJsonData: { httpHeaderValue1: 'Bearer ue_1' },
    })
    fireEvent.change(screen.getByLabelText(/URL/), { target: { value: 'http://x:9477 ' } })
    expect(change).toHaveBeenLastCalledWith({ ...options, url: 'http://x:9477', access: 'proxy' })
  })

  test('a token that is set is never shown, and can be replaced', () => {
    const change = vi.fn()
    const set = { ...options, secureJsonFields: { httpHeaderValue1: true } }
    const { container } = render(<ConfigEditor options={set as never} onOptionsChange={change} />)
    expect(container.innerHTML).toContain('configured')
    fireEvent.click(screen.getByRole('button', { name: /reset/i }))
    expect(change).toHaveBeenLastCalledWith(
      expect.objectContaining({ secureJsonFields: { httpHeaderValue1: false } }),
    )
  })
})
