import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '../../platform/ui/message.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { setupPage } from './setup-pages.ts'

const t = createTranslator('de')

test('the setup page escapes what was typed', () => {
  const hostile = '"><img src=x onerror=alert(1)>'
  const { body } = setupPage(
    {
      action: '/setup',
      formToken: hostile,
      minLength: 8,
      sendsMail: true,
      values: { username: hostile },
    },
    t,
  )
  assert.doesNotMatch(body.toString(), /<img src=x|onerror=alert\(1\)>/)
})

test('each refused field of the setup page is marked and points to the reason', () => {
  const mistakes = { password: message('password.refused.common') }
  const page = setupPage(
    { action: '/setup', formToken: 'x', minLength: 8, sendsMail: true, mistakes },
    t,
  )
  const body = page.body.toString()
  assert.match(body, /id="summary"/)
  assert.match(body, /name="password"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*summary"/)
  assert.equal(body.match(/aria-invalid/g)?.length, 1)
})

test('the password field of the setup page has no value', () => {
  const values = { username: 'erika', displayName: 'Erika' }
  const body = setupPage(
    { action: '/s', formToken: 'x', minLength: 8, sendsMail: true, values },
    t,
  ).body.toString()
  assert.doesNotMatch(body, /type="password"[^>]*value=/)
})
