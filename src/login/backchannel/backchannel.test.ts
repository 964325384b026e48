import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
  origin,
} from '../../dev/test-support/authenticator-scene.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScreenLock } from '../../dev/test-support/screen-lock.ts'
import { acrApproval, acrVerifiedCode } from '../../identity/policy/assurance.ts'
import type { AccountOutcome } from '../../identity/users/directory.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'

const byPassword = { secondFactor: 'none', skips: 0, decline: false } as const
const byTwoFactors = { ...byPassword, secondFactor: 'required', level: 'code' } as const

/** Erika with a phone, and apps whose rules are `none` and two factors. */
async function setUp(db: Database, hasLock = false) {
  const scene = createAuthenticatorScene(db)
  const { user, phone } = await enrolPhone(
    scene,
    'erika',
    hasLock ? createScreenLock({ rpId: 'login.example', origin }) : undefined,
  )
  await scene.addApp('till', byPassword)
  await scene.addApp('safe', byTwoFactors)
  scene.pass(minutes(1))
  return { scene, user, phone, ask: createAsk(scene, user.id) }
}

function createAsk({ apps, backchannel, clock, db }: AuthenticatorScene, userId: Id<'user'>) {
  let requests = 0
  return async (appId: string, message?: string) => {
    const app = await apps.find(db, appId)
    assert.ok(app)
    requests += 1
    const login = { app, userId, id: `request ${requests}` }
    const code = backchannel.drawCode()
    const expiresAt = clock.now() + seconds(150)
    const outcome = await backchannel.ask({ ...login, code, message, expiresAt })
    const made: string[] = []
    const finish = () =>
      backchannel.finish(login, async (_, session) => {
        made.push(session.acr, ...session.amr)
      })
    return { code, outcome, finish, made }
  }
}

function onEach(name: string, run: (db: Database, engine: Engine) => Promise<void>) {
  onEachEngine((engine) => {
    test(`${name} (${engine.name})`, async (t) => run((await engine.open(t)).db, engine))
  })
}

onEach('an approval without a screen lock is one factor, and below all levels', async (db) => {
  const { scene, user, phone, ask } = await setUp(db)
  const before = (await scene.sessions.listOf(user.id)).length
  const { code, outcome, finish, made } = await ask('till', 'Storno 4711')
  assert.equal(outcome, 'asked')
  assert.equal(await finish(), 'waiting')
  const fetched = await phone.fetch()
  assert.ok(fetched.type === 'done')
  const [request] = fetched.pending.requests
  assert.deepEqual(
    [request?.kind, request?.asks, request?.app, request?.purpose, request?.browser],
    ['login', 'app', 'till', 'Storno 4711', undefined],
  )
  assert.equal(await phone.approve(code), 'approved')
  assert.equal(await finish(), 'finished')
  assert.deepEqual(made, [acrApproval, 'swk', 'user'])
  assert.equal((await scene.sessions.listOf(user.id)).length, before + 1)
  const [succeeded] = (await scene.listAudit('login_succeeded')).slice(-1)
  assert.deepEqual([succeeded?.appId, succeeded?.acr], ['till', acrApproval])
  assert.equal(await finish(), 'waiting')
})

onEach(
  'an approval with a screen lock is two factors, and satisfies a rule that asks for two',
  async (db) => {
    const { phone, ask } = await setUp(db, true)
    const { code, outcome, finish, made } = await ask('safe')
    assert.equal(outcome, 'asked')
    assert.equal(await phone.approve(code), 'approved')
    assert.equal(await finish(), 'finished')
    assert.deepEqual(made, [acrVerifiedCode, 'swk', 'user', 'mfa'])
  },
)

onEach('a user whom the directory does not let in any more gets no session', async (db) => {
  const { scene, phone, ask } = await setUp(db)
  let account: AccountOutcome = { type: 'current' }
  Reflect.set(scene.directory, 'checkAccount', async () => account)
  const { code, outcome, finish, made } = await ask('till')
  assert.equal(outcome, 'asked')
  assert.equal(await phone.approve(code), 'approved')
  account = { type: 'unavailable' }
  assert.equal(await finish(), 'waiting')
  account = { type: 'refused', reason: 'disabled' }
  assert.equal(await finish(), 'refused')
  assert.deepEqual(made, [])
  assert.equal((await ask('till')).outcome, 'disabled')
})

onEach('where the approval would not be enough, no phone is asked', async (db) => {
  const { phone, ask } = await setUp(db)
  const { code, outcome, finish } = await ask('safe')
  assert.equal(outcome, 'approval_is_one_factor')
  assert.equal(await phone.approve(code), 'nothing')
  assert.equal(await finish(), 'waiting')
})

