import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessageFinder } from './find-message.ts'
import { message } from './message.ts'
import { createTranslator } from './translate.ts'

test('a message is found by its text in each language, and the list is made once, when it is needed', () => {
  let listed = 0
  const [title, home] = [message('login.title'), message('app.home')]
  const find = createMessageFinder(() => {
    listed += 1
    return [title, home]
  })
  assert.equal(listed, 0)
  for (const one of [title, home])
    for (const language of ['de', 'en'] as const)
      assert.equal(find(createTranslator(language)(one)), one)
  assert.equal(find('something else'), undefined)
  assert.equal(listed, 1)
})
