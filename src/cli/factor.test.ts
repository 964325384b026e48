import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { testRows as rows } from '../dev/test-support/keyring.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { createSessions } from '../identity/sessions/sessions.ts'
import { failureLimit } from '../login/factors/lockout.ts'
import { createPushDeviceStore } from '../login/factors/push/devices.ts'
import { createTotpStore } from '../login/factors/totp/store.ts'
import { systemClock as clock, minutes } from '../platform/kernel/clock.ts'
import type { Id } from '../platform/kernel/ids.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { loadKeys } from '../platform/storage/key-file.ts'
import { openDatabase } from '../platform/storage/open.ts'

const mail = {
  EINLASS_MAIL_FROM: 'login@example.org',
  EINLASS_MAIL_SMTP_HOST: 'localhost',
  EINLASS_MAIL_SMTP_SECURITY: 'none',
}

/** Erika with two phones, a code app and recovery codes, and a session. */
async function openHelp(t: TestContext) {
  const terminal = await openTerminal(t)
  const email = ['--email', 'erika@example.org']
  await terminal.einlass(['user', 'add', 'erika', ...email])
  await terminal.einlass(['user', 'add', 'max'])
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const keys = await loadKeys(join(terminal.folder, 'einlass.key'))
  const keyring = createKeyring({ keys, random })
  const { id } = await db
    .selectFrom('users')
    .select('id')
    .where('username', '=', 'erika')
    .executeTakeFirstOrThrow()
  const userId = id as Id<'user'>
  const devices = createPushDeviceStore({ clock, random, keyring })
  const addPhone = async (name: string) => {
    const phone = {
      mechanismUid: name,
      deviceId: `token-of-${name}`,
      deviceType: 'android',
      communicationType: 'gcm',
      deviceName: name,
    } as const
    const deviceId = await devices.add(db, userId, phone, random.bytes(32))
    await devices.activate(db, deviceId)
    return deviceId
  }
  const phones = [await addPhone('Pixel'), await addPhone('Tablet')] as const
  const codes = createTotpStore({ clock, random, keyring })
  const app = codes.newId()
  await codes.add(db, { id: app, userId, name: 'Codes' })
  await codes.activate(db, app, 1)
  await db
    .insertInto('recovery_codes')
    .values({
      id: 'rec_a',
      user_id: userId,
      prefix: 'abcd',
      code_hash: 'hash',
      created_at: clock.now(),
      used_at: null,
    })
    .execute()
  const limits = { idle: minutes(5), absolute: minutes(60) }
  const sessions = createSessions({ db, rows, clock, random, limits, log: silentLog })
  const session = await sessions.create(db, {
    userId,
    amr: ['pwd'],
    acr: 'urn:einlass:acr:password',
    authenticatedAt: clock.now(),
    client: { address: null, userAgent: null },
  })
  return {
    db,
    userId,
    phones,
    app,
    sessionId: session.id,
    factor: (...args: string[]) => terminal.einlass(['factor', ...args], { env: mail }),
    hasSession: async () => (await sessions.find(session.token)) !== undefined,
    async listed() {
      const all = await terminal.einlass(['factor', 'list', 'Erika', '--json'])
      return (all.json() as { id: string; kind: string; state: string }[]).map(
        ({ kind, state }) => `${kind} ${state}`,
      )
    },
    async events() {
      const events = await readAudit(db, { after: 0, limit: 100 })
      return events
        .slice(2)
        .map(({ type, data }) => `${type} ${data.by ?? ''}`.replace(/:.*/, '').trim())
    },
    async mails() {
      const rows = await db.selectFrom('mail_queue').select('kind').execute()
      return rows.map(({ kind }) => kind).sort()
    },
  }
}

test('factor list shows the authenticators of a user without any secret', async (t) => {
  const { factor, listed, phones } = await openHelp(t)
  const { code, stdout } = await factor('list', 'erika')
  assert.equal(code, 0)
  assert.match(stdout, /^ID +KIND +NAME +ADDED +LAST USED +STATE$/m)
  assert.match(stdout, new RegExp(`^${phones[0]} +push +Pixel +[-\\d]+ +never +usable$`, 'm'))
  assert.match(stdout, /^recovery +recovery .*never +usable, 1 left$/m)
  assert.ok(!stdout.includes('token-of'))
  assert.deepEqual((await listed()).sort(), [
    'push usable',
    'push usable',
    'recovery usable',
    'totp usable',
  ])
  assert.equal((await factor('list', 'max', '--json')).stdout, '[]\n')
})

test('removing a phone sends a mail and writes an audit event, and a session without this phone stays', async (t) => {
  const { factor, phones, listed, events, mails, hasSession, db } = await openHelp(t)
  const removed = await factor('remove', 'erika', phones[1], '--json')
  assert.equal(removed.code, 0, removed.stderr)
  assert.deepEqual(removed.json(), {
    username: 'erika',
    id: phones[1],
    needsPass: false,
    sessionsEnded: 0,
  })
  assert.equal((await listed()).filter((one) => one.startsWith('push')).length, 1)
  assert.deepEqual(await events(), ['push_device_removed cli'])
  assert.deepEqual(await mails(), ['device_removed'])
  assert.equal(await hasSession(), true)
  const { secret_sealed } = await db
    .selectFrom('push_devices')
    .select('secret_sealed')
    .where('id', '=', phones[1])
    .executeTakeFirstOrThrow()
  assert.equal(secret_sealed, '')
})

