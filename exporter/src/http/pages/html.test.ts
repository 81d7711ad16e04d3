import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeHtml, html } from './html.ts'

test('values are escaped, HTML and lists of it are not, nothing is nothing', () => {
  const list = ['<a>', html`<b>${'"'}</b>`]
  expect(html`<p title="${`'"<&>`}">${list}${undefined}${3}</p>`.text).toBe(
    '<p title="&#39;&quot;&lt;&amp;&gt;">&lt;a&gt;<b>&quot;</b>3</p>',
  )
})

test('emoji and line breaks stay, what is invisible or turns text around is shown as such', () => {
  expect(escapeHtml('🦊\n\t\r\u0000\u001b\u007f\u0085\u202e\u2066é')).toBe(
    '🦊\n\t\r\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdé',
  )
})

test('no text ends the element or the attribute in which it stands', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', ';', '/', '=', 'a', ' ') }),
      (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
      },
    ),
  )
})
