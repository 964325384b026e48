import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { Fault } from './fault.ts'
import { createLog } from './json-log.ts'

const hidden = '[Redacted]'

function setUp(level = 'debug') {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(`${chunk}`)
      done()
    },
  })
  return { lines, log: createLog(level, stream) }
}

function logOne(entry: object): string {
  const { lines, log } = setUp()
  log.info(entry, 'a test')
  return lines.join('')
}

const secretNames = [
  ...['password', 'newPassword', 'new_password', 'passwordHash', 'passphrase', 'passcode'],
  ...['token', 'access_token', 'refreshToken', 'formToken', 'id_token_hint', 'tokenHash', 'jwt'],
  ...['cookie', 'Cookie', 'set-cookie', 'cookies', 'authorization', 'Proxy-Authorization'],
  ...['secret', 'clientSecret', 'client_secret', 'sharedSecret', 'credential', 'credentials'],
  ...['privateKey', 'private_key', 'api-key', 'signingKey', 'assertion', 'code_verifier'],
  ...['code', 'codes', 'recoveryCode', 'one_time_code', 'user_code', 'totp', 'otp', 'seed'],
]

const planted = 'Zk7-planted-9Q'

/** Each puts one member somewhere into an entry. */
const places: Readonly<Record<string, (member: Record<string, unknown>) => object>> = {
  'the entry': (member) => member,
  'an object': (member) => ({ form: member }),
  'an object four levels down': (member) => ({ a: { b: { c: { d: member } } } }),
  'an array': (member) => ({ list: ['x', member] }),
  'arrays in arrays': (member) => ({ list: [[{ of: [member] }]] }),
  'an error': (member) => ({ error: Object.assign(new Error('failed'), member) }),
  'details of an error': (member) => ({
    error: new Fault('internal', 'failed', { details: { at: [member] } }),
  }),
  'a cause of an error': (member) => ({
    error: new Error('failed', { cause: Object.assign(new Error('deeper'), member) }),
  }),
  'details of a cause': (member) => ({
    error: new Error('failed', { cause: new Fault('internal', 'deeper', { details: member }) }),
  }),
  'a cause that is an object': (member) => ({
    error: Object.assign(new Error('failed'), { cause: { with: member } }),
  }),
  'an error in an object': (member) => ({ of: { error: Object.assign(new Error('x'), member) } }),
  'one of several errors': (member) => ({
    error: new AggregateError([new Fault('internal', 'one', { details: member })], 'failed'),
  }),
  'what an object is written as': (member) => ({ of: { toJSON: () => member } }),
}

for (const [place, put] of Object.entries(places)) {
  test(`no secret is logged from ${place}`, () => {
    for (const name of secretNames) {
      for (const value of [planted, { is: planted }, [planted]]) {
        const line = logOne(put({ [name]: value, beside: 'stays' }))
        assert.doesNotMatch(line, /planted/, `${name} in ${place}`)
      }
    }
  })
}

test('values that are not secrets are logged, also beside secrets', () => {
  const entry = {
    ...{ user: 'usr_1', tokenType: 'Bearer', passwordChangeRequired: true, hasToken: true },
    ...{ statusCode: 404, when: new Date(0), form: { name: 'erika', password: 'x' } },
  }
  const { level, time, msg, ...logged } = JSON.parse(logOne(entry))
  assert.deepEqual([level, typeof time, msg], [30, 'number', 'a test'])
  assert.deepEqual(logged, {
    ...entry,
    when: '1970-01-01T00:00:00.000Z',
    form: { name: 'erika', password: hidden },
  })
})

test('an error code is logged, and a code that a user types is redacted', () => {
  const codeOf = (code: unknown) => JSON.parse(logOne({ of: { code } })).of.code
  for (const code of ['ECONNREFUSED', 'ERR_HTTP2_ERROR', '40P01', 'not_found', 20])
    assert.equal(codeOf(code), code)
  for (const code of ['123456', '12345678', 'ABCD-EFGH-0123-4567', 123456])
    assert.equal(codeOf(code), hidden)
})

test('an error is logged with its type, message, causes, stack and details', () => {
  const cause = new Error('refused', { cause: new Error('deep') })
  const error = new Fault('unavailable', 'no mail', { details: { host: 'a', token: 'x' }, cause })
  const { error: logged } = JSON.parse(logOne({ error }))
  assert.deepEqual(
    [logged.type, logged.message, logged.code, logged.status],
    ['Fault', 'no mail: refused: deep', 'unavailable', 503],
  )
  assert.match(logged.stack, /no mail[\s\S]*caused by: Error: refused[\s\S]*caused by: Error: deep/)
  assert.deepEqual(logged.details, { host: 'a', token: hidden })
  assert.deepEqual(error.details, { host: 'a', token: 'x' })
})

test('an entry that contains itself, or is very deep, is logged', () => {
  const round: Record<string, unknown> = { name: 'round' }
  round.self = round
  assert.match(logOne({ round }), /"name":"round"/)
  let deep: object = { token: planted }
  for (let level = 0; level < 1000; level += 1) deep = { deep }
  assert.doesNotMatch(logOne({ deep }), /planted/)
})

test('an entry below the log level is not read', () => {
  const { lines, log } = setUp('warn')
  const entry = {
    get token(): string {
      throw new Error('was looked at')
    },
  }
  log.info(entry, 'a test')
  log.debug(entry, 'a test')
  assert.deepEqual(lines, [])
})

test('an error is logged without advice to start Node with other options', () => {
  const advice = '; if the root CA is installed locally, try running Node.js with --use-system-ca'
  const cause = new Error(`self-signed certificate${advice}`)
  const line = logOne({ error: new Fault('unavailable', 'no database', { cause }), more: [cause] })
  assert.match(line, /no database: self-signed certificate"/)
  assert.ok(!line.includes('use-system-ca'), line)
})

test('an error whose message is no text is logged', () => {
  const error = Object.assign(new Error(), { message: 42 })
  assert.match(logOne({ error }), /"message":42/)
})
