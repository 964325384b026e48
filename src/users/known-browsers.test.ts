import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Id } from '../kernel/ids.ts'
import { systemRandom } from '../kernel/random.ts'
import { createKnownBrowsers } from './known-browsers.ts'

const key = new Uint8Array(32).fill(7)
const browsers = createKnownBrowsers({ random: systemRandom, key })
const person = (n: number) => `usr_${n}` as Id<'user'>

test('a browser is known for the person who has logged in there, and for nobody else', () => {
  const cookie = browsers.remember(undefined, person(1))
  assert.match(browsers.keyFor(cookie, person(1)) ?? '', /^browser:[\w-]{22}:usr_1$/)
  assert.equal(browsers.keyFor(cookie, person(2)), undefined)
  assert.equal(browsers.keyFor(cookie, undefined), undefined)
  assert.equal(browsers.keyFor(undefined, person(1)), undefined)
})

test('each browser has a counter of its own, which another login there does not change', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(1)),
  ]
  assert.notEqual(browsers.keyFor(one, person(1)), browsers.keyFor(two, person(1)))
  const later = browsers.remember(browsers.remember(one, person(2)), person(1))
  assert.equal(browsers.keyFor(later, person(1)), browsers.keyFor(one, person(1)))
  assert.equal(later.length, one.length + 22)
})

test('the cookie has no personal data in the clear and fits the rules for cookies', () => {
  let cookie: string | undefined
  for (let n = 0; n < 10; n += 1) cookie = browsers.remember(cookie, person(n))
  assert.match(cookie ?? '', /^[\w-]{110}$/)
  assert.doesNotMatch(cookie ?? '', /usr_/)
  const known = Array.from({ length: 10 }, (_, n) => browsers.keyFor(cookie, person(n)))
  assert.deepEqual(
    known.map((one) => one !== undefined),
    [...Array(6).fill(false), ...Array(4).fill(true)],
  )
})

test('a mark of one browser is worth nothing in another, nor under another key', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(2)),
  ]
  assert.equal(browsers.keyFor(`${two}${one.slice(22)}`, person(1)), undefined)
  const other = createKnownBrowsers({ random: systemRandom, key: new Uint8Array(32).fill(8) })
  assert.equal(other.keyFor(one, person(1)), undefined)
})

test('what is no cookie of ours is as good as none', () => {
  for (const cookie of ['', 'x', 'A'.repeat(22), 'A'.repeat(45), '\u0000'.repeat(44)]) {
    assert.equal(browsers.keyFor(cookie, person(1)), undefined)
    assert.match(browsers.remember(cookie, person(1)), /^[\w-]{44}$/)
  }
})
