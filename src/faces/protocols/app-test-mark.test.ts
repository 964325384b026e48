import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutes } from '../../platform/kernel/clock.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { createAppTestMarks, createMarkedFetch, markHeader } from './app-test-mark.ts'

const open = (byte: number, epoch?: string) => {
  const key = new Uint8Array(32).fill(byte)
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const keyring = createKeyring({ keys: [{ id: 'a', key }], random: systemRandom, epoch })
  return { clock, ...createAppTestMarks({ keyring, clock, random: systemRandom }) }
}

test('a mark is valid for its app and for a request that names no known app', () => {
  const { write, spend } = open(1)
  for (const appId of ['notes', 'a.b-c_d', 'x'.repeat(100)]) {
    assert.equal(spend({ [markHeader]: write(appId) }, 'other'), false)
    assert.equal(spend({ [markHeader]: write(appId) }, appId), true)
    assert.equal(spend({ [markHeader]: write(appId) }), true)
  }
})

test('a mark hides one refusal, and a copy of it hides no other', () => {
  const { clock, write, spend } = open(1)
  const marks = Array.from({ length: 3 }, () => ({ [markHeader]: write('notes') }))
  assert.deepEqual(
    marks.map((one) => spend(one, 'notes')),
    [true, true, true],
  )
  for (const one of marks) {
    for (const appId of ['notes', undefined, 'other']) assert.equal(spend(one, appId), false)
  }
  clock.time += minutes(1) - 1
  const later = { [markHeader]: write('notes') }
  assert.deepEqual(
    [spend(later), spend(later), ...marks.map((one) => spend(one))],
    [true, ...Array.from({ length: 4 }, () => false)],
  )
})

test('a mark ends after a minute, and one from a clock that is far ahead is not valid', () => {
  const { clock, write, spend } = open(1)
  const isValidAt = (ms: number) => {
    const headers = { [markHeader]: write('notes') }
    clock.time += ms
    const result = spend(headers, 'notes')
    clock.time -= ms
    return result
  }
  assert.equal(isValidAt(minutes(1) - 1), true)
  assert.equal(isValidAt(minutes(1)), false)
  assert.equal(isValidAt(-minutes(1)), true)
  assert.equal(isValidAt(-minutes(1) - 1), false)
})

test('only the key of the instance makes a mark, and a changed mark is not valid', () => {
  const { write, spend } = open(1)
  const mark = write('notes')
  const [until = '', nonce = '', app = '', signature = ''] = mark.split('.')
  const other = Buffer.from('other').toString('base64url')
  const refused = [
    ...[open(2).write('notes'), open(1, 'epoch').write('notes'), '', '..', 'true', `${mark}x`],
    ...[`${until}0.${nonce}.${app}.${signature}`, `${until}.${nonce}.${other}.${signature}`],
    ...[`${until}.${'A'.repeat(43)}.${app}.${signature}`, `${until}.${app}.${signature}`],
    ...[`${until}.${nonce}.${app}.${'A'.repeat(43)}`, `${until}.${nonce}.${app}.`],
    ...[`.${nonce}.${app}.${signature}`, `${until}.${nonce}.${signature}`],
  ]
  for (const one of refused) {
    assert.equal(spend({ [markHeader]: one }), false, one)
    assert.equal(spend({ [markHeader]: one }, 'other'), false, one)
  }
  assert.equal(spend({}), false)
  assert.equal(spend({ [markHeader]: mark }), true)
})

test('the mark goes to this server and never to the address of an app', async () => {
  const seen: (string | null)[] = []
  const fetch = createMarkedFetch({
    fetch: async (input) => {
      const { headers, method } = input as Request
      seen.push(`${method} ${headers.get('x-own')} ${headers.get(markHeader)}`)
      return new Response()
    },
    publicUrl: 'https://login.example.org',
    writeMark: () => 'mark',
  })
  const init = { method: 'POST', body: 'a', headers: { 'x-own': 'kept' } }
  await fetch('https://login.example.org/oidc/token', init)
  for (const url of [
    'https://login.example.org:444/',
    'https://app.example/',
    'http://login.example.org/',
  ])
    await fetch(url, init)
  assert.deepEqual(seen, ['POST kept mark', ...Array.from({ length: 3 }, () => 'POST kept null')])
})
