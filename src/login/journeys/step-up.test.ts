// Confirmations beside a session: what is asked for, what a recovery code is worth there, and the ways out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountScene, createAccountScene, type Page } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { drawCodes } from '../factors/recovery/codes.ts'

const required: Policy = { secondFactor: 'required', skips: 0, decline: false }

/** Erika has a phone and recovery codes; the vault asks for a number, the wiki for any second factor. */
async function setUp(db: Database) {
  const scene = await createAccountScene(db, { config: { recovery_codes: 'account' } })
  await scene.addApp('wiki', required)
  const { app: vault } = await scene.addApp('vault', { ...required, level: 'number' })
  const phone = await scene.addPhone('phone')
  return { ...scene, vault, phone, codes: await addCodes(scene, db) }
}

async function addCodes({ factors, erika }: AccountScene, db: Database) {
  const { store } = factors.recovery
  const codes = drawCodes(systemRandom)
  const prepared = await store.prepare(codes)
  await db.transaction().execute((tx) => store.replace(tx, erika.id, prepared))
  return codes
}

const offers = ({ text }: Page, action: string) => text.includes(`value="${action}"`)

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(say('a step-up to a number takes no recovery code, so none is spent in vain'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const browser = await scene.loggedIn()
    const request = { appId: 'vault', returnTo: '/account', cancelTo: '/sso/oidc/a/cancel' }
    const page = await browser.open(`/login?continue=${scene.continuations.sign(request)}`)
    assert.match(page.text, /href="\/sso\/oidc\/a\/cancel"/)
    assert.match(page.text, /href="\/account\/authenticators"/)
    const waiting = await browser.answer(page, { action: 'begin' })
    assert.ok(offers(waiting, 'trouble'), 'the page of the phone')
    assert.equal(offers(waiting, 'other'), false)
    const same = await browser.answer(waiting, { action: 'other' })
    assert.ok(offers(same, 'trouble'), 'the page of the phone')
    const again = await browser.answer(same, { action: 'recovery' })
    assert.ok(offers(again, 'trouble'), 'the page of the phone')
  })

  test(say('a session whose first factor was removed is asked for a whole login'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const browser = await scene.loggedIn({ acr: acrPassword })
    const address = `/login?continue=${scene.continuations.sign({ appId: 'vault', returnTo: '/account' })}`
    assert.ok(offers(await browser.open(address), 'begin'))
    // As when the passkey that was the whole login is removed in the session.
    await db.updateTable('proofs').set({ session_id: null }).execute()
    const page = await browser.open(address)
    assert.equal(offers(page, 'begin'), false)
    assert.match(page.text, /name="password"/)
  })

  test(say('a step-up to possession takes one, and the app lets in'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const browser = await scene.loggedIn()
    const request = { appId: 'wiki', returnTo: '/account', cancelTo: '/sso/oidc/a/cancel' }
    const page = await browser.open(`/login?continue=${scene.continuations.sign(request)}`)
    assert.doesNotMatch(page.text, /href="\/account\/authenticators"/)
    const waiting = await browser.answer(page, { action: 'begin' })
    const other = await browser.answer(waiting, { action: 'other' })
    const asked = await browser.answer(other, { action: 'recovery' })
    const fresh = await browser.answer(asked, { code: `${scene.codes[0]}`, action: 'confirm' })
    await browser.answer(fresh, { action: 'next' })
    const session = await scene.sessions.find(browser.jar.get('einlass_session') ?? '')
    assert.equal(session?.acr, acrPossession)
  })

  test(
    say('beside a fresh login a recovery code is enough to replace what was lost'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      t.after(scene.settle)
      const browser = await scene.loggedIn({ acr: acrPassword })
      const path = `/account/authenticators/${scene.phone}/replace`
      const waiting = await browser.answer(await browser.open(path), { action: 'begin' })
      const other = await browser.answer(waiting, { action: 'other' })
      const asked = await browser.answer(other, { action: 'recovery' })
      const fresh = await browser.answer(asked, { code: `${scene.codes[0]}`, action: 'confirm' })
      await browser.answer(fresh, { action: 'next' })
      const replacing = await browser.open(path)
      assert.equal(offers(replacing, 'begin'), true)
      assert.doesNotMatch(replacing.text, /class="number"/)
    },
  )
})