onEach(
  'the reason distinguishes a missing group from a phone whose level is too low',
  async (db) => {
    const { scene, ask } = await setUp(db, true)
    const policy = { ...byPassword, allowedGroups: ['board'] }
    await scene.apps.create(db, { id: 'board', name: 'Board', settings: { ciba: true }, policy })
    await scene.addApp('vault', { ...byTwoFactors, level: 'phishing_resistant' })
    assert.equal((await ask('board')).outcome, 'not_allowed')
    assert.equal((await ask('vault')).outcome, 'level_too_low')
  },
)

onEach(
  'A20: three wrong codes end the request and are counted as failures of the phone',
  async (db) => {
    const { scene, phone, ask } = await setUp(db)
    const { code, finish } = await ask('till')
    const wrong = code === '123456' ? '654321' : '123456'
    for (let i = 0; i < 3; i++) assert.equal(await phone.approve(wrong), 'wrong_code')
    assert.equal(await phone.approve(code), 'nothing')
    assert.equal(await finish(), 'denied')
    const failures = await db.selectFrom('factor_failures').select('failures').execute()
    assert.deepEqual(failures, [{ failures: 3 }])
    assert.deepEqual(scene.noticed.at(-1)?.kind, 'app_request_refused')
  },
)

onEach('a report on the phone ends the sessions and requires no password change', async (db) => {
  const { scene, user, phone, ask } = await setUp(db)
  const { finish } = await ask('till')
  assert.equal(await phone.answer({ decision: 'report' }), 'reported')
  assert.equal(await finish(), 'denied')
  const [reported] = (await scene.listAudit('not_me_reported')).slice(-1)
  assert.equal(reported?.passwordChangeRequired, false)
  assert.deepEqual(await scene.sessions.listOf(user.id), [])
  scene.pass(minutes(1))
  assert.equal((await ask('till')).outcome, 'blocked')
})

onEach(
  'A13: a request ends with the phone that it was sent to, and so does the session of an approval',
  async (db) => {
    const { scene, user, phone, ask } = await setUp(db)
    const listPhones = () => scene.factors.authenticators.list(db, user.id)
    const first = await ask('till')
    assert.equal(await phone.approve(first.code), 'approved')
    assert.equal(await first.finish(), 'finished')
    const before = (await scene.sessions.listOf(user.id)).length
    scene.pass(minutes(1))
    const waiting = await ask('till')
    assert.equal(waiting.outcome, 'asked')
    const [own] = await listPhones()
    assert.ok(own)
    await transact(db, (tx) =>
      scene.factors.authenticators.remove(tx, { userId: user.id, id: own.id }),
    )
    assert.equal(await phone.approve(waiting.code), 'ended')
    assert.equal(await waiting.finish(), 'waiting')
    assert.deepEqual(waiting.made, [])
    assert.equal((await ask('till')).outcome, 'no_phone')
    assert.ok((await scene.sessions.listOf(user.id)).length < before)
    const ended = await scene.listAudit('session_ended')
    assert.ok(ended.every(({ reason }) => reason === 'factor_removed'))
  },
)

onEach(
  'A3: when an app fetches the result many times at once, it gets the approval once',
  async (db) => {
    const { scene, user, phone, ask } = await setUp(db)
    const before = (await scene.sessions.listOf(user.id)).length
    const { code, finish } = await ask('till')
    await phone.approve(code)
    const outcomes = await Promise.all(Array.from({ length: 10 }, finish))
    assert.equal(outcomes.filter((one) => one === 'finished').length, 1)
    assert.ok(outcomes.every((one) => one === 'finished' || one === 'waiting'))
    assert.equal((await scene.sessions.listOf(user.id)).length, before + 1)
  },
)

onEach('an approval stays usable when writing its result fails', async (db) => {
  const { scene, user, phone, ask } = await setUp(db)
  const before = (await scene.sessions.listOf(user.id)).length
  const app = await scene.apps.find(db, 'till')
  assert.ok(app)
  const { code, finish } = await ask('till')
  await phone.approve(code)
  const failing = scene.backchannel.finish({ app, userId: user.id, id: 'request 1' }, async () => {
    throw new Error('the disk is full')
  })
  await assert.rejects(failing, /the disk is full/)
  assert.equal((await scene.sessions.listOf(user.id)).length, before)
  assert.equal(await finish(), 'finished')
})

onEach('a phone that is locked after too many failures is not asked', async (db) => {
  const { scene, user, ask } = await setUp(db)
  for (let i = 0; i < 100; i++) await scene.lockout.fail(db, user.id, 'authenticator')
  assert.equal((await ask('till')).outcome, 'off')
})

onEach('an unknown user name gets a new id each time, and no phone is asked', async (db) => {
  const { scene } = await setUp(db)
  const [one, other] = await Promise.all([1, 2].map(() => scene.backchannel.findPerson('nobody')))
  assert.ok(one && other && one !== other)
  const ask = createAsk(scene, one)
  const { outcome, finish } = await ask('till')
  assert.deepEqual([outcome, await finish()], ['unknown', 'waiting'])
})