test('removing a phone ends the sessions that are based on it, and no others', async (t) => {
  const { factor, phones, events, hasSession, db, userId, sessionId } = await openHelp(t)
  await db
    .insertInto('proofs')
    .values({
      id: 'prf_a',
      journey_hash: 'journey',
      user_id: userId,
      factor: 'push',
      amr: '["swk"]',
      strength: 'number',
      authenticator_id: phones[1],
      proven_at: 1,
      session_id: sessionId,
    })
    .execute()
  assert.equal((await factor('remove', 'erika', phones[0])).code, 0)
  assert.equal(await hasSession(), true)
  const removed = await factor('remove', 'erika', phones[1], '--json')
  assert.deepEqual(removed.json(), {
    username: 'erika',
    id: phones[1],
    needsPass: false,
    sessionsEnded: 1,
  })
  assert.equal(await hasSession(), false)
  assert.deepEqual((await events()).slice(1), ['push_device_removed cli', 'session_ended'])
})

test('--end-sessions also ends the sessions that are not based on the removed phone', async (t) => {
  const { factor, phones, hasSession } = await openHelp(t)
  assert.equal((await factor('remove', 'erika', phones[0])).code, 0)
  assert.equal(await hasSession(), true)
  const removed = await factor('remove', 'erika', phones[1], '--end-sessions')
  assert.match(removed.stdout, /Sessions ended: 1\./)
  assert.equal(await hasSession(), false)
})

test('the last second factor is removed only with --yes, and the command says what the user needs next', async (t) => {
  const { factor, phones, app, listed } = await openHelp(t)
  for (const id of phones) assert.equal((await factor('remove', 'erika', id)).code, 0)
  const asked = await factor('remove', 'erika', app)
  assert.notEqual(asked.code, 0)
  assert.match(asked.stderr, /--yes/)
  assert.equal((await listed()).includes('totp usable'), true)
  const removed = await factor('remove', 'erika', app, '--yes')
  assert.equal(removed.code, 0, removed.stderr)
  assert.match(removed.stdout, /has no second factor now.*einlass pass issue erika/)
})

test('an authenticator of another user and an unknown authenticator are not removed', async (t) => {
  const { factor, phones, listed } = await openHelp(t)
  const other = await factor('remove', 'max', phones[0])
  assert.equal(other.code, 1)
  assert.match(other.stderr, /max has no authenticator/)
  assert.equal((await factor('remove', 'erika', 'dev_none')).code, 1)
  assert.equal((await factor('list', 'nobody')).code, 1)
  assert.equal((await factor('reset', 'erika', 'phone')).code, 64)
  assert.equal((await listed()).length, 4)
})

test('a reset of a locked factor removes all its authenticators and its failures', async (t) => {
  const { factor, listed, events, mails, db, userId, hasSession } = await openHelp(t)
  await db
    .insertInto('factor_failures')
    .values({
      user_id: userId,
      kind: 'push',
      failures: failureLimit,
      last_failure_at: 1,
      off_at: 1,
    })
    .execute()
  assert.deepEqual((await listed()).filter((one) => one === 'push off').length, 2)
  const done = await factor('reset', 'erika', 'push', '--yes', '--end-sessions', '--json')
  assert.equal(done.code, 0, done.stderr)
  const facts = { username: 'erika', kind: 'push', removed: 2, needsPass: false, sessionsEnded: 1 }
  assert.deepEqual(done.json(), facts)
  assert.deepEqual((await listed()).sort(), ['recovery usable', 'totp usable'])
  assert.deepEqual(await db.selectFrom('factor_failures').selectAll().execute(), [])
  assert.deepEqual(await mails(), ['device_removed', 'device_removed'])
  assert.equal(await hasSession(), false)
  assert.deepEqual(await events(), [
    'push_device_removed cli',
    'push_device_removed cli',
    'second_factor_reset cli',
    'session_ended',
  ])
})

test('after a reset of all factors the command says what the user needs before an enrolment', async (t) => {
  for (const [options, expected] of [
    [[], 'a recovery code or a pass'],
    [['--with-codes'], 'a pass'],
  ] as const) {
    const { factor } = await openHelp(t)
    await factor('reset', 'erika', 'push', '--yes')
    const { stdout } = await factor('reset', 'erika', 'totp', '--yes', ...options)
    assert.ok(
      stdout.includes(`they need ${expected}: einlass pass issue erika --reason TEXT`),
      stdout,
    )
  }
})

test('a reset also removes passkeys of an earlier address and recovery codes', async (t) => {
  const { factor, listed, mails, db, userId } = await openHelp(t)
  await db
    .insertInto('passkeys')
    .values({
      id: 'pk_a',
      user_id: userId,
      rp_id: 'old.example.org',
      credential_id: 'a',
      public_key: '',
      sign_count: 0,
      transports: '[]',
      backup_eligible: 0,
      backed_up: 0,
      name: 'Key',
      created_at: 1,
      last_used_at: null,
    })
    .execute()
  assert.ok((await listed()).includes('passkey other_host'))
  for (const kind of ['passkey', 'recovery', 'totp', 'totp']) {
    assert.equal((await factor('reset', 'erika', kind, '--yes')).code, 0)
  }
  assert.deepEqual(await listed(), ['push usable', 'push usable'])
  assert.deepEqual(await mails(), ['passkey_removed', 'recovery_codes_removed', 'totp_removed'])
})

test('a reset asks for the user name on a terminal, and without a terminal it needs --yes', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  const reset = ['factor', 'reset', 'erika', 'totp']
  const silent = await einlass(reset)
  assert.equal(silent.code, 64)
  assert.match(silent.stderr, /kind totp of erika .*There is no terminal to ask on\. .*add --yes/s)
  const other = await einlass(reset, { isTerminal: true, stdin: 'max\n' })
  assert.equal(other.code, 1)
  assert.match(other.stderr, /Nothing was changed/)
  assert.equal((await einlass(reset, { isTerminal: true, stdin: 'erika\n' })).code, 0)
})
