import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountScene, createAccountScene, type Page } from '../../test/support/account.ts'
import { codeAt, stepAt } from '../factors/totp/verify.ts'
import { acrPhishingResistant, acrPossession } from '../policy/assurance.ts'
import type { Policy } from '../policy/policy.ts'
import type { Database } from '../storage/database.ts'
import { onEachEngine } from '../storage/on-each-engine.ts'

/** Erika has a code app and a passkey; whoever tries has her password and the key of her code app. */
async function setUp(db: Database) {
  const scene = await createAccountScene(db, { config: { recovery_codes: 'off' } })
  const policy: Policy = {
    secondFactor: 'optional',
    level: 'phishing_resistant',
    skips: 0,
    decline: false,
  }
  const { app } = await scene.addApp('vault', policy)
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

onEachEngine((engine) => {
  test(`a wish in the address of a login does not get past an optional rule (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const wishes = { acrValues: [acrPossession] }
    const browser = scene.browser()
    const signed = scene.continuations.sign({ appId: 'vault', returnTo: '/account', ...wishes })
    const login = await browser.open(`/login?continue=${encodeURIComponent(signed)}`)
    const page = await browser.answer(login, {
      username: 'erika',
      password: 'password of erika',
      action: 'login',
    })
    assert.match(page.text, /name="credential"/)
    assert.equal(offers(page, 'other'), false)

    const decide = async (acr: string) => {
      const { jar } = await scene.loggedIn({ acr })
      const session = await scene.sessions.find(jar.get('einlass_session') ?? '')
      return await scene.gate.decide({ app: scene.app, session, returnTo: '/', ...wishes })
    }
    assert.equal((await decide(acrPossession)).type, 'login')
    assert.equal((await decide(acrPhishingResistant)).type, 'enter')
  })
})
