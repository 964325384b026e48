import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultStatus } from '../../kernel/fault.ts'
import type { MessageKey } from '../message.ts'
import { de } from './de.ts'
import { en } from './en.ts'

const keys = Object.keys(de) as MessageKey[]
const placeholders = (text: string) =>
  [...text.matchAll(/\{(\w+)(?:, (\w+))?/g)]
    .filter((match) => match[2] !== undefined || text.includes(`{${match[1]}}`))
    .map((match) => `${match[1]}:${match[2] ?? 'text'}`)
    .toSorted()

test('both catalogues have the same keys in the same order', () => {
  assert.deepEqual(Object.keys(en), keys)
})

test('a message has the same placeholders in both languages', () => {
  for (const key of keys) assert.deepEqual(placeholders(en[key]), placeholders(de[key]), key)
})

test('every fault has a title and a text', () => {
  for (const code of Object.keys(faultStatus)) {
    assert.ok(keys.includes(`error.${code}.title` as MessageKey), code)
    assert.ok(keys.includes(`error.${code}.text` as MessageKey), code)
  }
})

test('no text has an exclamation mark, an apology, or spaces at its ends', () => {
  for (const key of keys) {
    for (const text of [de[key], en[key]]) {
      assert.doesNotMatch(text, /!|leider|unfortunately|sorry/i, key)
      assert.ok(key === 'chrome.error_prefix' || text.trim() === text, key)
    }
  }
})

test('German texts address people with Sie', () => {
  for (const key of keys) assert.doesNotMatch(de[key], /\b(du|dein\w*|dir|dich|euch|euer)\b/i, key)
})

test('warnings after a correct password are about another person with the phone, not about the password', () => {
  const keys = ['phone_code.wrong_code.text', 'push.wrong_number.text', 'push.denied.text'] as const
  for (const key of keys) {
    assert.match(de[key], /hat jemand anders Ihr Telefon/)
    assert.match(en[key], /somebody else has your phone/)
    assert.doesNotMatch(`${de[key]} ${en[key]}`, /Passwort|password/)
  }
})

test('the texts about replacing a device do not say that it is lost', () => {
  for (const key of ['authenticator.replace', 'enrol.begin.replace.title'] as const) {
    assert.doesNotMatch(`${de[key]} ${en[key]}`, /verloren|lost/i, key)
  }
})
