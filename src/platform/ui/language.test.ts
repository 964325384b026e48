import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseLanguage, languages, negotiate, parseLanguage } from './language.ts'

const choose = (acceptLanguage: string | undefined, remembered?: string) =>
  negotiate(acceptLanguage, remembered, 'de')

test('the best language that we have is chosen', () => {
  assert.equal(choose('en-GB,en;q=0.9,de;q=0.8'), 'en')
  assert.equal(choose('fr, de-AT;q=0.3, en;q=0.7'), 'en')
  assert.equal(choose('de'), 'de')
  assert.equal(choose('en;q=0.5, de;q=0.5'), 'en')
})

test('what the person chose goes before what the browser says', () => {
  assert.equal(choose('en', 'de'), 'de')
  assert.equal(choose('de', 'EN'), 'en')
  assert.equal(choose('en', 'fr'), 'en')
})

test('a language that is refused is not chosen, and without any there is the configured one', () => {
  assert.equal(choose('en;q=0'), 'de')
  assert.equal(choose('en;q=0, *;q=0.1'), 'de')
  assert.equal(choose(undefined), 'de')
  assert.equal(negotiate('', undefined, 'en'), 'en')
})

test('any header gives a language', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      assert.ok(languages.includes(choose(header)))
    }),
  )
})

test('a region does not matter, another word does', () => {
  assert.equal(parseLanguage(' DE-ch '), 'de')
  assert.equal(parseLanguage('deutsch'), undefined)
})

test('outside of a page a person reads the language of their last login, else of the browser, else the configured one', () => {
  assert.equal(chooseLanguage({ last: 'en', here: 'de' }, 'de'), 'en')
  assert.equal(chooseLanguage({ last: undefined, here: 'en' }, 'de'), 'en')
  assert.equal(chooseLanguage({ last: undefined, here: undefined }, 'en'), 'en')
})
