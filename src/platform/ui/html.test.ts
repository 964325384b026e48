import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { html, trustedHtml } from './html.ts'

test('every value is escaped, in text, attributes and nested lists', () => {
  assert.equal(
    `${html`<p title="${`"'`}">${'<b>&'}</p>`}`,
    '<p title="&quot;&#39;">&lt;b&gt;&amp;</p>',
  )
  assert.equal(`${html`${['<', [3, '>']]}`}`, '&lt;3&gt;')
})

test('HTML that is already escaped is not escaped again', () => {
  assert.equal(`${html`<p>${html`<b>${'&'}</b>`}</p>`}`, '<p><b>&amp;</b></p>')
  assert.equal(`${html`${trustedHtml('<svg>')}`}`, '<svg>')
})

test('absent and boolean values produce no output', () => {
  assert.equal(`${html`a${undefined}${null}${false}${true}${[]}b${0}`}`, 'ab0')
})

test('an object that looks like HTML is escaped', () => {
  const forged = { isEscaped: true, toString: () => '<script>' }
  assert.equal(`${html`${forged as unknown as string}`}`, '&lt;script&gt;')
})

test('escaped text contains no HTML syntax', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = html`${text}`.toString()
      assert.doesNotMatch(shown, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/)
    }),
  )
})
