import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readForm } from './logins.ts'

test('the form with the password is found with what it carries', () => {
  const page = `
    <form action="/language"><input type="hidden" name="to" value="de"></form>
    <form method="post" action="/login?flow=1&amp;x=2">
      <input type="hidden" name="state" value="a&quot;b"><input value="2" name="step" type="hidden">
      <input name="username"><input type="password" name="password">
    </form>`
  const { action, hidden } = readForm(page)
  assert.equal(action, '/login?flow=1&x=2')
  assert.deepEqual(Object.fromEntries(hidden), { state: 'a"b', step: '2' })
})

test('a page without a password form gives none', () => {
  assert.deepEqual([...readForm('<p>Not now</p>').hidden], [])
})
