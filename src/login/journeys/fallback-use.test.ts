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
import type { Policy } from '../../identity/policy/policy.ts'
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
async function setUp(db: Database) {
  const login = createTestLogin(db, { config })
  await login.addApp('mail', plain)
  await login.addApp('vault', { ...plain, level: 'number' })
  const { id: userId } = await login.addUser('erika')
  const phone = login.createPhone('Old')
  await connectPhone(login, phone, { username: 'erika', appId: 'mail' })
  const { authenticators, recovery } = login.factors
  const codes = await recovery.store.prepare(written)
  await transact(db, (tx) => recovery.store.replace(tx, userId, codes))
  const passes = openPasses({ ...login, config, db, hasher: instantHasher })
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
    const code = await desk.issuePass()
    const { tab } = await desk.openTrouble('lost')
    await tab.answer({ action: 'pass' })
    let page = await tab.answer({ code, action: 'confirm' })
    if (page.type === 'page' && page.step === 'push/register') page = await tab.look()
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
    assert.equal(last.type, 'finished')
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
