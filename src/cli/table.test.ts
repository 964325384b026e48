import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from './table.ts'

test('A39: no value in a table can control the terminal, change the text direction or begin a new row', () => {
  const hostile = ['\u001b[2J', '\u009b31m', 'a\u202eb', 'a\u2067b', 'a\u200fb', 'a\u2028b', 'a\nb']
  const table = formatTable(['NAME', 'BY'], [...hostile.map((text) => [text, 'cli:alice'])])
  assert.doesNotMatch(table.replaceAll('\n', ''), /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
  assert.equal(table.split('\n').length, 1 + hostile.length)
  // Parts of an emoji and of Persian words.
  assert.match(formatTable(['NAME'], [['\u0645\u06cc\u200c\u062e']]), /\u200c/)
})
