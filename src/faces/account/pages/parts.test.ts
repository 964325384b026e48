import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { renderName } from './parts.ts'

const english = createTranslator('en')

test('an authenticator that nobody has named has its default name in the language of the reader', () => {
  assert.equal(renderName({ kind: 'totp', name: 'Code-App' }, english), 'Code app')
  assert.equal(
    renderName({ kind: 'passkey', name: 'Edge auf Windows' }, english),
    'Edge on Windows',
  )
  assert.equal(renderName({ kind: 'push', name: null }, english), 'Phone')
})

test('a name that its owner gave stays in every language', () => {
  assert.equal(renderName({ kind: 'totp', name: 'Diensthandy' }, english), 'Diensthandy')
  assert.equal(renderName({ kind: 'push', name: 'Code-App' }, english), 'Code-App')
})
