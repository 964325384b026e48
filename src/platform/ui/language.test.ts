import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseLanguage, languages, negotiate, parseLanguage } from './language.ts'

const choose = (acceptLanguage: string | undefined, remembered?: string) =>
  negotiate(acceptLanguage, remembered, 'de')

test('the supported language that the browser prefers most is chosen', () => {
  assert.equal(choose('en-GB,en;q=0.9,de;q=0.8'), 'en')
  assert.equal(choose('fr, de-AT;q=0.3, en;q=0.7'), 'en')
  assert.equal(choose('de'), 'de')
  assert.equal(choose('en;q=0.5, de;q=0.5'), 'en')
})

test('the language that the user chose takes precedence over that of the browser', () => {
  assert.equal(choose('en', 'de'), 'de')
  assert.equal(choose('de', 'EN'), 'en')
  assert.equal(choose('en', 'fr'), 'en')
})

test('a language that the browser refuses is not chosen, and the configured language is the fallback', () => {
  assert.equal(choose('en;q=0'), 'de')
  assert.equal(choose('en;q=0, *;q=0.1'), 'de')
  assert.equal(choose(undefined), 'de')
  assert.equal(negotiate('', undefined, 'en'), 'en')
})

test('any Accept-Language header leads to a supported language', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      assert.ok(languages.includes(choose(header)))
    }),
  )
})

test('a language is accepted with any region, and any other word is refused', () => {
  assert.equal(parseLanguage(' DE-ch '), 'de')
  assert.equal(parseLanguage('deutsch'), undefined)
})

test('outside of pages, the language is that of the last login, else of the browser, else the configured one', () => {
  assert.equal(chooseLanguage({ last: 'en', here: 'de' }, 'de'), 'en')
  assert.equal(chooseLanguage({ last: undefined, here: 'en' }, 'de'), 'en')
  assert.equal(chooseLanguage({ last: undefined, here: undefined }, 'en'), 'en')
})
