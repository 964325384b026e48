import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type OathPart, signJwt } from '#forgerock-push'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { startStandIn } from '../stand-ins/push-server.ts'
import { createPhone, type PhoneRequest } from './phone.ts'
import { startReceiver } from './receiver.ts'

const here = { deviceId: 'http://127.0.0.1:8765/', deviceName: 'Erikas Telefon' }
const challenge = { type: 'challenge', numbers: [17, 42, 88] } as const

async function setUp(t: TestContext, client: 'android' | 'ios' = 'android', oath?: OathPart) {
  const folder = await mkdtemp(join(tmpdir(), 'phone-'))
  const server = await startStandIn(oath)
  t.after(() => Promise.all([server.close(), rm(folder, { recursive: true })]))
  const file = join(folder, 'deep', 'phone.json')
  const clock = { now: () => 1764061200000 }
  const options = { file, fetch, clock, random: systemRandom, log: silentLog, client }
  const phone = createPhone(options)
  const received = (message: { messageId: string; message: string }): PhoneRequest => {
    const result = phone.receive(message)
    assert.ok(result.type === 'request', result.type)
    return result.request
  }
  return { file, server, phone, received, options }
}

for (const client of ['android', 'ios'] as const)
  test(`a phone of type ${client} registers, answers and refreshes`, async (t) => {
    const { server, phone, received } = await setUp(t, client)
    const result = await phone.scan(server.uri, here)
    assert.ok(result.type === 'registered')
    const approved = received(server.notify({ type: 'default' }))
    assert.deepEqual(await phone.answer(approved, { type: 'approve' }), { type: 'sent' })
    const denied = received(server.notify({ type: 'default' }))
    assert.deepEqual(await phone.answer(denied, { type: 'deny' }), { type: 'sent' })
    const right = received(server.notify(challenge, 42))
    assert.deepEqual(await phone.answer(right, { type: 'approve', number: 42 }), { type: 'sent' })
    const wrong = received(server.notify(challenge, 42))
    assert.deepEqual(await phone.answer(wrong, { type: 'approve', number: 17 }), { type: 'sent' })
    const refused = received(server.notify(challenge, 42))
    assert.deepEqual(await phone.answer(refused, { type: 'deny' }), { type: 'sent' })
    const refreshed = await phone.refresh(result.account.id, 'http://127.0.0.1:9999/')
    assert.equal(refreshed.type, 'refreshed')
    assert.deepEqual(server.outcomes, [
      'registered',
      'approved',
      'denied',
      'approved',
      'wrong_number',
      'denied',
      'refreshed',
    ])
    assert.equal(server.phone()?.deviceId, 'http://127.0.0.1:9999/')
    assert.equal(server.phone()?.deviceName, 'Erikas Telefon')
    assert.equal(server.phone()?.deviceType, client)
    assert.equal(phone.list()[0]?.deviceId, 'http://127.0.0.1:9999/')
  })

test('the phone stores the codes of a registration and shows the current code', async (t) => {
  const secret = 'U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP'
  const { phone, server, file, options } = await setUp(t, 'android', {
    kind: 'totp',
    secret,
    digits: 6,
  })
  assert.match(server.uri, /^mfauth:/)
  const result = await phone.scan(server.uri, here)
  assert.ok(result.type === 'registered' && result.account.hasCode)
  const [shown] = phone.codes()
  assert.deepEqual([shown?.code, shown?.secondsLeft], ['143242', 30])
  const later = createPhone({ ...options, clock: { now: () => 1764061231000 } })
  assert.deepEqual([later.codes()[0]?.code, later.codes()[0]?.secondsLeft], ['493724', 29])
  assert.ok((await readFile(file, 'utf8')).includes(secret))
  assert.ok(!JSON.stringify([result, phone.list(), phone.codes()]).includes(secret))
})

test('a refused registration leaves no code on the phone', async (t) => {
  const { phone, server } = await setUp(t, 'android', {
    kind: 'totp',
    secret: 'U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP',
    digits: 6,
  })
  server.answerWith({ status: 400, body: '{}' })
  assert.equal((await phone.scan(server.uri, here)).type, 'rejected')
  assert.deepEqual([phone.list(), phone.codes()], [[], []])
})

test('the phone refuses a registration with counter-based codes', async (t) => {
  const { phone, server } = await setUp(t, 'android', {
    kind: 'hotp',
    secret: 'U7UM4RRN',
    digits: 6,
  })
  assert.deepEqual(await phone.scan(server.uri, here), { type: 'unreadable', parameter: 'totp' })
  assert.deepEqual(server.outcomes, [])
})

