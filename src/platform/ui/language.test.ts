import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { languages, negotiate, parseLanguage } from './language.ts'

test('the best language that we have is chosen', () => {
  assert.equal(negotiate('en-GB,en;q=0.9,de;q=0.8'), 'en')
  assert.equal(negotiate('fr, de-AT;q=0.3, en;q=0.7'), 'en')
  assert.equal(negotiate('de'), 'de')
  assert.equal(negotiate('en;q=0.5, de;q=0.5'), 'en')
})

test('what the person chose goes before what the browser says', () => {
  assert.equal(negotiate('en', 'de'), 'de')
  assert.equal(negotiate('de', 'EN'), 'en')
  assert.equal(negotiate('en', 'fr'), 'en')
})

test('a language that is refused is not chosen, and without any there is German', () => {
  assert.equal(negotiate('en;q=0'), 'de')
  assert.equal(negotiate('en;q=0, *;q=0.1'), 'de')
  assert.equal(negotiate(undefined), 'de')
  assert.equal(negotiate('', undefined, 'en'), 'en')
})

test('any header gives a language', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      assert.ok(languages.includes(negotiate(header)))
    }),
  )
})

test('a region does not matter, another word does', () => {
  assert.equal(parseLanguage(' DE-ch '), 'de')
  assert.equal(parseLanguage('deutsch'), undefined)
})
