import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { html } from './html.ts'
import { exact } from './parts.ts'

test('an address can wrap only after its punctuation, and its text stays the same', () => {
  assert.equal(
    `${exact('erika.muster@a.example')}`,
    '<span class="exact">erika.<wbr>muster@<wbr>a.<wbr>example</span>',
  )
  assert.equal(`${exact('2001:db8::1')}`, '<span class="exact">2001:<wbr>db8::<wbr>1</span>')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(
        `${exact(text)}`.replaceAll('<wbr>', ''),
        `${html`<span class="exact">${text}</span>`}`,
      )
    }),
  )
})
