/** `einlass why`: what prevents a user from logging in now, and what the service desk can do. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { testKeyring as keyring } from '../dev/test-support/keyring.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { loginEvents } from '../identity/audit/login-events.ts'
import { openDirectory } from '../identity/users/directories.ts'
import { createOutageRecords } from '../identity/users/outage-records.ts'
import { createUsers } from '../identity/users/users.ts'
import { entryEvents } from '../login/decision/events.ts'
import { openPasses } from '../login/factors/index.ts'
import { noteFactorsLost } from '../login/factors/lost-factors.ts'
import { configSchema } from '../platform/config/schema.ts'
import { systemClock as clock, hours, minutes } from '../platform/kernel/clock.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { openFactorParts } from './factor-parts.ts'

const alice = { type: 'administrator', name: 'cli:alice', person: 'alice' } as const

/** In these tests no authenticator was enrolled with a pass. */
const none = { list: async () => [], remove: async () => undefined }

async function openDesk(t: TestContext) {
  const terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const users = createUsers({ clock, random })
  const { id: userId } = await users.create(db, { username: 'erika', displayName: 'Erika' })
  const parts = openFactorParts(
    configSchema.parse({ key_file: join(terminal.folder, 'einlass.key') }),
    db,
    () => {},
  )
  return {
    ...terminal,
    db,
    userId,
    passes: openPasses({
      ...parts,
      users,
      authenticators: none,
      directory: openDirectory({ ...parts, users }),
    }),
    /** Returns the part of the output below *Now*. */
    async explain(env: Record<string, string> = {}): Promise<string> {
      const { code, stdout, stderr } = await terminal.einlass(['why', 'erika'], { env })
      assert.equal(code, 0, stderr)
      return stdout.slice(stdout.indexOf('Now:\n') + 5)
    },
    async addCodeApp() {
      await db
        .insertInto('totp_authenticators')
        .values({
          ...{ id: 'otp_1', user_id: userId, name: 'Old phone', secret_sealed: 'sealed' },
          ...{ algorithm: 'SHA1', digits: 6, period: 30, last_counter: 0, status: 'active' },
          ...{ created_at: 1, last_used_at: null },
        })
        .execute()
    },
  }
}

test('why lists a mail that a server refused, with its address, and omits a mail that arrived', async (t) => {
  const desk = await openDesk(t)
  const at = Date.parse('2026-11-28T18:35:40Z')
  const mail = {
    ...{ user_id: desk.userId, recipient: 'erika@example.org', due_at: at, attempts: 1 },
    ...{ recipient_name: null, subject: null, text_body: null, html_body: null, body_sealed: null },
    ...{ useless_at: null, kind: 'password_set' },
  }
  await desk.db
    .insertInto('mail_queue')
    .values([
      {
        ...{ ...mail, id: 'mai_1', message_id: '<1@example.org>', created_at: at },
        ...{ status: 'failed', finished_at: at, reason: 'RCPT TO 550 5.1.1' },
      },
      {
        ...{ ...mail, id: 'mai_2', message_id: '<2@example.org>', created_at: at + 60_000 },
        ...{ status: 'waiting', finished_at: null, reason: 'RCPT TO 451 4.2.1' },
      },
      {
        ...{ ...mail, id: 'mai_3', message_id: '<3@example.org>', created_at: at + 120_000 },
        ...{ status: 'sent', finished_at: at, reason: null },
      },
    ])
    .execute()
  const said = await desk.explain({ EINLASS_TIME_ZONE: 'Europe/Berlin' })
  const lines = said.split('\n').filter((line) => line.startsWith('A mail'))
  assert.deepEqual(lines, [
    'A mail to erika@example.org (password_set, 2026-11-28 19:36) did not arrive and is tried again: RCPT TO 451 4.2.1.',
    'A mail to erika@example.org (password_set, 2026-11-28 19:35) did not arrive and was given up: RCPT TO 550 5.1.1.',
  ])
})

test('all times of why are those of the configured zone, and a time given to it as well', async (t) => {
  const { db, userId, einlass } = await openDesk(t)
  const env = { EINLASS_TIME_ZONE: 'Asia/Kolkata' }
  const begunAt = Date.parse('2026-12-03T18:40:00Z')
  const late = { now: () => begunAt + hours(1) }
  const abandoned = { userId, reason: 'expired', begunAt } as const
  await createAudit({ keyring, clock: late }).record(db, loginEvents.abandoned, abandoned)
  await createAudit({ keyring, clock: late }).record(db, loginEvents.failed, {
    ...{ username: 'erika', address: null, reason: 'locked', until: begunAt + hours(2) },
  })
  const { stdout } = await einlass(['why', 'erika', '--at', '2026-12-04T01:10'], { env })
  const lines = stdout.split('\n')
  assert.match(lines[0] ?? '', /\(times in Asia\/Kolkata\):$/)
  assert.match(lines[1] ?? '', /^2026-12-04 01:10:00 {2}.*at 00:10, sign-in/)
  assert.match(lines[2] ?? '', /^2026-12-04 01:10:00 {2}.*until 2026-12-04 02:10:00\./)
  const wrong = await einlass(['why', 'erika', '--at', '01:10'], { env })
  assert.match(wrong.stderr, /a time such as 2026-11-27T08:30 in Asia\/Kolkata/)
})

