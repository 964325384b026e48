import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal, type Terminal } from '../dev/test-support/cli.ts'
import { testKeyring as keyring, testRows as rows } from '../dev/test-support/keyring.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { loginEvents } from '../identity/audit/login-events.ts'
import { createBrowsersKey } from '../identity/limits/known-browsers.ts'
import { createNameKey } from '../identity/limits/password-waits.ts'
import { createThrottle } from '../identity/limits/throttle.ts'
import { saveParticipant } from '../identity/sessions/participants.ts'
import { createSessions } from '../identity/sessions/sessions.ts'
import { createUsers } from '../identity/users/users.ts'
import { factorEvents } from '../login/factors/events.ts'
import { openLockout } from '../login/factors/index.ts'
import { failureLimit } from '../login/factors/lockout.ts'
import { pushEvents } from '../login/factors/push/events.ts'
import { systemClock as clock, minutes } from '../platform/kernel/clock.ts'
import type { Id } from '../platform/kernel/ids.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { transact } from '../platform/storage/transact.ts'

/** The zone of the times that `why` shows. */
const inUtc = { env: { EINLASS_TIME_ZONE: 'UTC' } }

async function openDesk(t: TestContext) {
  const terminal: Terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const users = createUsers({ clock, random })
  const user = await users.create(db, { username: 'Erika', displayName: 'Erika', email: null })
  const throttle = createThrottle({ clock })
  const audit = createAudit({ keyring, clock })
  const limits = { idle: minutes(5), absolute: minutes(60) }
  const sessions = createSessions({ db, rows, clock, random, limits, log })
  return {
    ...terminal,
    db,
    user,
    users,
    throttle,
    audit,
    lockout: openLockout({
      db,
      clock,
      throttle,
      audit,
      notify: async () => {},
    }),
    async logIn() {
      const { id } = await sessions.create(db, {
        userId: user.id,
        amr: ['pwd'],
        acr: 'urn:einlass:acr:password',
        authenticatedAt: clock.now(),
        client: { address: '192.0.2.7', userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' },
      })
      return id
    },
    listSessions: async () => (await sessions.listOf(user.id)).map(({ id }) => id),
    async listEvents() {
      const events = await readAudit(db, { limit: 200 })
      return events.map(({ type, data }) => ({ type, ...data }))
    },
    /** Fails until the next attempt has to wait. */
    async failUntilWait(key: string) {
      for (let tries = 0; tries < 6; tries += 1) await throttle.admit(db, key)
      assert.equal((await throttle.check(db, key))?.type, 'wait')
    },
  }
}

test('user unlock ends the waits for password and second factors and names the lockouts that it lifted', async (t) => {
  const desk = await openDesk(t)
  const { db, user, throttle, lockout } = desk
  for (const key of [createNameKey('erika'), createBrowsersKey(user.id)])
    await desk.failUntilWait(key)
  for (let tries = 0; tries < failureLimit; tries += 1) await lockout.fail(db, user.id, 'totp')
  assert.deepEqual([...(await lockout.findLockedKinds(db, user.id))], ['totp'])
  const done = await desk.einlass(['user', 'unlock', 'erika'])
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /Erika can try again at once\. Locks lifted: totp\./)
  assert.equal(await throttle.check(db, createNameKey('erika')), undefined)
  assert.equal(await throttle.check(db, createBrowsersKey(user.id)), undefined)
  assert.equal(await lockout.findRefusal(db, user.id, 'totp'), undefined)
  const event = (await desk.listEvents()).at(-1)
  assert.partialDeepStrictEqual(event, {
    type: 'user_unlocked',
    userId: user.id,
    kinds: ['totp'],
    requests: 0,
    blockEnded: false,
  })
})

