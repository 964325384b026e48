import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readForm } from './logins.ts'

test('the password form of a page is found, with its hidden fields and its first button', () => {
  const page = `
    <form action="/language"><input type="hidden" name="to" value="de"></form>
    <form method="post" action="/login?flow=1&amp;x=2">
      <input type="hidden" name="state" value="a&quot;b"><input value="2" name="step" type="hidden">
      <input name="username"><input type="password" name="password">
      <button name="action" value="login">Sign in</button><button name="action" value="back">Back</button>
    </form>`
  const { action, carried } = readForm(page)
  assert.equal(action, '/login?flow=1&x=2')
  assert.deepEqual(Object.fromEntries(carried), { state: 'a"b', step: '2', action: 'login' })
})

test('a page without a password form has no fields to send', () => {
  assert.deepEqual([...readForm('<p>Not now</p>').carried], [])
})
