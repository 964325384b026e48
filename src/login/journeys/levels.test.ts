import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountScene, createAccountScene, type Page } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrPhishingResistant, acrPossession } from '../../identity/policy/assurance.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { FactorKind } from '../factors/index.ts'
import { failureLimit } from '../factors/lockout.ts'
import { drawCodes } from '../factors/recovery/codes.ts'
import { codeAt, stepAt } from '../factors/totp/verify.ts'

/** Erika has a code app and a passkey; the attacker has her password and the key of her code app. */
async function setUp(db: Database, config = { recovery_codes: 'off' }) {
  const scene = await createAccountScene(db, { config })
  const policy: Policy = { secondFactor: 'optional', skips: 3, decline: true }
  await scene.addApp('wiki', policy)
  const { app } = await scene.addApp('vault', { ...policy, level: 'phishing_resistant' })
  await addPasskey(scene, db)
  return { ...scene, app, code: await addCodeApp(scene, db) }
}

async function addCodeApp({ factors, erika, clock }: AccountScene, db: Database) {
  const { store } = factors.totp
  const id = store.newId()
  await store.add(db, { id, userId: erika.id, name: 'Code app' })
  await store.activate(db, id, 1)
  return async () => {
    const app = await store.find(db, id)
    assert.ok(app)
    return codeAt(app.secret(), stepAt(clock.now(), app), app)
  }
}

async function addPasskey({ factors, erika }: AccountScene, db: Database) {
  const { store } = factors.passkey
  const id = store.newId()
  await store.add(db, {
    id,
    userId: erika.id,
    name: 'Key',
    credentialId: 'a2V5',
    publicKey: new Uint8Array(8),
    signCount: 0,
    isBackupEligible: false,
    isBackedUp: false,
    isUserVerified: true,
    transports: [],
  })
  return id
}

const offers = (page: Page, action: string) => page.text.includes(`value="${action}"`)

const titleOf = ({ text }: Page) => /<h1[^>]*>([^<]*)/.exec(text)?.[1]?.trim()

/** The page after the password, in a login for this request. */
async function afterPassword(scene: AccountScene, request: JourneyRequest) {
  const browser = scene.browser()
  const path = `/login?continue=${encodeURIComponent(scene.continuations.sign(request))}`
  const fields = { username: 'erika', password: 'password of erika', action: 'login' }
  return { browser, page: await browser.answer(await browser.open(path), fields) }
}

async function turnOff({ factors, erika, pass }: AccountScene, db: Database, kind: FactorKind) {
  await db.transaction().execute(async (tx) => {
    for (let i = 0; i < failureLimit; i++) await factors.lockout.fail(tx, erika.id, kind)
  })
  pass(minutes(15))
}

onEachEngine((engine) => {
  test(`a level that the address of a login asks for does not lower the level of an optional rule (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const wish = { returnTo: '/account', acrValues: [acrPossession] }
    const { page } = await afterPassword(scene, { appId: 'vault', ...wish })
    assert.match(page.text, /name="credential"/)
    assert.equal(offers(page, 'other'), false)

    const decide = async (acr: string) => {
      const { jar } = await scene.loggedIn({ acr })
      const session = await scene.sessions.find(jar.get('einlass_session') ?? '')
      return await scene.gate.decide({ app: scene.app, session, ...wish })
    }
    assert.equal((await decide(acrPossession)).type, 'login')
    assert.equal((await decide(acrPhishingResistant)).type, 'enter')
  })

  test(`A20: a code app does not replace a locked passkey where the passkey is required (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    await turnOff(scene, db, 'passkey')
    const { page } = await afterPassword(scene, { appId: 'vault', returnTo: '/account' })
    assert.equal(titleOf(page), 'Your second factor is locked')

    const { browser, page: wiki } = await afterPassword(scene, { appId: 'wiki', returnTo: '/' })
    await browser.answer(wiki, { code: await scene.code(), action: 'confirm' })
    const session = await scene.sessions.find(browser.jar.get('einlass_session') ?? '')
    assert.ok(session, 'where the code app was enough, it still is')
    assert.equal(session.acr, acrPossession)
    const request = { app: scene.app, session, returnTo: '/' }
    assert.equal((await scene.gate.decide(request)).type, 'login')
    assert.equal(await scene.freshLogin.isFresh(db, session), false)
    const add = await browser.open('/account/authenticators/add/push')
    const asked = await browser.answer(add, { action: 'begin' })
    assert.equal(titleOf(asked), 'Confirm with your passkey', 'the code app is not enough')
  })

  test(`A20: a recovery code stands in for a locked passkey and leads to the enrolment of a new one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { recovery_codes: 'account' })
    t.after(scene.settle)
    await turnOff(scene, db, 'passkey')
    const { store } = scene.factors.recovery
    const codes = drawCodes(systemRandom)
    const prepared = await store.prepare(codes)
    await db.transaction().execute((tx) => store.replace(tx, scene.erika.id, prepared))

    const { browser, page } = await afterPassword(scene, { appId: 'vault', returnTo: '/account' })
    assert.equal(titleOf(page), 'Recovery code')
    const fresh = await browser.answer(page, { code: `${codes[0]}`, action: 'confirm' })
    const offer = await browser.answer(fresh, { action: 'next' })
    assert.equal(offers(offer, 'passkey'), true)
    for (const weaker of ['totp', 'register', 'skip', 'decline']) {
      assert.equal(offers(offer, weaker), false, weaker)
    }
  })

  test(`a user who cancels at the second factor or at the choice of a factor has no session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const request = { appId: 'wiki', returnTo: '/account' }
    const atFactor = await afterPassword(scene, request)
    const { browser, page } = await afterPassword(scene, request)
    const atChoice = { browser, page: await browser.answer(page, { action: 'other' }) }
    assert.ok(offers(atChoice.page, 'totp') && offers(atChoice.page, 'passkey'))
    for (const one of [atFactor, atChoice]) {
      const left = await one.browser.answer(one.page, { action: 'cancel' })
      assert.match(left.text, /name="password"/)
      assert.equal(one.browser.jar.get('einlass_session'), undefined)
    }
  })
})