test('why says when a directory did not answer, also to somebody without an attempt', async (t) => {
  const { db, einlass } = await openDesk(t)
  const clock = { time: Date.parse('2026-12-03T07:02:00Z'), now: () => clock.time }
  const outages = createOutageRecords({ db, clock, log })
  outages.noteAway('hr', 'ldap.example.org: ECONNREFUSED')
  clock.time += minutes(7)
  outages.noteBack('hr')
  clock.time += hours(16)
  outages.noteAway('office', undefined)
  await outages.settle()
  const explain = async (at: string) => {
    const env = { EINLASS_TIME_ZONE: 'Europe/Berlin' }
    return (await einlass(['why', 'erika', '--at', at], { env })).stdout.split('\n')[1]
  }
  assert.equal(
    await explain('2026-12-03T08:20'),
    '2026-12-03 08:02:00  The directory hr did not answer from 08:02 to 08:09 (ldap.example.org: ECONNREFUSED). Logins with a password from there may have failed.',
  )
  assert.equal(
    await explain('2026-12-04T09:00'),
    '2026-12-04 00:09:00  The directory office did not answer from 00:09 on, at least until 00:09. Logins with a password from there may have failed.',
  )
  assert.equal(await explain('2026-12-03T10:00'), 'Nothing is in the audit log.')
})

test('after a reset, why says that the password alone cannot enrol, and what the desk can do', async (t) => {
  const desk = await openDesk(t)
  assert.match(await desk.explain(), /no second factor\. The next login .* offers to set it up\./)
  await desk.addCodeApp()
  assert.equal(await desk.explain(), 'Nothing keeps the user from logging in.\n')
  await desk.einlass(['factor', 'reset', 'erika', 'totp', '--yes'])
  const neither = await desk.explain()
  assert.match(neither, /only after a recovery code or a pass, of which there is neither/)
  assert.match(neither, /einlass pass issue erika --reason TEXT/)
  await desk.passes.issue(alice, 'erika', { lifetime: hours(1), reason: 'phone stolen' })
  assert.match(await desk.explain(), /only after a fallback\. There is: code from the service desk/)
})

test('why names a pass request that waits for another operator', async (t) => {
  const desk = await openDesk(t)
  await noteFactorsLost(desk.db, desk.userId, clock.now())
  const order = { lifetime: hours(1), reason: 'phone stolen' }
  const { id } = await desk.passes.request(alice, 'erika', order)
  assert.match(await desk.explain(), new RegExp(`cli:alice has requested a pass.* approve ${id}`))
})

test('why names apps that require a higher level than the user can achieve, and what can change that', async (t) => {
  const desk = await openDesk(t)
  await desk.addCodeApp()
  const add = (id: string, ...rule: string[]) =>
    desk.einlass(['app', 'add', id, '--redirect-uri', `https://${id}.example/callback`, ...rule])
  await add('mail', '--second-factor', 'required')
  await add('wiki', '--second-factor', 'optional', '--level', 'phishing_resistant')
  assert.equal(await desk.explain(), 'Nothing keeps the user from logging in.\n')
  await add('vault', '--second-factor', 'required', '--level', 'phishing_resistant')
  const text = await desk.explain()
  assert.match(text, /^vault requires the level phishing-resistant, which nothing .* reaches\./)
  assert.match(text, /verifies what there is, and then has the user set up what does/)
  const bare = { EINLASS_PUBLIC_URL: 'http://192.0.2.1' }
  assert.match(await desk.explain(bare), /Nothing that is configured does, so nobody gets in there/)
})

test('why names apps that ask no phone of the user, as an approval alone is one factor', async (t) => {
  const desk = await openDesk(t)
  await desk.addCodeApp()
  await desk.einlass(['app', 'add', 'kiosk', '--ciba', '--second-factor', 'none'])
  assert.equal(await desk.explain(), 'Nothing keeps the user from logging in.\n')
  await desk.einlass(['app', 'add', 'till', '--ciba'])
  assert.match(await desk.explain(), /^till asks no phone of this user \(approval_is_one_factor\)/)
})

test('why names attributes that an app requires and the account lacks, with the command to add them', async (t) => {
  const desk = await openDesk(t)
  await desk.addCodeApp()
  const add = (...rule: string[]) =>
    desk.einlass(['app', 'add', 'owa', '--template', 'owa', '--url', 'https://m.example', ...rule])
  await add()
  const command = 'einlass user change erika --attribute upn=... --attribute sid=... mends it.'
  assert.equal(
    await desk.explain(),
    `Outlook gets no token for this user (missing_claim), as the account has no upn and no sid. ${command}\n`,
  )
  const change = ['user', 'change', 'erika', '--attribute']
  await desk.einlass([...change, 'upn=erika@example.org'])
  assert.match(
    await desk.explain(),
    /has no sid\. einlass user change erika --attribute sid=\.\.\. /,
  )
  await desk.einlass([...change, 'sid=S-1-5-21-1-2-3-1104'])
  assert.equal(await desk.explain(), 'Nothing keeps the user from logging in.\n')
  await desk.einlass(['user', 'change', 'erika', '--no-attribute', 'sid'])
  await desk.einlass(['app', 'change', 'owa', '--allowed-group', 'office'])
  const closed = await desk.explain()
  assert.match(closed, /may not enter/)
  assert.doesNotMatch(closed, /missing_claim/)
})

