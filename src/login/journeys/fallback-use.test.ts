/** A pass and a recovery code where an app requires more than they are worth: none of them is spent in vain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import {
  connectPhone,
  findNumber,
  findUri,
  listPrompts,
  openTab,
} from '../../dev/test-support/tab.ts'
import { readAudit } from '../../identity/audit/chain.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { explainPassUse, findPassUse } from '../decision/pass-use.ts'
import { createLoginReferences } from '../engine/references.ts'
import type { JourneyView } from '../engine/view.ts'
import { openPasses } from '../factors/index.ts'

const written = ['0000000000000000', '1111111111111111']
const plain: Policy = { secondFactor: 'required', skips: 0, decline: false }
const vault = { username: 'erika', appId: 'vault' }

/** Erika has a phone and codes on paper; the app `vault` requires a number. */
async function setUp(db: Database, pass: 'once' | 'hours' = 'once') {
  const login = createTestLogin(db, { config })
  await login.addApp('mail', plain)
  await login.addApp('vault', { ...plain, level: 'number' })
  const { id: userId } = await login.addUser('erika')
  const phone = login.createPhone('Old')
  await connectPhone(login, phone, { username: 'erika', appId: 'mail' })
  const { authenticators, recovery } = login.factors
  const codes = await recovery.store.prepare(written)
  await transact(db, (tx) => recovery.store.replace(tx, userId, codes))
  login.clock.pass(minutes(1))
  const passes = openPasses({
    ...{ ...login, db, authenticators, hasher: instantHasher },
    config: { ...config, service_desk: { ...config.service_desk, pass } },
  })
  return {
    login,
    userId,
    phone,
    /** A tab on the page for a phone that is not at hand, of which this was said. */
    async openTrouble(reason: 'away' | 'lost' | 'renewed', appId = 'vault') {
      const tab = openTab(login)
      await tab.begin({ ...vault, appId })
      await tab.answer({ action: 'trouble' })
      return { tab, page: await tab.answer({ action: reason }) }
    },
    passes,
    listPhones: async () =>
      (await authenticators.list(db, userId)).filter(({ kind }) => kind === 'push'),
    issuePass: async () => (await passes.issue(alice, 'erika', order)).code,
    async isPassValid() {
      return (await passes.list(alice, 'erika'))[0]?.state === 'valid'
    },
    async explain(page: JourneyView) {
      const desk = listPrompts(page).find((one) => one.type === 'desk')
      const reference = desk?.type === 'desk' ? desk.reference : ''
      const found = await findPassUse(
        {
          db,
          references: createLoginReferences(login),
          journeys: login.journeys,
          authenticators,
          requirements: login.factors.second.requirements,
        },
        reference,
      )
      return found && { ...found, text: explainPassUse(found) }
    },
  }
}

/** A person with a pass, or a liar, says that the phone is lost and connects another one. */
async function enrolWithPass(
  desk: Awaited<ReturnType<typeof setUp>>,
  given?: string,
): Promise<JourneyView> {
  const code = given ?? (await desk.issuePass())
  desk.login.clock.pass(1000)
  const { tab } = await desk.openTrouble('lost')
  await tab.answer({ action: 'pass' })
  const page = await tab.answer({ code, action: 'confirm' })
  const next = desk.login.createPhone('New')
  const uri = listActions(page).includes('register')
    ? await tab.answer({ action: 'register' })
    : page
  assert.equal(await next.scan(findUri(uri)), true)
  await tab.look()
  await desk.login.settle()
  const number = findNumber(await tab.look())
  await next.answer(0, () => number)
  let last = await tab.look()
  for (let pages = 0; last.type === 'page' && pages < 3; pages += 1)
    last = await tab.answer({ action: 'left' })
  return last
}

const listActions = (view: JourneyView) =>
  listPrompts(view).flatMap((one) =>
    one.type === 'choice' ? one.options.map(({ value }) => value) : [],
  )

