// Ways around a lost phone, walked by people who are not its owner (A53), and the one way that its owner has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin } from '../dev/test-support/login.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import type { Administrator } from '../identity/operations/actor.ts'
import type { Policy } from '../identity/policy/policy.ts'
import { addToGroup, listGroups } from '../identity/users/groups.ts'
import type { Config } from '../platform/config/schema.ts'
import { hours } from '../platform/kernel/clock.ts'
import type { Database } from '../platform/storage/database.ts'
import type { Answers, ClientFacts } from './engine/step.ts'
import type { JourneyView } from './engine/view.ts'
import { createAuthenticatorAdministration } from './factors/authenticator-operations.ts'
import { openPasses } from './factors/index.ts'

const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: undefined,
  userAgent: undefined,
  language: 'de',
  session: undefined,
}
const required: Policy = { secondFactor: 'required', skips: 0, decline: false }
const rules: Readonly<Record<string, Policy>> = {
  required,
  soft: { secondFactor: 'required', skips: 3, decline: false },
  optional: { secondFactor: 'optional', skips: 3, decline: true },
  strong: { ...required, level: 'phishing_resistant' },
}
const alice: Administrator = { type: 'administrator', name: 'cli:root,sudo:alice', person: 'alice' }
const bob: Administrator = { type: 'administrator', name: 'cli:bob', person: 'bob' }
const root: Administrator = { type: 'administrator', name: 'cli:root' }
const order = { lifetime: hours(8), reason: 'lost phone, recognised by voice' }

async function setUp(db: Database, desk: Partial<Config['service_desk']> = {}) {
  const configured = { ...config, service_desk: { ...config.service_desk, ...desk } }
  const login = createTestLogin(db, { config: configured })
  for (const [id, policy] of Object.entries(rules)) await login.addApp(id, policy)
  const { id: userId } = await login.addUser('erika')
  const { authenticators } = login.factors
  const admin = createAuthenticatorAdministration({
    ...login,
    db,
    authenticators,
    lockout: login.lockout,
  })
  const passes = openPasses({
    ...login,
    config: configured,
    db,
    listGroups,
    hasher: {
      hash: async (code) => `hash of ${code}`,
      waiting: () => 0,
      verify: async () => ({ matches: false }),
    },
  })

  /** A browser that knows Erika's password and goes to this app. */
  async function enter(appId: string) {
    const answers = { username: 'erika', password: 'password of erika' }
    const browserToken = `browser for ${appId}`
    const request = { returnTo: '/', appId }
    let view: JourneyView = await login.engine.begin(
      { kind: 'login', request, browserToken, answers },
      client,
    )
    const journeyId = view.type === 'moved' ? view.journeyId : ''
    const look = async () => {
      if (view.type === 'moved') view = await login.engine.look({ journeyId, browserToken }, client)
      return view
    }
    await look()
    return {
      where: () => (view.type === 'page' ? view.step : view.type),
      title: () => (view.type === 'page' ? view.form.title.key : ''),
      error: () => (view.type === 'page' ? view.formError?.title.key : undefined),
      options: () =>
        view.type === 'page'
          ? view.form.prompts.flatMap((one) =>
              one.type === 'choice' ? one.options.map(({ value }) => value) : [],
            )
          : [],
      async submit(given: Answers) {
        if (view.type !== 'page') throw new Error(`no page but ${view.type}`)
        const { version } = view
        view = await login.engine.submit(
          { journeyId, browserToken },
          { version, answers: given },
          client,
        )
        await look()
      },
    }
  }

  return {
    login,
    userId,
    passes,
    enter,
    addPhone: () =>
      db
        .insertInto('totp_authenticators')
        .values({
          id: 'otp_old',
          user_id: userId,
          name: 'Old phone',
          secret_sealed: 'sealed',
          algorithm: 'SHA1',
          digits: 6,
          period: 30,
          last_counter: 0,
          status: 'active',
          created_at: 1,
          last_used_at: null,
        })
        .execute(),
    addCodes: () =>
      db
        .insertInto('recovery_codes')
        .values({
          id: 'rec_a',
          user_id: userId,
          prefix: 'AB',
          code_hash: 'hash of ABCDEFGHJKMNPQRS',
          created_at: 1,
          used_at: null,
        })
        .execute(),
    reset: (withFallbacks = false) =>
      admin.reset(alice, 'erika', { kind: 'totp', withFallbacks, endsAll: false }),
    countSessions: async () => (await db.selectFrom('sessions').select('id').execute()).length,
    countAuthenticators: async () => (await authenticators.list(db, userId)).length,
    skipsUsed: async () => (await login.factors.choices.find(db, userId)).skipsUsed,
  }
}

