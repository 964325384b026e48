import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import qrcode from 'qrcode-generator'
import { createQr, qrPath } from './qr.ts'

/** Draws the path on paper: the dark places as `column,row`. */
function drawn(path: string): Set<string> {
  const dark = new Set<string>()
  let [x, y] = [0, 0]
  for (const [, command, first, second] of path.matchAll(/([Mmh])(\d+)(?: ([\d.]+))?/g)) {
    if (command === 'M') [x, y] = [Number(first), Math.floor(Number(second))]
    else if (command === 'm') x += Number(first)
    else for (let end = x + Number(first); x < end; x += 1) dark.add(`${x},${y}`)
  }
  return dark
}

test('the picture shows the modules of the QR code, inside a quiet zone of four modules', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]{1,400}$/), (content) => {
      const { size, path } = qrPath(content)
      const dark = drawn(path)
      const code = qrcode(0, content.length > 120 ? 'L' : 'M')
      code.addData(content)
      code.make()
      assert.equal(size, code.getModuleCount() + 8)
      for (let row = 0; row < size - 8; row += 1) {
        for (let column = 0; column < size - 8; column += 1) {
          assert.equal(dark.has(`${column + 4},${row + 4}`), code.isDark(row, column))
        }
      }
      for (const place of dark) {
        for (const part of place.split(',')) assert.ok(+part >= 4 && +part < size - 4)
      }
    }),
    { numRuns: 20 },
  )
})

test('each module of a QR code is a whole number of pixels wide', () => {
  const picture = createQr('code', 'pushauth://push/'.repeat(24), 352).picture('Code').toString()
  const [, width, size] = /width="(\d+)" height="\d+" viewBox="0 0 (\d+)/.exec(picture) ?? []
  assert.equal(Number(width) % Number(size), 0)
  assert.ok(Number(width) <= 352)
})
