import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages } from '../../../platform/ui/language.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { readDefaultName } from './default-name.ts'

test('a code app that nobody has named is called so in the language of the reader', () => {
  const name = message('totp.name')
  for (const language of languages)
    assert.deepEqual(readDefaultName(createTranslator(language)(name)), name)
})

test('a name that an owner gave to a code app is no default name', () => {
  const name = createTranslator('en')(message('totp.name'))
  for (const own of ['', 'Work', `${name} 2`, name.toUpperCase()])
    assert.equal(readDefaultName(own), undefined, own)
})
