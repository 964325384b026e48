import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { createKnownBrowsers, wrongPasswordLimit } from './known-browsers.ts'

const key = new Uint8Array(32).fill(7)
const browsers = createKnownBrowsers({ random: systemRandom, key })
const person = (n: number, credentialVersion = 1, knownBrowserFailures = 0) => ({
  id: `usr_${n}` as Id<'user'>,
  credentialVersion,
  knownBrowserFailures,
})

test('a browser is known only for the user who has logged in there', () => {
  const cookie = browsers.remember(undefined, person(1))
  const known = browsers.keyFor(cookie, person(1))
  assert.match(known?.key ?? '', /^browser:[\w-]{22}:usr_1$/)
  assert.equal(known?.isOwn, true)
  assert.equal(browsers.keyFor(cookie, person(2)), undefined)
  assert.equal(browsers.keyFor(cookie, undefined), undefined)
  assert.equal(browsers.keyFor(undefined, person(1)), undefined)
})

test('each browser has its own counter, which a later login there does not change', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(1)),
  ]
  assert.notDeepEqual(browsers.keyFor(one, person(1)), browsers.keyFor(two, person(1)))
  const later = browsers.remember(browsers.remember(one, person(2)), person(1))
  assert.deepEqual(browsers.keyFor(later, person(1)), browsers.keyFor(one, person(1)))
  assert.equal(later.length, one.length + 22)
})

test('A19: browsers known by earlier credentials share one counter, until the next login there', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(1, 2)),
  ]
  const shared = { key: 'browsers:usr_1', isOwn: false }
  assert.deepEqual(browsers.keyFor(one, person(1, 3)), shared)
  assert.deepEqual(browsers.keyFor(two, person(1, 3)), shared)
  const again = browsers.remember(one, person(1, 3))
  assert.equal(again.length, one.length)
  assert.equal(browsers.keyFor(again, person(1, 3))?.isOwn, true)
  assert.deepEqual(browsers.keyFor(again, person(1, 1)), shared)
})

test('A19: after too many wrong attempts in a row all browsers of a user share one counter', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(1)),
  ]
  assert.equal(browsers.keyFor(one, person(1, 1, wrongPasswordLimit - 1))?.isOwn, true)
  for (const cookie of [one, two]) {
    const known = browsers.keyFor(cookie, person(1, 1, wrongPasswordLimit))
    assert.deepEqual(known, { key: 'browsers:usr_1', isOwn: false })
  }
})

test('the cookie has no user id in plain text, and remembers only the last four users', () => {
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

test('a mark of one browser is invalid in another browser and under another key', () => {
  const [one, two] = [
    browsers.remember(undefined, person(1)),
    browsers.remember(undefined, person(2)),
  ]
  assert.equal(browsers.keyFor(`${two}${one.slice(22)}`, person(1)), undefined)
  const other = createKnownBrowsers({ random: systemRandom, key: new Uint8Array(32).fill(8) })
  assert.equal(other.keyFor(one, person(1)), undefined)
})

test('an invalid cookie is treated like a missing one', () => {
  for (const cookie of ['', 'x', 'A'.repeat(22), 'A'.repeat(45), '\u0000'.repeat(44)]) {
    assert.equal(browsers.keyFor(cookie, person(1)), undefined)
    assert.match(browsers.remember(cookie, person(1)), /^[\w-]{44}$/)
  }
})
