import { expect, it } from 'vitest'
import { createAnswerCache } from './answer-cache.ts'

function world(mostKept = 1000) {
  const state = { revision: 1, now: 0, asked: 0 }
  const cache = createAnswerCache({ revision: () => state.revision, now: () => state.now, mostKept })
  const ask = async (question: unknown, length = 10): Promise<string> =>
    cache.answer([question], async () => {
      state.asked += 1
      return Promise.resolve('x'.repeat(length))
    })
  return { state, cache, ask }
}

it('asks once while nothing has changed, also when asked at the same time', async () => {
  const { state, ask } = world()
  await Promise.all([ask('a'), ask('a')])
  await ask('a')
  expect(state.asked).toBe(1)
  await ask('b')
  expect(state.asked).toBe(2)
})

it('asks again once the ledger or the minute has changed', async () => {
  const { state, ask } = world()
  await ask('a')
  state.now = 59_999
  await ask('a')
  expect(state.asked).toBe(1)
  state.now = 60_000
  await ask('a')
  expect(state.asked).toBe(2)
  state.revision += 1
  await ask('a')
  expect(state.asked).toBe(3)
})

it('tells teams apart', async () => {
  const { cache } = world()
  const answer = async (teams: readonly string[] | undefined): Promise<string> =>
    cache.answer(['query', {}, teams], async () => Promise.resolve({ teams: teams ?? 'all' }))
  expect(await answer(undefined)).toBe('{"teams":"all"}')
  expect(await answer(['a'])).toBe('{"teams":["a"]}')
  expect(await answer(['b'])).toBe('{"teams":["b"]}')
})

it('lets go of what was not used longest, and keeps nothing that is too large', async () => {
  const { state, ask } = world(25)
  await ask('a')
  await ask('b')
  await ask('a')
  await ask('c')
  expect(state.asked).toBe(3)
  await ask('a')
  expect(state.asked).toBe(3)
  await ask('b')
  expect(state.asked).toBe(4)
  await ask('large', 100)
  await ask('large', 100)
  expect(state.asked).toBe(6)
})

it('keeps no failure', async () => {
  const { cache } = world()
  await expect(cache.answer(['a'], async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await cache.answer(['a'], async () => Promise.resolve('yes'))).toBe('yes')
})
