/**
 * A first second factor under each rule (A55): a thief who knows the password tries every app, the own pages and the links of
 * others, and the owner goes on with what the rule asks for.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { findNumber, findUri, openTab, type Tab } from '../../dev/test-support/tab.ts'
import type { FirstFactorRule } from '../../identity/policy/policy.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyView } from '../engine/view.ts'
import { openPasses } from '../factors/index.ts'

const withOffice = configSchema.parse({
  authenticator: { enabled: true },
  networks: [
    { name: 'Zentrale', ranges: ['192.0.2.0/24'], enrolment: true },
    { name: 'Gäste', ranges: ['198.51.100.0/24'] },
  ],
  ...{ push: { senders: { http: { allowed_origins: ['http://phones.example'] } } } },
})

const elsewhere = { ...office, address: '203.0.113.9', place: undefined }
const guests = { ...office, address: '198.51.100.9', place: 'Gäste' }

/** Erika has no second factor. The app `vault` has the rule, the app `wiki` none of its own. */
async function setUp(db: Database, firstFactor: FirstFactorRule) {
  const login = createTestLogin(db, { config: withOffice })
  const lax = { secondFactor: 'optional', skips: 9, decline: true } as const
  await login.addApp('wiki', lax)
  await login.addApp('vault', { ...lax, firstFactor })
  const { id: userId } = await login.addUser('erika')
  const { authenticators } = login.factors
  const passes = openPasses({
    ...login,
    db,
    config: withOffice,
    authenticators,
    hasher: instantHasher,
  })
  const { invitations } = login.factors.first
  return {
    login,
    userId,
    passes,
    openElsewhere: (name = 'browser') => openTab(login, elsewhere, name),
    async invite(name = 'erika', lifetime = hours(24)): Promise<string> {
      const user = await login.users.findByName(db, name)
      assert.ok(user)
      const expiresAt = login.clock.now() + lifetime
      const one = { userId: user.id, channel: 'paper', createdBy: 'cli:alice', expiresAt } as const
      const [token = ''] = await invitations.create(db, [one])
      return sha256(token)
    },
    listKinds: async () => (await authenticators.list(db, userId)).map(({ kind }) => kind),
    /** Scans the QR code of the page and approves the first request. */
    async connect(tab: Tab, name = 'Pixel'): Promise<JourneyView> {
      const phone = login.createPhone(name)
      await phone.scan(findUri(await tab.answer({ action: 'register' })))
      await tab.look()
      await login.settle()
      const number = findNumber(await tab.look())
      await phone.answer(0, () => number)
      return await tab.look()
    },
  }
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const titleOf = (view: JourneyView) => (view.type === 'page' ? view.form.title.key : view.type)
const leadOf = (view: JourneyView) => (view.type === 'page' ? view.form.lead?.key : undefined)
const noticesOf = (view: JourneyView) =>
  view.type === 'page'
    ? view.form.prompts.flatMap((one) => (one.type === 'notice' ? [one.text.key] : []))
    : []
const optionsOf = (view: JourneyView) =>
  view.type === 'page'
    ? view.form.prompts.flatMap((one) =>
        one.type === 'choice' ? one.options.map(({ value }) => value) : [],
      )
    : []
const strict = ['network', 'invitation', 'pass'] as const

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(
    say('A55: under each rule, the password alone binds nothing, whichever app a thief chooses'),
    async (t) => {
      for (const rule of strict) {
        const { db } = await engine.open(t)
        const scene = await setUp(db, rule)
        for (const appId of ['wiki', 'vault', undefined]) {
          const thief = scene.openElsewhere(`thief at ${appId}`)
          const page = await thief.begin({ username: 'erika', ...(appId && { appId }) })
          assert.deepEqual([titleOf(page), leadOf(page)], ['first.title', `first.${rule}`])
          assert.deepEqual(optionsOf(page), [
            'pass',
            ...['skip', ...(appId === undefined ? [] : ['decline'])],
          ])
          for (const action of ['register', 'totp', 'passkey', 'authenticator', 'get-app'])
            assert.equal(titleOf(await thief.answer({ action })), 'first.title', action)
        }
        assert.deepEqual(await scene.listKinds(), [])
      }
    },
  )

  test(say('A55: a thief who skips finds no other way in on the own pages'), async (t) => {
    for (const rule of strict) {
      const { db } = await engine.open(t)
      const scene = await setUp(db, rule)
      const thief = scene.openElsewhere()
      await thief.begin({ username: 'erika', appId: 'wiki' })
      const done = await thief.answer({ action: 'skip' })
      assert.equal(done.type, 'finished')
      const session = await scene.login.sessions.find(done.token)
      const inside = openTab(scene.login, { ...elsewhere, session })
      for (const kind of ['push', 'totp', 'passkey', 'authenticator', 'recovery'] as const) {
        const page = await inside.enrol(kind)
        assert.equal(titleOf(page), 'first.title', `${rule} ${kind}`)
      }
      assert.deepEqual(await scene.listKinds(), [])
    }
  })

  test(say('the rule password changes nothing, and no rule is the same'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, 'password')
    const tab = scene.openElsewhere()
    assert.equal(titleOf(await tab.begin({ username: 'erika', appId: 'vault' })), 'choice.title')
    assert.equal(stepOf(await scene.connect(tab)), 'second-factor/done')
    assert.deepEqual(await scene.listKinds(), ['push'])
  })

  test(
    say(
      'A55: in a network that is named for it a user goes on as before, and elsewhere nobody does',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'network')
      const guest = openTab(scene.login, guests, 'guest')
      assert.equal(titleOf(await guest.begin({ username: 'erika', appId: 'wiki' })), 'first.title')
      const tab = openTab(scene.login)
      assert.equal(titleOf(await tab.begin({ username: 'erika', appId: 'wiki' })), 'choice.title')
      assert.equal(stepOf(await scene.connect(tab)), 'second-factor/done')
      assert.deepEqual(await scene.listKinds(), ['push'])
    },
  )

  test(
    say('A55: a page that was opened in the network binds nothing after its browser has left it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'network')
      const tab = openTab(scene.login)
      await tab.begin({ username: 'erika', appId: 'wiki' })
      const phone = scene.login.createPhone('Pixel')
      await phone.scan(findUri(await tab.answer({ action: 'register' })))
      await tab.look()
      await scene.login.settle()
      const number = findNumber(await tab.look())
      await phone.answer(0, () => number)
      assert.notEqual(stepOf(await tab.look(elsewhere)), 'second-factor/done')
      const usable = await scene.login.factors.authenticators.list(db, scene.userId)
      assert.deepEqual(
        usable.filter(({ state }) => state === 'usable'),
        [],
      )
    },
  )

  test(
    say('A55: an invitation lets its own user go on after the password, once, and is noted'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'invitation')
      const invitation = await scene.invite()
      const wrong = scene.openElsewhere('wrong')
      const refused = await wrong.begin({ username: 'erika', password: 'guess', invitation })
      assert.equal(stepOf(refused), 'password/check')
      const tab = scene.openElsewhere()
      const page = await tab.begin({ username: 'erika', invitation })
      assert.equal(titleOf(page), 'choice.title')
      assert.equal(stepOf(await scene.connect(tab)), 'second-factor/done')
      assert.deepEqual(await scene.listKinds(), ['push'])
      const [row] = await scene.login.factors.first.invitations.list(db, scene.userId)
      assert.equal(row?.used_at, scene.login.clock.now())
      const used = await db
        .selectFrom('audit_events')
        .select('type')
        .where('type', '=', 'enrolment_invitation_used')
        .execute()
      assert.equal(used.length, 1)
      // With its help, the link begins nothing more: the phone is asked for.
      const again = await scene.openElsewhere('again').begin({ username: 'erika', invitation })
      assert.equal(stepOf(again), 'push/confirm')
    },
  )

  test(
    say("A55: a replaced, ended, old or another user's invitation binds nothing and says so"),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'invitation')
      const { invitations } = scene.login.factors.first
      await scene.login.addUser('max')
      const [replaced, short] = [await scene.invite(), await scene.invite('erika', hours(1))]
      const ofMax = await scene.invite('max')
      scene.login.pass(hours(2))
      const ended = await scene.invite()
      await invitations.end(db, scene.userId)
      for (const [invitation, said] of [
        [replaced, 'first.invitation.over'],
        [short, 'first.invitation.over'],
        [ended, 'first.invitation.over'],
        [sha256('never made'), 'first.invitation.over'],
        [ofMax, 'first.invitation.other_person'],
      ] as const) {
        const tab = scene.openElsewhere(invitation)
        const page = await tab.begin({ username: 'erika', invitation })
        assert.deepEqual([titleOf(page), noticesOf(page)], ['first.title', [said]])
        assert.equal(titleOf(await tab.answer({ action: 'register' })), 'first.title')
      }
      assert.deepEqual(await scene.listKinds(), [])
      const max = await scene.openElsewhere('max').begin({ username: 'max', invitation: ofMax })
      assert.equal(titleOf(max), 'choice.title')
    },
  )

  test(
    say(
      'A55: of two browsers with one invitation, the later one verifies what the first has bound',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'invitation')
      const invitation = await scene.invite()
      const [first, later] = [scene.openElsewhere('first'), scene.openElsewhere('later')]
      await later.begin({ username: 'erika', invitation })
      assert.equal(stepOf(await later.answer({ action: 'totp' })), 'totp/enrol')
      await first.begin({ username: 'erika', invitation })
      assert.equal(stepOf(await scene.connect(first)), 'second-factor/done')
      assert.equal(
        stepOf(await later.answer({ code: '123456', action: 'connect' })),
        'push/confirm',
      )
      assert.deepEqual(await scene.listKinds(), ['push'])
    },
  )

  test(say('A55: an invitation that is ended while its page is open binds nothing'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, 'invitation')
    const tab = scene.openElsewhere()
    await tab.begin({ username: 'erika', invitation: await scene.invite() })
    const phone = scene.login.createPhone('Pixel')
    await phone.scan(findUri(await tab.answer({ action: 'register' })))
    await tab.look()
    await scene.login.settle()
    const number = findNumber(await tab.look())
    await phone.answer(0, () => number)
    await scene.login.factors.first.invitations.end(db, scene.userId)
    assert.notEqual(stepOf(await tab.look()), 'second-factor/done')
    const usable = await scene.login.factors.authenticators.list(db, scene.userId)
    assert.deepEqual(
      usable.filter(({ state }) => state === 'usable'),
      [],
    )
  })

  test(
    say('A55: a code from the service desk leads to the enrolment, under every rule'),
    async (t) => {
      for (const rule of strict) {
        const { db } = await engine.open(t)
        const scene = await setUp(db, rule)
        const tab = scene.openElsewhere()
        await tab.begin({ username: 'erika', appId: 'vault' })
        const { code } = await scene.passes.issue(alice, 'erika', order)
        assert.equal(stepOf(await tab.answer({ action: 'pass' })), 'desk-pass/confirm')
        const page = await tab.answer({ code, action: 'confirm' })
        assert.equal(titleOf(page), 'choice.title', rule)
        assert.equal(stepOf(await scene.connect(tab)), 'second-factor/done')
        assert.deepEqual(await scene.listKinds(), ['push'])
      }
    },
  )

  test(
    say(
      'A55: recovery codes that the password alone has made are no proof, and go with the first factor',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, 'pass')
      const { store } = scene.login.factors.recovery
      await store.add(db, scene.userId, await store.prepare(['AAAAA-AAAAA-AAAAA']))
      const tab = scene.openElsewhere()
      await tab.begin({ username: 'erika', appId: 'vault' })
      await tab.answer({ action: 'pass' })
      const other = await tab.answer({ action: 'other' })
      if (optionsOf(other).includes('recovery')) await tab.answer({ action: 'recovery' })
      const page = await tab.answer({ code: 'AAAAA-AAAAA-AAAAA', action: 'confirm' })
      assert.notEqual(titleOf(page), 'choice.title')
      assert.notEqual(stepOf(page), 'finished')
      const owner = scene.openElsewhere('owner')
      await owner.begin({ username: 'erika', appId: 'vault' })
      const { code } = await scene.passes.issue(alice, 'erika', order)
      await owner.answer({ action: 'pass' })
      const offer = await owner.answer({ code, action: 'confirm' })
      assert.equal(titleOf(offer), 'choice.title')
      await scene.connect(owner)
      assert.deepEqual(await scene.listKinds(), ['push'])
    },
  )
})
