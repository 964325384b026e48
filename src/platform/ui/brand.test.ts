import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultBrand, derivePalettes, type Palette } from './brand.ts'
import { type Colour, contrast, formatColour, lighter, parseColour, textOn } from './colour.ts'
import { buildStyles } from './style.ts'

const anyColour: fc.Arbitrary<Colour> = fc.tuple(
  fc.nat({ max: 255 }),
  fc.nat({ max: 255 }),
  fc.nat({ max: 255 }),
)

const ratio = (palette: Palette, one: keyof Palette, other: keyof Palette): number =>
  contrast(parseColour(palette[one]) ?? [0, 0, 0], parseColour(palette[other]) ?? [0, 0, 0])

/** Which text colour is used on which background colours. */
const texts: readonly [keyof Palette, readonly (keyof Palette)[]][] = [
  ['text', ['card', 'ground', 'tint', 'bad-tint', 'good-tint', 'warn-tint']],
  ['muted', ['card', 'ground', 'tint']],
  ['accent', ['card', 'ground', 'tint']],
  ['on-fill', ['fill', 'fill-over']],
  ['bad', ['bad-tint', 'card']],
  ['good', ['good-tint', 'card']],
  ['warn', ['warn-tint', 'card']],
]

test('contrast follows the formula of WCAG', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21)
  assert.equal(contrast([90, 90, 90], [90, 90, 90]), 1)
  assert.equal(Math.round(contrast([0x77, 0x77, 0x77], [255, 255, 255]) * 100), 448)
})

test('every text is readable with any brand colour', () => {
  fc.assert(
    fc.property(anyColour, (colour) => {
      const { light, dark } = derivePalettes({ colour: formatColour(colour) })
      for (const palette of [light, dark]) {
        for (const [text, grounds] of texts) {
          for (const ground of grounds) {
            assert.ok(ratio(palette, text, ground) >= 4.5, `${text} on ${ground}`)
          }
        }
        assert.ok(ratio(palette, 'field', 'card') >= 3)
      }
    }),
    { examples: [[[255, 255, 255]], [[0, 0, 0]], [[118, 118, 118]], [[242, 194, 0]]] },
  )
})

test('text on any colour is readable', () => {
  fc.assert(fc.property(anyColour, (colour) => contrast(textOn(colour), colour) >= 4.5))
})

test('a pale brand colour is reported with its replacement, and a dark one is not changed', () => {
  assert.deepEqual(derivePalettes({ colour: '#0b5089' }).corrections, [])
  const [correction] = derivePalettes({ colour: '#f2c200' }).corrections
  assert.equal(correction?.wanted, '#f2c200')
  assert.ok((correction?.contrast ?? 9) < 4.5)
  assert.notEqual(correction?.used, '#f2c200')
  assert.equal(derivePalettes({ colour: '#f2c200' }).light.fill, '#f2c200')
})

test('lighter gives the colour itself at 0 and white at 1', () => {
  fc.assert(
    fc.property(anyColour, (colour) => {
      assert.deepEqual(lighter(colour, 0), colour)
      assert.deepEqual(lighter(colour, 1), [255, 255, 255])
    }),
    { examples: [[[57, 0, 0]]] },
  )
})

test('a value that is not a colour is refused', () => {
  assert.throws(() => derivePalettes({ colour: 'red' }), TypeError)
  assert.equal(parseColour('#12'), undefined)
  assert.deepEqual(parseColour('#0aF'), [0, 170, 255])
})

test('a browser without CSS custom properties gets plain colours', () => {
  const style = buildStyles(defaultBrand).all
  const uses = [...style.matchAll(/([^;{]*);([\w-]+):[^;{}]*var\(/g)]
  assert.ok(uses.length > 40)
  for (const [, before, name] of uses) {
    assert.ok(before?.startsWith(`${name}:`), `${before};${name}`)
    assert.doesNotMatch(before ?? '', /var\(/)
  }
  assert.doesNotMatch(style, /RADIUS|undefined/)
})