test('why names apps that the user may not enter, and the groups that may', async (t) => {
  const desk = await openDesk(t)
  await desk.addCodeApp()
  const add = (id: string, ...rule: string[]) =>
    desk.einlass(['app', 'add', id, '--redirect-uri', `https://${id}.example/callback`, ...rule])
  const level = ['--second-factor', 'required', '--level', 'phishing_resistant']
  await add('vault', ...level, '--allowed-group', 'board', '--allowed-group', 'office')
  const text = await desk.explain()
  assert.equal(
    text,
    'This user may not enter vault (only board, office), as they are in none of these groups.\n',
  )
  await desk.einlass(['user', 'group', 'add', 'erika', 'office'])
  assert.match(await desk.explain(), /^vault requires the level phishing-resistant/)
})

test('why names a phone that the configuration cannot reach, and a push limit until it is lifted', async (t) => {
  const desk = await openDesk(t)
  const { db, userId } = desk
  await db
    .insertInto('push_devices')
    .values({
      ...{ id: 'dev_1', user_id: userId, mechanism_uid: 'm', secret_sealed: 'sealed' },
      ...{ device_token: 't', device_type: 'android', communication_type: 'gcm' },
      ...{ device_name: 'Pixel', shows_numbers: 1, own_name: null, status: 'active' },
      ...{ created_at: 1, activated_at: 1, last_used_at: null, push_disabled_at: null },
      ...{ unreachable_told_at: null, kind_told_at: null },
    })
    .execute()
  assert.match(
    await desk.explain(),
    /Pixel \(push, dev_1\) cannot be used with this configuration: it needs .* no sender\./,
  )
  // There is a sender only for other phones; the address of this phone is valid.
  const env = { EINLASS_PUSH_SENDERS_HTTP_ALLOWED_ORIGINS: 'https://push.example' }
  assert.match(
    await desk.explain(env),
    /^No notification reaches Pixel \(push, dev_1\): no sender in push\.senders is for its app\./m,
  )
  const { stdout } = await desk.einlass(['factor', 'list', 'erika'], { env })
  assert.match(stdout, /Pixel .* no sender in push\.senders is for its app$/m)
  for (const n of [1, 2, 3]) {
    await db
      .insertInto('push_challenges')
      .values({
        ...{ message_id: `m${n}`, journey_hash: `j${n}`, user_id: userId, device_id: 'dev_1' },
        ...{ purpose: 'login', challenge: 'c', type: 'challenge', numbers: '1,2,3' },
        ...{ right_number: 1, status: 'denied', delivery: 'sent', created_at: clock.now() - n },
        ...{ expires_at: clock.now() + 1, answered_at: null, answer_hash: null },
        ...{ consumed_at: null, provider: null, handed_over_at: null, about: null },
        ...{ budget_key: 'network:of-somebody', cleared_at: null },
      })
      .execute()
  }
  const held = /from browsers in which the user has not logged in the next one goes .* after /
  const text = await desk.explain()
  assert.match(text, held)
  assert.doesNotMatch(text, /logged in before/)
  await desk.einlass(['user', 'unlock', 'erika'])
  assert.doesNotMatch(await desk.explain(), /Too many notifications/)
})

test('why shows a login refused by an app as refused, and names a login without a browser', async (t) => {
  const { db, userId, einlass } = await openDesk(t)
  const audit = createAudit({ keyring, clock })
  const login = {
    ...{ userId, sessionId: 'ses_1', appId: 'vault', acr: 'password', amr: ['pwd'] },
    ...{ notHigher: null, address: '192.0.2.1' },
  }
  await audit.record(db, loginEvents.succeeded, login)
  await audit.record(db, entryEvents.refused, { userId, appId: 'vault', times: 2 })
  const byApp = { ...login, appId: 'till', address: null, withoutBrowser: true } as const
  await audit.record(db, loginEvents.succeeded, byApp)
  const { stdout } = await einlass(['why', 'erika'])
  const said = stdout
    .split('\n')
    .flatMap((line) => /^[\d-]{10} [\d:]{8} {2}(.*)/.exec(line)?.[1] ?? [])
  assert.deepEqual(said, [
    'Logged in on the way to vault, from 192.0.2.1.',
    'Refused by vault: the login was right, but the user was in none of the groups that may enter. (2 times)',
    'Logged in without a browser: till asked for it, and it was approved on the phone.',
  ])
})