/** What a thief tries on any page. */
const tries: readonly Answers[] = [
  ...[
    'register',
    'totp',
    'passkey',
    'skip',
    'decline',
    'later',
    'recovery',
    'desk-pass',
    'retry',
    'other',
    'next',
    'enrol',
  ].map((action) => ({ action })),
  { code: '000000000000', action: 'confirm' },
]

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(
    say('A53: after a reset the password alone opens and enrols nothing, under every rule'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      assert.equal((await scene.reset()).needsPass, true)
      for (const rule of Object.keys(rules)) {
        for (const attempt of tries) {
          const thief = await scene.enter(rule)
          assert.equal(thief.title(), 'factor.all_removed.title', rule)
          await thief.submit(attempt)
          assert.equal(
            thief.title(),
            'factor.all_removed.title',
            `${rule} ${JSON.stringify(attempt)}`,
          )
        }
      }
      assert.equal(await scene.countSessions(), 0)
      assert.equal(await scene.countAuthenticators(), 0)
      assert.equal(await scene.skipsUsed(), 0)
    },
  )

  test(
    say('A53: the password and the mail box are not enough either: no mail has a code'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const digits = code.replaceAll(' ', '')
      assert.match(digits, /^\d{12}$/)
      const mails = JSON.stringify(scene.login.noticed)
      assert.match(mails, /desk_pass_issued/)
      for (const secret of [code, digits, digits.slice(0, 6)]) assert.ok(!mails.includes(secret))
      const events = JSON.stringify(await db.selectFrom('audit_events').selectAll().execute())
      assert.ok(!events.includes(digits) && !events.includes(code))
      const thief = await scene.enter('required')
      assert.equal(thief.where(), 'desk-pass/confirm')
      await thief.submit({ code: '000 000 000 000', action: 'confirm' })
      assert.deepEqual(
        [thief.where(), thief.error()],
        ['desk-pass/confirm', 'desk_pass.wrong.title'],
      )
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(
    say('A53: wrong passes make the next try wait, in every login of this person'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      for (let at = 0; at < 5; at++) {
        const thief = await scene.enter('required')
        await thief.submit({ code: `00000000000${at}`, action: 'confirm' })
        assert.equal(thief.error(), 'desk_pass.wrong.title')
      }
      const thief = await scene.enter('required')
      await thief.submit({ code, action: 'confirm' })
      assert.equal(thief.error(), 'factor.wait.title')
      scene.login.pass(hours(1))
      const erika = await scene.enter('required')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
    },
  )

  test(
    say('A53: a caller who lies gets nothing of a guarded group from one operator'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { two_people_groups: ['board'] })
      await addToGroup(db, scene.userId, 'board')
      await scene.addPhone()
      const { passes } = scene
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'not_allowed' })
      const { id } = await passes.request(alice, 'erika', order)
      await assert.rejects(passes.approve(alice, id), { code: 'not_allowed' })
      const aliceAtHerDesk = { ...alice, name: 'cli:alice' }
      await assert.rejects(passes.approve(aliceAtHerDesk, id), { code: 'not_allowed' })
      await assert.rejects(passes.approve(root, id), { code: 'not_allowed' })
      await assert.rejects(passes.request(root, 'erika', order), { code: 'not_allowed' })
      await assert.rejects(passes.approve(bob, 'AAAA-AAAA'), { code: 'not_found' })
      assert.deepEqual(await passes.list(alice, 'erika'), [])
      assert.deepEqual(scene.login.noticed, [])
    },
  )

  test(say('A53: of two approvals at once one is printed, and none an hour later'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { two_people_groups: ['board'] })
    await addToGroup(db, scene.userId, 'board')
    const { passes } = scene
    const { id } = await passes.request(alice, 'erika', order)
    const asTyped = id.toLowerCase().replace('-', ' ')
    const both = await Promise.allSettled([passes.approve(bob, asTyped), passes.approve(bob, id)])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await passes.list(bob, 'erika')).length, 1)
    const late = await passes.request(alice, 'erika', order)
    scene.login.pass(hours(1))
    await assert.rejects(passes.approve(bob, late.id), { code: 'not_found' })
  })

  test(
    say('A53: a pass without the password, of another person or of yesterday opens nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.login.addUser('max')
      await scene.addPhone()
      await scene.reset()
      const ofMax = await scene.passes.issue(alice, 'max', order)
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const thief = await scene.enter('required')
      await thief.submit({ code: ofMax.code, action: 'confirm' })
      assert.equal(thief.error(), 'desk_pass.wrong.title')
      scene.login.pass(hours(8))
      const late = await scene.enter('required')
      assert.equal(late.title(), 'factor.all_removed.title')
      await late.submit({ code, action: 'confirm' })
      assert.equal(late.title(), 'factor.all_removed.title')
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(say('A53: a pass that was revoked ends what it opened'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.addPhone()
    const { code } = await scene.passes.issue(alice, 'erika', order)
    const liar = await scene.enter('required')
    await liar.submit({ action: 'other' })
    await liar.submit({ action: 'desk-pass' })
    await liar.submit({ code, action: 'confirm' })
    assert.equal(await scene.countSessions(), 1)
    const { revoked, sessionsEnded } = await scene.passes.revoke(bob, 'erika')
    assert.deepEqual([revoked, sessionsEnded], [false, 1])
    const live = await db
      .selectFrom('sessions')
      .select('id')
      .where('ended_at', 'is', null)
      .execute()
    assert.deepEqual(live, [])
  })

  test(
    say('a page that waits for a pass goes on with it, offers a new factor, and takes "later"'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      await scene.reset()
      const erika = await scene.enter('required')
      await erika.submit({ action: 'retry' })
      assert.equal(erika.error(), 'factor.still_nothing.title')
      const { code } = await scene.passes.issue(alice, 'erika', order)
      await erika.submit({ action: 'retry' })
      assert.equal(erika.where(), 'desk-pass/confirm')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.ok(erika.options().includes('later'))
      assert.ok(!erika.options().includes('skip'))
      await erika.submit({ action: 'later' })
      assert.equal(erika.where(), 'finished')
      assert.equal(await scene.skipsUsed(), 0)
      const [session] = await db.selectFrom('sessions').selectAll().execute()
      assert.equal(session?.acr, 'urn:einlass:acr:possession')
      assert.equal((await scene.enter('required')).title(), 'factor.all_removed.title')
      const [pass] = await scene.passes.list(alice, 'erika')
      assert.equal(pass?.state, 'used')
    },
  )

  test(
    say('where a stronger factor is required, a pass leads to its enrolment and not past it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const erika = await scene.enter('strong')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.deepEqual(erika.options(), ['passkey'])
      await erika.submit({ action: 'later' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(
    say('recovery codes survive a reset and are asked for, unless they were removed with it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.addPhone()
      await scene.addCodes()
      await scene.reset()
      assert.equal((await scene.enter('required')).where(), 'recovery/confirm')
      await scene.addPhone()
      await scene.reset(true)
      assert.equal((await scene.enter('required')).title(), 'factor.all_removed.title')
    },
  )

  test(
    say('in the hours of a pass it lets in again and again, where this is configured'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { pass: 'hours' })
      await scene.addPhone()
      const { code, isSingleUse } = await scene.passes.issue(alice, 'erika', order)
      assert.equal(isSingleUse, false)
      for (const at of [1, 2]) {
        const erika = await scene.enter('required')
        await erika.submit({ action: 'other' })
        await erika.submit({ action: 'desk-pass' })
        await erika.submit({ code: code.replaceAll(' ', '-'), action: 'confirm' })
        assert.equal(erika.where(), 'finished')
        assert.equal(await scene.countSessions(), at)
      }
      const [session] = await db.selectFrom('sessions').select('amr').execute()
      assert.equal(session?.amr, '["pwd","mfa"]')
      scene.login.pass(hours(8))
      const late = await scene.enter('required')
      assert.ok(!late.options().includes('other'))
    },
  )

  test(say('the first enrolment ever asks for no pass'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    assert.equal((await scene.enter('required')).where(), 'second-factor/offer')
    assert.equal((await scene.reset()).needsPass, false)
    assert.equal((await scene.enter('required')).where(), 'second-factor/offer')
  })
})