test('user unlock lifts the push block after a report only with --after-report', async (t) => {
  const desk = await openDesk(t)
  const findBlock = async () => (await desk.users.find(desk.db, desk.user.id))?.pushBlockedUntil
  const until = clock.now() + minutes(30)
  const ended = { username: 'Erika', kinds: [], requests: 0, blockEnded: true, blockedUntil: null }
  await desk.users.blockPush(desk.db, desk.user.id, until)
  const unlocked = await desk.einlass(['user', 'unlock', 'erika'])
  assert.equal(unlocked.code, 0)
  const said = `After a report no notification goes to the phones until ${new Date(until).toISOString()}.`
  assert.ok(unlocked.stdout.includes(said), unlocked.stdout)
  assert.match(unlocked.stdout, /user unlock Erika --after-report/)
  assert.equal(await findBlock(), until)
  const json = (await desk.einlass(['user', 'unlock', 'erika', '--json'])).json()
  assert.deepEqual(json, { ...ended, blockEnded: false, blockedUntil: until })
  const done = await desk.einlass(['user', 'unlock', 'erika', '--after-report', '--json'])
  assert.deepEqual(done.json(), ended)
  assert.equal(await findBlock(), null)
})

test('setting a password at the desk ends the wait for the next attempt', async (t) => {
  const desk = await openDesk(t)
  await desk.failUntilWait(createNameKey('erika'))
  const set = ['user', 'set-password', 'erika', '--password-stdin']
  const done = await desk.einlass(set, { stdin: 'correct horse battery staple\n' })
  assert.equal(done.code, 0, done.stderr)
  assert.equal(await desk.throttle.check(desk.db, createNameKey('erika')), undefined)
})

