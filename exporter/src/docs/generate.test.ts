import { readFileSync } from 'node:fs'
import * as prettier from 'prettier'
import { describe, expect, it } from 'vitest'
import { REFERENCE, referencePages } from './pages.ts'

describe('the generated reference', () => {
  it.each(Object.entries(referencePages()))(
    '%s is committed as it is generated: run `npm run docs`',
    (name, text) => {
      expect(readFileSync(new URL(name, REFERENCE), 'utf8')).toBe(text)
    },
  )

  const pages = Object.entries(referencePages()).filter(([name]) => name.endsWith('.md'))
  it.each(pages)('%s is what the formatter leaves alone', async (name, text) => {
    const options = { ...(await prettier.resolveConfig(new URL(name, REFERENCE))), filepath: name }
    expect(await prettier.format(text, options)).toBe(text)
  })
})
