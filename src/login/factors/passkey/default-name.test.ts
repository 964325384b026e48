import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { readDefaultName } from './default-name.ts'

const english = createTranslator('en')
const german = createTranslator('de')

test('a passkey that nobody has named is called by its browser in the language of the reader', () => {
  for (const [name, en, de] of [
    ['Firefox auf Windows', 'Firefox on Windows', 'Firefox auf Windows'],
    ['Safari on iPhone', 'Safari on iPhone', 'Safari auf iPhone'],
    ['Unbekannter Browser', 'Unknown browser', 'Unbekannter Browser'],
    ['Chrome', 'Chrome', 'Chrome'],
  ] as const) {
    const found = readDefaultName(name)
    assert.ok(found, name)
    assert.deepEqual([english(found), german(found)], [en, de])
  }
})

test('a name that an owner gave to a passkey is no default name', () => {
  for (const name of ['', 'Schlüssel auf Windows', 'Firefox auf Windows 2', 'firefox on windows']) {
    assert.equal(readDefaultName(name), undefined, name)
  }
})