test('session list shows where a user is logged in, and session end ends one or all of them', async (t) => {
  const desk = await openDesk(t)
  const [first, second] = [await desk.logIn(), await desk.logIn()]
  const listed = await desk.einlass(['session', 'list', 'erika'])
  assert.match(listed.stdout, new RegExp(`${first}.*Firefox.*192\\.0\\.2\\.7`))
  const one = await desk.einlass(['session', 'end', 'erika', first])
  assert.equal(one.stdout, 'Sessions of Erika ended: 1.\n')
  assert.deepEqual(await desk.listSessions(), [second])
  const all = await desk.einlass(['session', 'end', 'erika', '--json'])
  assert.deepEqual(all.json(), { username: 'Erika', sessionsEnded: 1, apps: [] })
  assert.deepEqual(await desk.listSessions(), [])
  const ended = (await desk.listEvents()).filter(({ type }) => type === 'session_ended')
  assert.equal(ended.length, 2)
  for (const event of ended) assert.match(JSON.stringify(event), /ended_by_admin.*|"by":"cli:/)
  assert.match((await desk.einlass(['session', 'list', 'erika'])).stdout, /No live session/)
})

test('session list shows the apps of each session, and session end says which apps stay open', async (t) => {
  const desk = await openDesk(t)
  const add = (id: string, ...options: string[]) =>
    desk.einlass(['app', 'add', id, '--name', id.toUpperCase(), ...options])
  const redirect = ['--redirect-uri', 'https://wiki.example/callback']
  await add('wiki', ...redirect, '--backchannel-logout-uri', 'https://wiki.example/logout')
  await add('board', ...redirect)
  await add('mail', '--template', 'owa', '--url', 'https://mail.example')
  await add('intra', '--template', 'proxied', '--url', 'https://intra.example')
  const id = await desk.logIn()
  const enter = async (sessionId: string, appId: string) => {
    const one = { sessionId: sessionId as Id<'session'>, userId: desk.user.id, appId, data: {} }
    const times = { now: clock.now(), expiresAt: clock.now() + minutes(1) }
    await saveParticipant(desk.db, { ...one, protocol: 'oidc' }, times)
  }
  for (const app of ['wiki', 'board', 'mail', 'intra']) await enter(id, app)
  const listed = (await desk.einlass(['session', 'list', 'erika'])).stdout
  const [, apps = ''] = listed.match(/LEVEL +APPS\n.*acr:password +(.*)\n/) ?? []
  // Apps that were entered in the same millisecond have no order.
  assert.deepEqual(apps.split(' ').sort(), ['board', 'intra', 'mail', 'wiki'])
  const ended = await desk.einlass(['session', 'end', 'erika'])
  assert.deepEqual(ended.stdout.trim().split('\n'), [
    'Sessions of Erika ended: 1.',
    'Closed at the next request: INTRA.',
    'Notified by the server within a minute, and again for a day: WIKI.',
    'These apps stay open where the user has them open, until their own sessions end:',
    '  MAIL: hears of a logout only in the browser of the user, at a logout there',
    '  BOARD: has no address for logouts',
  ])
  await enter(await desk.logIn(), 'board')
  const disabled = await desk.einlass(['user', 'disable', 'erika', '--json'])
  assert.deepEqual((disabled.json() as { apps: unknown }).apps, [
    { id: 'board', hearsOfLogout: 'never' },
  ])
})

test('a session of another user and an unknown user are refused', async (t) => {
  const desk = await openDesk(t)
  await desk.users.create(desk.db, { username: 'otto', displayName: 'Otto', email: null })
  const id = await desk.logIn()
  const other = await desk.einlass(['session', 'end', 'otto', id])
  assert.deepEqual([other.code, other.stderr], [1, `otto has no session "${id}".\n`])
  assert.deepEqual(await desk.listSessions(), [id])
  for (const command of [
    ['session', 'list', 'nobody'],
    ['session', 'end', 'nobody'],
    ['user', 'unlock', 'nobody'],
  ]) {
    const refused = await desk.einlass(command)
    assert.deepEqual([refused.code, refused.stderr], [1, 'There is no user "nobody".\n'])
  }
})

test('why explains in sentences what happened to a login, and what prevents the user from logging in now', async (t) => {
  const desk = await openDesk(t)
  const { db, user, audit } = desk
  const userId = user.id
  const address = '192.0.2.7'
  const failed = { username: user.username, address, reason: 'throttled', times: 12 } as const
  await audit.record(db, loginEvents.failed, failed)
  await audit.record(db, factorEvents.failed, { userId, kind: 'totp', reason: 'wrong' })
  const sent = { userId, deviceId: 'dev_1', purpose: 'login' } as const
  await audit.record(db, pushEvents.sent, { ...sent, delivery: 'failed', provider: null })
  const dead = { delivery: 'gone', provider: 'fcm', reason: 'UNREGISTERED' }
  await audit.record(db, pushEvents.sent, { ...sent, ...dead })
  await audit.record(db, pushEvents.heldBack, { userId, reason: 'limit', until: 0 })
  await desk.users.blockPush(db, userId, clock.now() + minutes(15))
  await desk.failUntilWait(createNameKey('erika'))
  const { code, stdout, stderr } = await desk.einlass(['why', 'erika'], inUtc)
  assert.equal(code, 0, stderr)
  for (const sentence of [
    /not looked at, because too many were wrong before\. It came from 192\.0\.2\.7\. \(12 times\)/,
    /:\d\d {2}The password was right, but the second factor \(code app\) was wrong\./,
    /A notification to dev_1 was not sent, because no configured sender reaches its address\./,
    /refused by fcm, because the phone's address is dead\. It said: UNREGISTERED\./,
    /too many before it were not approved\. The next one could go out from 1970-01-01 00:00:00\./,
    /After wrong passwords the next attempt has to wait \d+ s\./,
    /After a report no notification goes to the phones until /,
    /The user has no second factor\./,
  ])
    assert.match(stdout, sentence)
  const earlier = await desk.einlass(['why', 'erika', '--at', '2020-01-01T08:30Z'], inUtc)
  assert.match(
    earlier.stdout,
    /around 2020-01-01T08:30Z \(times in UTC\):\nNothing is in the audit log\./,
  )
  const wrong = await desk.einlass(['why', 'erika', '--at', 'yesterday'])
  assert.deepEqual([wrong.code, /--at/.test(wrong.stderr)], [64, true])
  assert.equal((await desk.einlass(['why', 'nobody'])).code, 1)
})

test('why --at shows the events around that time, even if many later events exist', async (t) => {
  const { db, user, audit, einlass } = await openDesk(t)
  const facts = { userId: user.id, reason: 'wrong' } as const
  const then = createAudit({ keyring, clock: { now: () => Date.parse('2021-01-01T08:30Z') } })
  await then.record(db, factorEvents.failed, { ...facts, kind: 'totp' })
  await transact(db, async (tx) => {
    for (let n = 0; n < 200; n += 1)
      await audit.record(tx, factorEvents.failed, { ...facts, kind: 'push' })
  })
  const { stdout } = await einlass(['why', 'erika', '--at', '2021-01-01T08:30Z'], inUtc)
  assert.match(
    stdout,
    /08:30:00 {2}The password was right, but the second factor \(code app\) was wrong\./,
  )
})