const listTexts = (view: JourneyView) =>
  listPrompts(view).flatMap((one) =>
    one.type === 'paragraph' || one.type === 'notice' ? [one.text.key] : [],
  )

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say(
      'a phone at home: neither code nor pass is offered where they let nobody in, and the page says so',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db)
      await desk.issuePass()
      const { tab, page } = await desk.openTrouble('away')
      assert.deepEqual(listActions(page), ['again', 'back'])
      assert.deepEqual(listTexts(page), ['trouble.away.strong'])
      assert.ok(listPrompts(page).some(({ type }) => type === 'desk'))
      for (const action of ['pass', 'desk-pass', 'recovery', 'other'])
        assert.deepEqual(listActions(await tab.answer({ action })), ['again', 'back'], action)
      const soft = await desk.openTrouble('away', 'mail')
      assert.deepEqual(listActions(soft.page), ['desk-pass', 'recovery', 'back'])
    },
  )

  test(
    say('the desk reads before it issues a pass what it would do, and what helps'),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db)
      const away = await desk.explain((await desk.openTrouble('away')).page)
      assert.deepEqual([away?.use, away?.app], ['nothing', 'vault'])
      assert.match(`${away?.text}`, /vault requires the level number.*would let nobody in/s)
      const lost = await desk.explain((await desk.openTrouble('lost')).page)
      assert.equal(lost?.use, 'enrols')
      assert.match(`${lost?.text}`, /enrols a new phone or key with it/)
      const mail = await desk.explain((await desk.openTrouble('away', 'mail')).page)
      assert.deepEqual([mail?.use, mail?.text], ['enters', undefined])
    },
  )

  test(say('a lost phone: the pass enrols another one, and that lets in'), async (t) => {
    const { db } = await engine.open(t)
    const desk = await setUp(db)
    assert.equal((await enrolWithPass(desk)).type, 'finished')
  })

  test(
    say(
      'A53: a pass that went to a liar is revoked with the phone that it enrolled, and what rests on that',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db)
      const view = await enrolWithPass(desk)
      assert.ok(view.type === 'finished')
      const listNames = async () => (await desk.listPhones()).map(({ name }) => name)
      assert.deepEqual(await listNames(), ['New'])
      const first = await desk.passes.revoke(alice, 'erika')
      assert.deepEqual(
        first.enrolments.map(({ kind, name }) => [kind, name]),
        [['push', 'New']],
      )
      assert.deepEqual([first.isRemoved, first.sessionsEnded], [false, 1])
      assert.deepEqual(await listNames(), ['New'])
      const gone = await desk.passes.revoke(alice, 'erika', { withEnrolments: true })
      assert.equal(gone.isRemoved, true)
      assert.deepEqual(await listNames(), [])
      assert.equal(await desk.login.sessions.find(view.token), undefined)
      const events = await readAudit(db, { limit: 200 })
      const last = events.find(
        ({ type, data }) => type === 'desk_pass_revoked' && data.enrolmentsRemoved,
      )
      assert.partialDeepStrictEqual(last?.data, { by: alice.name, enrolmentsRemoved: 1 })
      const again = openTab(desk.login)
      const page = await again.begin(vault)
      assert.ok(!listActions(page).includes('register'), 'the password alone enrols nothing')
    },
  )

  test(
    say(
      'A53: what the first use of a pass enrolled is listed, also when only a later use of it is left in the sessions',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db, 'hours')
      const code = await desk.issuePass()
      await enrolWithPass(desk, code)
      desk.login.clock.pass(hours(1))
      const { tab } = await desk.openTrouble('away', 'mail')
      await tab.answer({ action: 'pass' })
      await tab.answer({ code, action: 'confirm' })
      assert.equal((await desk.passes.list(alice, 'erika'))[0]?.lastUsedAt, desk.login.clock.now())
      // Those of sessions that are over are removed.
      await db.deleteFrom('proofs').execute()
      const revoked = await desk.passes.revoke(alice, 'erika', { withEnrolments: true })
      assert.deepEqual(
        [revoked.enrolments.map(({ name }) => name), revoked.isRemoved],
        [['New'], true],
      )
      assert.deepEqual(await desk.listPhones(), [])
    },
  )

  test(say('what was enrolled before a pass was used is no part of its revocation'), async (t) => {
    const { db } = await engine.open(t)
    const desk = await setUp(db)
    await desk.issuePass()
    desk.login.clock.pass(1000)
    const result = await desk.passes.revoke(alice, 'erika', { withEnrolments: true })
    assert.deepEqual([result.revoked, result.enrolments, result.isRemoved], [true, [], false])
    assert.equal((await desk.listPhones()).length, 1)
  })

  test(
    say('a code is not spent on a page that was opened before the app required more'),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db)
      const code = await desk.issuePass()
      const tab = openTab(desk.login)
      await tab.begin({ username: 'erika', appId: 'mail' })
      await tab.answer({ action: 'other' })
      await tab.answer({ action: 'desk-pass' })
      await desk.login.apps.change(db, 'mail', { policy: { ...plain, level: 'number' } })
      const page = await tab.answer({ code, action: 'confirm' })
      assert.deepEqual(listTexts(page), ['code.too_little'])
      assert.deepEqual(listActions(page), ['other', 'cancel'])
      assert.equal(await desk.isPassValid(), true)
      assert.ok(!listActions(await tab.answer({ action: 'other' })).includes('desk-pass'))
    },
  )

  test(
    say(
      'after a code in place of a phone that no message reaches, the question says what the login goes on to require',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const desk = await setUp(db)
      await db.updateTable('push_devices').set({ push_disabled_at: 1 }).execute()
      const tab = openTab(desk.login)
      await tab.begin(vault)
      await tab.answer({ action: 'recovery' })
      const asked = await tab.answer({ code: written[0] ?? '', action: 'confirm' })
      const [first] = listPrompts(asked).flatMap((one) =>
        one.type === 'choice' ? one.options : [],
      )
      assert.deepEqual([first?.value, first?.hint?.key], ['home', 'missing.home.hint.asked'])
    },
  )
})
