import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../kernel/nearest.ts'
import { durationMs, groupName, origin, parseCidr, timeZone } from './values.ts'

test('durations are whole numbers with a unit', () => {
  assert.deepEqual(
    ['250ms', '90s', '15m', '8h', '30d'].map(durationMs),
    [250, 90_000, 900_000, 28_800_000, 2_592_000_000],
  )
  for (const text of ['', '15', 'm', '1.5h', '-1h', '1h30m', ' 1h', '1 h', '1H', '9999999999s'])
    assert.equal(durationMs(text), undefined, text)
})

test('a group name can be any name of a directory without separators of lists', () => {
  const good = ['board', 'Domain Users', 'Vertrieb Süd', 'Sales (Berlin)', 'R&D', 'a', '7-Zip/x']
  for (const name of good) assert.equal(groupName.safeParse(name).success, true, name)
  const bad = [
    '',
    ' a',
    'a ',
    '-a',
    'a,b',
    'a;b',
    'a|b',
    'a\nb',
    'a"b',
    'a\\b',
    'a=b',
    'x'.repeat(101),
  ]
  for (const name of bad) assert.equal(groupName.safeParse(name).success, false, name)
})

test('ranges are in CIDR notation, and a single address is a range of one', () => {
  assert.equal(parseCidr('10.0.0.0/8'), '10.0.0.0/8')
  assert.equal(parseCidr('192.0.2.7'), '192.0.2.7/32')
  assert.equal(parseCidr('2001:db8::'), '2001:db8::/128')
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'fe80::1%eth0',
    'host',
  ])
    assert.equal(parseCidr(text), undefined, text)
})

test('an origin has a scheme, a host and a port, and nothing else', () => {
  assert.equal(origin.parse('https://Login.Example.org:443/'), 'https://login.example.org')
  assert.equal(origin.parse('http://localhost:8080'), 'http://localhost:8080')
  for (const text of [
    'login.example.org',
    'https://a/b',
    'https://a?b',
    'https://a#',
    'ftp://a',
    'https://u:p@a',
    '',
  ])
    assert.equal(origin.safeParse(text).success, false, text)
})

test('a time zone must have a known name', () => {
  for (const text of ['Europe/Berlin', 'UTC', 'America/New_York'])
    assert.equal(timeZone.parse(text), text)
  for (const text of ['Berlin', 'CEST', '+01:00', 'Europe/', ''])
    assert.equal(timeZone.safeParse(text).success, false, text)
})

test('a similar key is suggested only if it is similar enough', () => {
  assert.equal(nearest('hots', ['host', 'port']), 'host')
  assert.equal(nearest('Public-URL', ['public_url']), 'public_url')
  assert.equal(nearest('banana', ['host', 'port']), undefined)
})
