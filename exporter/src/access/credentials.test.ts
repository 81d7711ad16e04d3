import { expect, it } from 'vitest'
import { carriesProviderKey, givenToken } from './credentials.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

it.each([
  [undefined, undefined],
  ['Bearer ue_1_x', 'ue_1_x'],
  ['bearer   ue_1_x ', 'ue_1_x'],
  [basic('anybody:ue_1_x'), 'ue_1_x'],
  [basic(':a:b'), 'a:b'],
  [basic('no colon'), ''],
  ['Bearer', ''],
  ['Digest x', ''],
  ['', ''],
])('the header %j gives the token %j', (authorization, token) => {
  expect(givenToken(authorization === undefined ? {} : { authorization })).toBe(token)
})

it('knows a provider key also as the password of Basic', () => {
  expect(carriesProviderKey({ authorization: basic('me:xai-abc') })).toBe(true)
  expect(carriesProviderKey({ authorization: basic('me:ue_xai') })).toBe(false)
})
