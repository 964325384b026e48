// The screen lock of a phone verifies its owner: its level, the requests that need it, and attacks on it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerRequest } from '#authenticator-device'
import {
  createAuthenticatorScene,
  enrolPhone,
  origin,
  peer,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import type { Twist } from '../../../dev/test-support/passkey-authenticator.ts'
import { createPlainKey } from '../../../dev/test-support/plain-device.ts'
import { createScreenLock } from '../../../dev/test-support/screen-lock.ts'
import { acrCode, acrVerifiedCode } from '../../../identity/policy/assurance.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { createServerKey } from './server-keys.ts'

const site = { rpId: 'login.example', origin }
const prf = () => new Uint8Array(32).fill(7)
const verifiedOnly: Policy = {
  ...{ secondFactor: 'required', level: 'verified_code', skips: 0, decline: false },
}

/** A phone with a screen lock that works, and a login that waits for it. */
async function setStage(db: Database, secret?: Uint8Array<ArrayBuffer>) {
  const scene = createAuthenticatorScene(db)
  const lock = createScreenLock(site, secret)
  const enrolled = await enrolPhone(scene, 'erika', lock)
  scene.pass(minutes(1))
  const openLogin = (browser = 'another') => scene.openBrowser('erika', browser)
  return { ...enrolled, scene, lock, openLogin }
}

/** A phone without a screen lock, which was used last. */
async function addPhoneWithout({ db, stores }: Stage, userId: Id<'user'>): Promise<void> {
  const [answer, reader, server] = [createPlainKey(), createPlainKey(), await createServerKey()]
  const id = await stores.devices.add(db, {
    ...{ userId, name: 'Ohne', platform: 'android', subscription: undefined, codesId: null },
    ...{ answerJwk: answer.jwk, answerKey: answer.thumbprint, readerJwk: reader.jwk },
    ...{ serverJwk: server.jwk, serverKey: () => server.bytes, credential: undefined },
  })
  await stores.devices.activate(db, id)
  await stores.devices.noteUse(db, id)
}
type Stage = Pick<ReturnType<typeof createAuthenticatorScene>, 'stores'> & { readonly db: Database }

onEachEngine((engine) => {
  test(`a phone whose screen lock verifies its owner achieves a higher level than a phone without (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, phone, lock, openLogin } = await setStage(db)
    const [own] = await scene.factors.authenticators.list(db, user.id)
    assert.equal(own?.level, acrVerifiedCode)
    const browser = await openLogin()
    const fetched = await phone.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.requests[0]?.verification, 'required')
    lock.isRefused = true
    assert.equal(await phone.approve(browser.code()), 'not_verified')
    lock.isRefused = false
    assert.equal(await phone.approve(browser.code()), 'approved')
    const end = await browser.look()
    const session = end.type === 'finished' ? await scene.sessions.find(end.token) : undefined
    assert.equal(session?.acr, acrVerifiedCode)
    assert.deepEqual(session?.amr, ['pwd', 'swk', 'user', 'mfa'])

    const without = await enrolPhone(scene, 'max')
    const [other] = await scene.factors.authenticators.list(db, without.user.id)
    assert.equal(other?.level, acrCode)
  })

  test(`a denial and a report need no screen lock, unless it wraps the key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { phone, lock, openLogin, scene } = await setStage(db)
    await openLogin()
    lock.isRefused = true
    assert.equal(await phone.answer({ decision: 'deny' }), 'denied')
    scene.pass(minutes(1))
    await openLogin('next')
    assert.equal(await phone.answer({ decision: 'report' }), 'reported')
    const wrapping = createScreenLock(site, prf())
    const wrapped = await enrolPhone(scene, 'max', wrapping)
    scene.pass(minutes(1))
    await scene.openBrowser('max', 'another')
    wrapping.isRefused = true
    for (const decision of ['deny', 'report'] as const)
      assert.equal(await wrapped.phone.answer({ decision }), 'not_verified')
    wrapping.isRefused = false
    assert.equal(await wrapped.phone.answer({ decision: 'deny' }), 'denied')
  })

  test(`if the rule requires a screen lock, only a phone with one is enrolled and asked (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const user = await scene.addPerson()
    await scene.addApp('bank', verifiedOnly)
    const browser = await scene.openBrowser('erika', 'one', { appId: 'bank' })
    await browser.submit('authenticator')
    assert.equal((await scene.createPhone().enrol(browser.link())).type, 'malformed')
    const phone = scene.createPhone('Mit', createScreenLock(site))
    assert.equal((await phone.enrol(browser.link())).type, 'done')
    await browser.look()
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type === 'page' && browser.step(), 'second-factor/done')

    scene.pass(1000)
    await addPhoneWithout({ ...scene, db }, user.id)
    scene.pass(minutes(1))
    const next = await scene.openBrowser('erika', 'two', { appId: 'bank' })
    assert.equal(next.step(), 'authenticator/confirm')
    assert.equal((await scene.findChallenge((await phone.account()).id)).verification, 'required')
    assert.equal(await phone.approve(next.code()), 'approved')
    assert.equal((await next.look()).type, 'finished')
  })

  test(`A42: an approval without a verification for exactly this answer is refused, and uses up no attempt (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, phone, lock, openLogin, id } = await setStage(db)
    const browser = await openLogin()
    const twists: Readonly<Record<string, Twist>> = {
      'another challenge': { challenge: Buffer.alloc(32, 1).toString('base64url') },
      'another origin': { origin: peer },
      'another host': { rpId: 'evil.example' },
      'a new credential': { type: 'webauthn.create' },
      'a frame of another site': { crossOrigin: true },
      'nobody there': { isPresent: false },
      'nobody verified': { isVerified: false },
      'another credential': { credentialId: Buffer.alloc(32, 2).toString('base64url') },
      'another key': { key: createPlainKey().key },
      'copied meanwhile': { isBackupEligible: true, isBackedUp: true },
    }
    for (const [name, twist] of Object.entries(twists)) {
      lock.twist = twist
      assert.equal(await phone.approve(browser.code()), 'not_verified', name)
    }
    lock.twist = {}
    const wrong = browser.code() === '000000' ? '000001' : '000000'
    lock.twist = { isVerified: false }
    assert.equal(await phone.approve(wrong), 'not_verified')
    assert.equal((await scene.findChallenge(id)).triesLeft, 3)
    lock.twist = {}
    assert.equal(await phone.approve(browser.code()), 'approved')
  })

  test(`A42: a phone is enrolled only with a credential that a verified owner made for this link (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const lock = createScreenLock(site)
    for (const twist of [
      { challenge: Buffer.alloc(32, 1).toString('base64url') },
      { origin: peer },
      { rpId: 'evil.example' },
      { isVerified: false },
      { type: 'webauthn.get' },
      { crossOrigin: true },
    ]) {
      lock.twist = twist
      const enrolled = await scene.createPhone('a', lock).enrol(browser.link())
      assert.equal(enrolled.type, 'malformed', JSON.stringify(twist))
    }
    lock.twist = {}
    assert.equal((await scene.createPhone('a', lock).enrol(browser.link())).type, 'done')
  })

  test(`a copy of the storage of a phone approves nothing without the screen lock, and is detected (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const plain = await setStage(db)
    const browser = await plain.openLogin()
    const other = createScreenLock(site)
    other.make({ challenge: 'AA' })
    const copy = plain.phone.copy(other)
    assert.equal(await copy.approve(browser.code()), 'not_verified')
    // The copy has used the next key, so the phone itself is detected as a copy.
    assert.equal(await plain.phone.approve(browser.code()), 'copied')
  })

  test(`when the screen lock wraps the key, a copy can send no answer and the phone still works (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, phone, openLogin, id } = await setStage(db, prf())
    const browser = await openLogin()
    const before = await scene.stores.devices.find(db, id)
    for (const otherLock of [
      undefined,
      createScreenLock(site),
      createScreenLock(site, new Uint8Array(32)),
    ]) {
      otherLock?.make({ challenge: 'AA' })
      const copy = phone.copy(otherLock)
      for (const decision of ['deny', 'report'] as const)
        assert.equal(await copy.answer({ decision }), 'not_verified')
      assert.equal(await copy.approve(browser.code()), 'not_verified')
      assert.ok(copy.sent.every(({ url }) => url.endsWith('/fetch')))
    }
    assert.equal((await scene.stores.devices.find(db, id))?.answerKey, before?.answerKey)
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`an answer without a reply is sent again after the owner was verified again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, phone, id, openLogin } = await setStage(db, prf())
    const browser = await openLogin()
    const fetched = await phone.fetch()
    const request = fetched.type === 'done' ? fetched.pending.requests[0] : undefined
    assert.ok(request)
    phone.trouble.held = 4
    const decision = { decision: 'approve', code: browser.code() } as const
    const lost = await answerRequest(phone.options, id, { request, decision })
    assert.equal(lost.type, 'offline')
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await scene.stores.devices.find(db, id))?.status, 'active')
  })
})