test('the phone sends the HTTP headers of its client', async (t) => {
  const android = await setUp(t)
  const ios = await setUp(t, 'ios')
  for (const { phone, server } of [android, ios]) {
    const result = await phone.scan(server.uri, here)
    assert.ok(result.type === 'registered')
    await phone.refresh(result.account.id, here.deviceId)
  }
  const [register, refresh] = android.server.requests
  assert.equal(register?.headers.cookie, 'amlbcookie=01')
  assert.equal(register?.headers['set-cookie'], undefined)
  assert.equal(register?.headers['accept-api-version'], 'resource=1.0, protocol=1.0')
  assert.equal(register?.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(register?.headers['x-requested-platform'], 'android')
  assert.equal(refresh?.headers.cookie, undefined)
  for (const { headers } of ios.server.requests) {
    assert.deepEqual(headers['set-cookie'], ['amlbcookie=01'])
    assert.equal(headers.cookie, undefined)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers.accept, 'application/json')
  }
  assert.match(ios.server.phone()?.mechanismUid ?? '', /^[\dA-F-]{36}$/)
  assert.match(android.server.phone()?.mechanismUid ?? '', /^[\da-f-]{36}$/)
})

test('a request has the account, the text, the context and the expiry time', async (t) => {
  const { server, phone, received } = await setUp(t)
  await phone.scan(server.uri, here)
  const createdAt = 1764061260000
  const request = received(server.notify(challenge, 42, { createdAt }))
  assert.equal(request.account.issuer, 'Müller & Söhne')
  assert.equal(request.account.accountName, 'erika')
  assert.ok(!('secret' in request.account))
  assert.equal(request.text, 'Anmeldung bei Müller & Söhne')
  assert.deepEqual(request.numbers, [17, 42, 88])
  assert.deepEqual(request.context, { app: 'Wiki', browser: 'Firefox', place: '203.0.113.7' })
  assert.equal(request.expiresAt, createdAt + 120_000)
})

test('only the owner can read the file with the accounts, which survive a restart', async (t) => {
  const { file, server, phone, options } = await setUp(t)
  await phone.scan(server.uri, here)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(file, '..')), ['phone.json'])
  assert.deepEqual(createPhone(options).list(), phone.list())
  const other = createPhone(options)
  assert.equal(other.receive(server.notify({ type: 'default' })).type, 'request')
})

test('the phone does not overwrite a file that it did not write', async (t) => {
  const { file, server, phone } = await setUp(t)
  await phone.scan(server.uri, here)
  await writeFile(file, '{"accounts": 1}')
  await assert.rejects(phone.scan(server.uri, here), /is not a file of this phone/)
  assert.equal(await readFile(file, 'utf8'), '{"accounts": 1}')
})

test('a second scan of the same account sends nothing, but works after the account was removed', async (t) => {
  const { server, phone } = await setUp(t)
  const first = await phone.scan(server.uri, here)
  assert.ok(first.type === 'registered')
  assert.equal((await phone.scan(server.uri, here)).type, 'already_registered')
  assert.equal(server.requests.length, 1)
  assert.equal(phone.remove('unknown'), false)
  assert.equal(phone.remove(first.account.id), true)
  assert.equal((await phone.scan(server.uri, here)).type, 'registered')
})

test('nothing is stored if the server refuses or is unreachable, or if the text is not a registration', async (t) => {
  const { server, phone } = await setUp(t)
  server.answerWith({ status: 201, body: '{}' })
  assert.deepEqual(await phone.scan(server.uri, here), { type: 'rejected', status: 201 })
  server.answerWith({ status: 400, body: '{}' })
  assert.deepEqual(await phone.scan(server.uri, here), { type: 'rejected', status: 400 })
  assert.deepEqual(await phone.scan('otpauth://totp/x', here), { type: 'not_a_registration' })
  const damaged = server.uri.replace(/&c=[^&]*/, '')
  assert.deepEqual(await phone.scan(damaged, here), { type: 'unreadable', parameter: 'c' })
  await server.close()
  assert.equal((await phone.scan(server.uri, here)).type, 'unreachable')
  assert.deepEqual(phone.list(), [])
})

