import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainAttributeName, explainAttributeValues, wellKnownAttributes } from './attributes.ts'

test('well-known names and names of the same form are valid attribute names', () => {
  for (const name of [...wellKnownAttributes, 'costCenter', 'x', 'constructor', 'a.b-c_d']) {
    assert.equal(explainAttributeName(name), undefined, name)
  }
})

test('an invalid attribute name is refused', () => {
  for (const name of ['', '__proto__', '1a', 'a b', 'a=b', 'ä', 'a'.repeat(65), 'a\n']) {
    assert.match(explainAttributeName(name) ?? '', /up to 64 letters/, JSON.stringify(name))
  }
})

test('another spelling of a well-known name is refused, and the message names the right one', () => {
  assert.match(explainAttributeName('givenname') ?? '', /givenName/)
  assert.match(explainAttributeName('UPN') ?? '', /upn/)
})

test('an attribute value is visible text, and well-known attributes have a format of their own', () => {
  const right: [string, ...string[]][] = [
    ['givenName', 'Erika'],
    ['sid', 'S-1-5-21-1004336348-1177238915-682003330-512'],
    ['groupSids', 'S-1-5-32-544', 'S-1-5-32-545'],
    ['upn', 'erika@corp.example.org'],
    ['phone', '+49 (30) 1234-567'],
    ['costCenter', '4711', '4712'],
    ['familyName', 'Müller-𐐨'],
  ]
  for (const [name, ...values] of right) {
    assert.equal(explainAttributeValues(name, values), undefined, name)
  }
  const wrong: [string, ...string[]][] = [
    ['givenName', ''],
    ['givenName', ' '],
    ['givenName', 'a\nb'],
    ['givenName', 'a\u202eb'],
    ['givenName', '\ud800'],
    ['givenName', 'a'.repeat(1001)],
    ['givenName', 'Erika', 'Max'],
    ['costCenter', '4711', '4711'],
    ['sid', 'S-1-5'],
    ['sid', 'S-1-5-21-01'],
    ['groupSids', 'S-1-5-32-544', 'admins'],
    ['upn', 'erika'],
    ['picture', 'javascript:alert(1)'],
    ['birthdate', '1.2.1990'],
  ]
  for (const [name, ...values] of wrong) {
    assert.ok(explainAttributeValues(name, values), `${name} ${JSON.stringify(values)}`)
  }
})

test('a person may have as many security identifiers of groups as Windows allows, and other lists are shorter', () => {
  const sids = Array.from({ length: 1024 }, (_, n) => `S-1-5-21-1004336348-1177238915-1-${n}`)
  assert.equal(explainAttributeValues('groupSids', sids), undefined)
  assert.equal(
    explainAttributeValues('groupSids', [...sids, 'S-1-5-32-544']),
    'at most 1024 values',
  )
  assert.equal(explainAttributeValues('costCenter', sids), 'at most 200 values')
})
