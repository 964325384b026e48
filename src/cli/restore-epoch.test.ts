/** A41 of the threats: what was issued before a backup is not valid after its restore, even if it was used in between. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRows as rows, testKeyring } from '../dev/test-support/keyring.ts'
import { type Engine, onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { goBack, rememberState } from '../dev/test-support/restored.ts'
import { createRegistrationTokens } from '../identity/apps/registration-tokens.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { readAudit } from '../identity/audit/chain.ts'
import { verifyAudit } from '../identity/audit/verify.ts'
import { createKnownBrowsers } from '../identity/limits/known-browsers.ts'
import type { Notice } from '../identity/notify/notice.ts'
import { createSessions } from '../identity/sessions/sessions.ts'
import type { Hasher } from '../identity/users/hasher.ts'
import type { User } from '../identity/users/user.ts'
import { createUsers } from '../identity/users/users.ts'
import { createDeskPassStore } from '../login/factors/desk-pass/store.ts'
import { createSealedChallenges } from '../login/factors/passkey/challenge.ts'
import { createPushChallengeStore } from '../login/factors/push/challenges.ts'
import { drawCodes } from '../login/factors/recovery/codes.ts'
import { createRecoveryStore } from '../login/factors/recovery/store.ts'
import { createSpentTickets } from '../login/factors/ticket/spent.ts'
import { createTotpStore } from '../login/factors/totp/store.ts'
import { stepAt } from '../login/factors/totp/verify.ts'
import { createNotMeLinks } from '../login/report/links.ts'
import { createResetLinks } from '../login/reset/links.ts'
import { type Clock, hours, minutes, seconds } from '../platform/kernel/clock.ts'
import { sha256 } from '../platform/kernel/crypto.ts'
import type { Id } from '../platform/kernel/ids.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import type { Database } from '../platform/storage/database.ts'
import { readEpoch } from '../platform/storage/epoch.ts'

const start = 1_800_000_000_000
const limits = { idle: hours(24), absolute: hours(48) }
const keys = [{ id: 'k', key: new Uint8Array(32).fill(7) }]
const hasher: Hasher = {
  hash: async (text) => sha256(text),
  waiting: () => 0,
  verify: async (hash, text) => ({ matches: hash === sha256(text) }),
}

/** A database with the user Erika, from which `restoreAfter` makes a backup and restores it. */
async function openScene(t: Parameters<Engine['openPlace']>[0], engine: Engine) {
  const { database, storage } = await engine.openPlace(t)
  const { db } = database
  const clock = { time: start, now: () => clock.time }
  const users = createUsers({ clock, random })
  const audit = createAudit({ clock, keyring: testKeyring })
  const noticed: { readonly notice: Notice; readonly userId: string }[] = []
  const notify = async (_: Database, notice: Notice, { userId }: { userId: string }) => {
    noticed.push({ notice, userId })
  }
  const user = await users.create(db, {
    username: 'erika',
    displayName: 'Erika',
    email: 'e@example.org',
  })
  return {
    db,
    clock,
    users,
    user,
    noticed,
    audit,
    /** Takes the backup, lets `spend` happen, and restores. */
    async restoreAfter(spend: () => Promise<unknown>) {
      const state = await rememberState(storage, clock)
      clock.time += minutes(1)
      await spend()
      return await goBack(state, { db, storage, clock, audit, notify })
    },
    openKeyring: async () => createKeyring({ keys, random, epoch: (await readEpoch(db))?.id }),
  }
}

const addDevice = async (db: Database, { id }: User) => {
  const device = {
    id: 'dev_1',
    user_id: id,
    mechanism_uid: 'uid',
    secret_sealed: 's',
    device_token: 't',
  }
  await db
    .insertInto('push_devices')
    .values({
      ...device,
      ...{ device_type: 'android', communication_type: 'gcm', device_name: null, shows_numbers: 1 },
      ...{
        own_name: null,
        codes_id: null,
        status: 'active',
        created_at: start,
        activated_at: start,
      },
      ...{
        last_used_at: null,
        push_disabled_at: null,
        unreachable_told_at: null,
        kind_told_at: null,
      },
    })
    .execute()
  return device.id as Id<'device'>
}