test('an iPhone and an Android phone accept different server replies as a success', async (t) => {
  const taken = async (client: 'android' | 'ios', status: number, body: string) => {
    const { server, phone } = await setUp(t, client)
    server.answerWith({ status, body })
    return (await phone.scan(server.uri, here)).type === 'registered'
  }
  assert.equal(await taken('ios', 201, ''), true)
  assert.equal(await taken('ios', 302, ''), true)
  assert.equal(await taken('ios', 303, ''), false)
  assert.equal(await taken('ios', 200, '[]'), false)
  assert.equal(await taken('android', 200, 'fine'), true)
  assert.equal(await taken('android', 302, ''), false)
})

test('an answer is sent once, and again only after a failure', async (t) => {
  const { server, phone, received } = await setUp(t)
  await phone.scan(server.uri, here)
  const request = received(server.notify({ type: 'default' }))
  server.answerWith({ status: 503, body: '' })
  assert.deepEqual(await phone.answer(request, { type: 'approve' }), {
    type: 'rejected',
    status: 503,
  })
  server.answerWith()
  const both = await Promise.all([
    phone.answer(request, { type: 'approve' }),
    phone.answer(request, { type: 'deny' }),
  ])
  assert.deepEqual(both, [{ type: 'sent' }, { type: 'already_answered' }])
  assert.deepEqual(await phone.answer(request, { type: 'deny' }), { type: 'already_answered' })
})

test('a number challenge is not approved without one of its numbers', async (t) => {
  const { server, phone, received } = await setUp(t)
  await phone.scan(server.uri, here)
  const request = received(server.notify(challenge, 42))
  assert.deepEqual(await phone.answer(request, { type: 'approve' }), { type: 'number_missing' })
  const other = { type: 'approve', number: 50 } as const
  assert.deepEqual(await phone.answer(request, other), { type: 'number_missing' })
  assert.deepEqual(server.outcomes, ['registered'])
})

test('the phone reports unknown accounts, wrong signatures and repeated messages separately', async (t) => {
  const { server, phone } = await setUp(t)
  await phone.scan(server.uri, here)
  const { messageId, message } = server.notify({ type: 'default' })
  const foreign = server.notify({ type: 'default' }, 0, { mechanismUid: 'another' })
  assert.equal(phone.receive(foreign).type, 'unknown_account')
  assert.equal(phone.receive({ messageId, message: 'no jwt' }).type, 'unknown_account')
  const u = server.phone()?.mechanismUid
  const forged = signJwt({ u }, new Uint8Array(32))
  assert.equal(phone.receive({ messageId, message: forged }).type, 'bad_signature')
  assert.equal(phone.receive({ messageId, message }).type, 'request')
  assert.equal(phone.receive({ messageId, message }).type, 'repeated')
})

test('the phone learns the user name from a request', async (t) => {
  const { server, phone, received } = await setUp(t)
  const result = await phone.scan(server.uri, here)
  assert.ok(result.type === 'registered')
  await phone.refresh(result.account.id, here.deviceId)
  assert.equal(server.username(), undefined)
  received(server.notify({ type: 'default' }))
  await phone.refresh(result.account.id, here.deviceId)
  assert.equal(server.username(), 'erika')
  assert.deepEqual(await phone.refresh('unknown', here.deviceId), { type: 'unknown_account' })
})

test('the receiver accepts only small JSON messages by POST', async (t) => {
  const messages: unknown[] = []
  const start = await startReceiver({ port: 0, onMessage: (message) => messages.push(message) })
  assert.ok(start.type === 'listening')
  const { receiver } = start
  t.after(() => receiver.close())
  const post = async (body: string, type = 'application/json') => {
    const headers = { 'Content-Type': type }
    const response = await fetch(receiver.address, { method: 'POST', headers, body })
    await response.text()
    return response.status
  }
  const message = { messageId: 'AUTHENTICATE:1', message: 'a.b.c' }
  assert.equal(await post(JSON.stringify(message)), 200)
  assert.equal(await post(JSON.stringify(message), 'text/plain'), 415)
  assert.equal(await post('{"messageId":1}'), 400)
  assert.equal(await post('not JSON'), 400)
  assert.equal(await post(JSON.stringify({ ...message, message: 'x'.repeat(8192) })), 413)
  assert.equal((await fetch(receiver.address)).status, 405)
  assert.deepEqual(messages, [message])
  const port = Number(new URL(receiver.address).port)
  const second = await startReceiver({ port, onMessage: () => {} })
  assert.deepEqual(second, { type: 'port_in_use' })
})