/** Adds an app behind a proxy and a grant of Erika for it. */
async function addGrant(db: Database, { clock, user }: { clock: Clock; user: User }) {
  const sessions = createSessions({ db, rows, clock, random, limits, log })
  const client = { address: '192.0.2.1', userAgent: null }
  const proof = { amr: ['pwd'], acr: 'urn:einlass:acr:password', authenticatedAt: start }
  const { id } = await sessions.create(db, { userId: user.id, client, ...proof })
  const app = { id: 'wiki', protocol: 'forward-auth', name: 'Wiki', settings: '{}', policy: '{}' }
  const more = { template: null, secret_sealed: null, created_at: start, updated_at: start }
  await db
    .insertInto('apps')
    .values({ ...app, ...more })
    .execute()
  const grant = { code_hash: 'code', token_hash: 'token', browser_hash: 'browser', facts: '{}' }
  const times = { decided_at: start, code_expires_at: start, expires_at: start + hours(9) }
  const of = { session_id: id, app_id: app.id, origin: 'https://wiki.example.org' }
  await db
    .insertInto('forward_auth_grants')
    .values({ ...grant, ...times, ...of })
    .execute()
}

onEachEngine((engine) => {
  test(`A41: sessions that were open or ended after the backup are ended after the restore (${engine.name})`, async (t) => {
    const { db, clock, user, restoreAfter } = await openScene(t, engine)
    const sessions = createSessions({ db, rows, clock, random, limits, log })
    const client = { address: '192.0.2.1', userAgent: null }
    const proof = { amr: ['pwd'], acr: 'urn:einlass:acr:password', authenticatedAt: start }
    const create = () => sessions.create(db, { userId: user.id, client, ...proof })
    const [ended, open] = [await create(), await create()]
    const { sessionsEnded } = await restoreAfter(() => sessions.end(db, ended.id, 'logout'))
    assert.equal(sessionsEnded, 2)
    for (const { token } of [ended, open]) assert.equal(await sessions.find(token), undefined)
    const events = (await readAudit(db, { limit: 10 })).filter(
      ({ type }) => type === 'session_ended',
    )
    assert.deepEqual(
      events.map(({ data }) => data.reason),
      ['restored', 'restored'],
    )
  })

  test(`A41: a restore invalidates all recovery codes and notifies their owner (${engine.name})`, async (t) => {
    const { db, clock, user, noticed, restoreAfter } = await openScene(t, engine)
    const store = createRecoveryStore({ clock, random, hasher })
    const codes = drawCodes(random)
    const [code = '', other = ''] = codes
    await store.replace(db, user.id, await store.prepare(codes))
    const spend = async () =>
      store.spend(db, (await store.find(db, user.id, code)) ?? assert.fail())
    await restoreAfter(async () => assert.ok(await spend()))
    for (const one of [code, other]) assert.equal(await store.find(db, user.id, one), undefined)
    assert.deepEqual(
      noticed.map(({ notice, userId }) => [notice.kind, userId]),
      [['recovery_codes_ended', user.id]],
    )
  })

  test(`A41: after a restore a used code of a code app is refused and a later code is accepted (${engine.name})`, async (t) => {
    const { db, clock, user, restoreAfter } = await openScene(t, engine)
    const store = createTotpStore({ clock, random, keyring: createKeyring({ keys, random }) })
    const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
    const id = store.newId()
    const app = { id, userId: user.id, name: 'App', secret: random.bytes(20), lastCounter: 0 }
    await store.addActive(db, { ...app, ...parameters })
    const step = () => stepAt(clock.now(), parameters)
    await restoreAfter(async () => assert.ok(await store.spend(db, id, step())))
    for (const used of [step() - 1, step(), step() + 1])
      assert.equal(await store.spend(db, id, used), false)
    clock.time += seconds(60)
    assert.equal(await store.spend(db, id, step()), true)
  })

  test(`A41: after a restore approved and pending push requests are spent (${engine.name})`, async (t) => {
    const { db, clock, user, restoreAfter } = await openScene(t, engine)
    const store = createPushChallengeStore({ clock, random, lifetime: minutes(2) })
    const deviceId = await addDevice(db, user)
    const draw = (journeyHash: string, purpose: 'login' | 'caller') =>
      store.draw({ userId: user.id, deviceId, type: 'challenge', journeyHash, purpose })
    const [approved, waiting] = [draw('one', 'login'), draw('two', 'caller')]
    const answer = { answer: 'approved', answerHash: 'hash' } as const
    await store.add(db, approved)
    await store.answer(db, approved, answer)
    await store.add(db, waiting)
    await restoreAfter(async () => undefined)
    assert.equal((await store.find(db, approved.messageId))?.consumedAt, clock.now())
    assert.equal(await store.answer(db, waiting, answer), false)
  })

  test(`A41: desk passes and links in mails are invalid after a restore (${engine.name})`, async (t) => {
    const { db, clock, users, user, restoreAfter } = await openScene(t, engine)
    const passes = createDeskPassStore({ clock, random, hasher })
    const pass = { userId: user.id, codeHash: sha256('code'), isSingleUse: true, reason: 'lost' }
    await passes.replace(db, { ...pass, issuedBy: 'cli:root', lifetime: hours(1) })
    const links = createResetLinks({ users, clock, random })
    const reset = await links.create(db, user, 'e@example.org')
    const hash = sha256(reset?.token ?? '')
    const notMe = createNotMeLinks({ clock, random })
    const path = await notMe.create(db, { userId: user.id, challengeId: 'one' })
    await restoreAfter(async () => assert.ok(await links.consume(db, hash)))
    assert.equal(await passes.find(db, user.id, 'code'), undefined)
    assert.equal(await links.findUser(db, hash), undefined)
    assert.equal((await notMe.find(db, path.replace('/not-me/', ''))).type, 'used')
  })

  test(`A41: a restore deletes refresh tokens, codes and the grants of apps behind proxies (${engine.name})`, async (t) => {
    const { db, clock, user, restoreAfter } = await openScene(t, engine)
    const record = { payload: '{}', grant_id: null, login_session: null, client_id: 'wiki' }
    const models = [
      'RefreshToken',
      'AuthorizationCode',
      'AccessToken',
      'Session',
      'ReplayDetection',
    ]
    const rows = models.map((model) => ({
      ...record,
      model,
      id: model,
      expires_at: null,
      consumed_at: null,
    }))
    await db.insertInto('oidc_records').values(rows).execute()
    await addGrant(db, { clock, user })
    await restoreAfter(() => db.updateTable('oidc_records').set({ consumed_at: 1 }).execute())
    const left = await db.selectFrom('oidc_records').select('model').execute()
    assert.deepEqual(left, [{ model: 'ReplayDetection' }])
    assert.deepEqual(await db.selectFrom('forward_auth_grants').selectAll().execute(), [])
  })

  test(`A41: a restore deletes the mails that wait in the backup, and keeps the records of sent mails (${engine.name})`, async (t) => {
    const { db, user, restoreAfter } = await openScene(t, engine)
    const mail = { kind: 'device_removed', user_id: user.id, recipient: 'e@example.org' }
    const times = { created_at: start, due_at: start, finished_at: null, reason: null }
    const rows = (['waiting', 'sent'] as const).map((status) => ({
      ...{ id: status, message_id: status, status, attempts: 0, ...mail, ...times },
      ...{ recipient_name: null, subject: 's', text_body: 't', html_body: 'h' },
    }))
    await db.insertInto('mail_queue').values(rows).execute()
    await restoreAfter(async () => undefined)
    const left = await db.selectFrom('mail_queue').select('status').execute()
    assert.deepEqual(left, [{ status: 'sent' }])
  })

  test(`A41: after a restore a used registration token cannot be used again (${engine.name})`, async (t) => {
    const { db, clock, restoreAfter } = await openScene(t, engine)
    const tokens = createRegistrationTokens({ clock, random })
    const wanted = { name: 'one', uses: 1, lifetime: hours(1), policy: {}, terms: {} }
    const { token } = await tokens.issue(db, wanted, 'cli:root')
    await restoreAfter(async () => assert.ok(await tokens.spend(db, token.id)))
    assert.equal(await tokens.spend(db, token.id), false)
  })

  test(`A41: after a restore a remembered browser is unknown and an earlier passkey challenge is closed (${engine.name})`, async (t) => {
    const { user, clock, openKeyring, restoreAfter } = await openScene(t, engine)
    const openBrowsers = async () =>
      createKnownBrowsers({ random, key: (await openKeyring()).deriveInEpoch('known browsers') })
    const openChallenges = async () => {
      const key = (await openKeyring()).deriveInEpoch('passkey challenges')
      return createSealedChallenges({ clock, random, key })
    }
    const person = { ...user, knownBrowserFailures: 0 }
    const cookie = (await openBrowsers()).remember(undefined, user)
    const challenge = (await openChallenges()).issue('browser')
    assert.ok((await openBrowsers()).keyFor(cookie, person)?.isOwn)
    assert.ok((await openChallenges()).isOpen(challenge, 'browser'))
    await restoreAfter(async () => undefined)
    assert.equal((await openBrowsers()).keyFor(cookie, person), undefined)
    assert.equal((await openChallenges()).isOpen(challenge, 'browser'), false)
  })

  test(`A41: after a restore Kerberos tickets are refused until all earlier tickets are too old (${engine.name})`, async (t) => {
    const { db, clock, restoreAfter } = await openScene(t, engine)
    const spent = createSpentTickets({ clock })
    await restoreAfter(async () => assert.ok(await spent.spend(db, 'shown')))
    assert.equal(await spent.spend(db, 'shown'), false)
    clock.time += minutes(16)
    assert.equal(await spent.spend(db, 'another'), true)
  })

  test(`A41: a restore ends open logins and writes an event with which the audit log verifies (${engine.name})`, async (t) => {
    const { db, clock, audit, user, restoreAfter } = await openScene(t, engine)
    const journey = {
      id_hash: 'j',
      kind: 'login',
      version: 1,
      step: 's',
      state: '{}',
      browser_hash: 'b',
    }
    const ends = {
      created_at: start,
      expires_at: start + hours(1),
      finished_at: null,
      session_id: null,
    }
    await db
      .insertInto('journeys')
      .values({ ...journey, ...ends, user_id: user.id, end_reason: null })
      .execute()
    const before = { type: 'before', describe: undefined }
    await audit.record(db, before, {})
    const backupAt = clock.now()
    const { epoch } = await restoreAfter(() => audit.record(db, before, { lost: true }))
    const [row] = await db.selectFrom('journeys').select(['finished_at', 'end_reason']).execute()
    assert.deepEqual(row, { finished_at: clock.now(), end_reason: 'restored' })
    const events = await readAudit(db, { limit: 10 })
    assert.deepEqual(
      events.map(({ type }) => type),
      ['before', 'database_restored'],
    )
    assert.deepEqual(events[1]?.data, { epoch: epoch.id, backupAt, by: 'cli:root' })
    assert.deepEqual(await verifyAudit(db, testKeyring), { type: 'intact', events: 2 })
    assert.deepEqual(await readEpoch(db), epoch)
  })
})
