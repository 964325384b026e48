// Forged messages: an attacker knows everything about a request or a link, except the key of the phone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Answer,
  type Enrol,
  encodeBase64Url,
  readLink,
  signMessage,
  types,
  version,
} from '#authenticator'
import { createAnswerKey, fetchOffer } from '#authenticator-device'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
  origin,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { minutes } from '../../../platform/kernel/clock.ts'

type Key = Awaited<ReturnType<typeof createAnswerKey>>

/** The secret part of a key that is stored as it is. */
function openPlain({ privateKey }: Key): CryptoKey {
  if (privateKey.type !== 'plain') throw new Error('a wrapped key')
  return privateKey.key
}

/** An approval with the right code for what waits at a phone. */
async function createApproval(scene: AuthenticatorScene, id: string): Promise<Answer> {
  const challenge = await scene.findChallenge(id)
  const device = await scene.stores.devices.find(scene.db, id)
  const next = await createAnswerKey()
  return {
    ...{ v: version, aud: origin, app: origin, sub: id },
    iat: Math.floor(scene.clock.now() / 1000),
    ...{ jti: challenge.id, nonce: challenge.nonce },
    ...{ decision: 'approve', code: challenge.code },
    ...{ key: device?.answerKey ?? '', next: next.jwk },
    // The server knows the answer key, and does not look at it.
    proof: encodeBase64Url(new Uint8Array(64)),
  }
}

/** What the server says to a message. */
async function post({ ask }: AuthenticatorScene, address: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/jose' }
  const url = `${origin}/authenticator/v1/${address}`
  const response = await ask(new Request(url, { method: 'POST', body, headers }))
  return response.ok ? 'taken' : (await response.json()).error
}

const send = async (scene: AuthenticatorScene, answer: Answer, key: Key): Promise<string> =>
  await post(scene, 'answer', await signMessage(types.answer, answer, openPlain(key)))

/** The link of a new phone, as its page shows it. */
async function openLink(scene: AuthenticatorScene) {
  await scene.addPerson()
  const browser = await scene.openBrowser()
  await browser.submit('authenticator')
  const link = readLink(browser.link())
  if (link?.type !== 'enrol') throw new Error('no link')
  return { browser, link }
}

onEachEngine((engine) => {
  test(`A4: an approval is accepted only with a signature by the key of the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const approval = await createApproval(scene, id)
    assert.equal(await send(scene, approval, await createAnswerKey()), 'unknown')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
    const [own] = (await phone.account()).answerKeys
    assert.ok(own)
    const misdirected = { ...approval, aud: 'https://other.example' }
    assert.equal(await send(scene, misdirected, own), 'malformed')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.equal(await send(scene, approval, own), 'taken')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`A4: an answer that names a used key as the next key is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    const [first] = (await phone.account()).answerKeys
    assert.ok(first)
    scene.pass(minutes(1))
    const before = await scene.openBrowser('erika', 'before')
    assert.equal(await phone.approve(before.code()), 'approved')
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const [now] = (await phone.account()).answerKeys
    assert.ok(now)
    const approval = await createApproval(scene, id)
    for (const { jwk } of [first, now])
      assert.equal(await send(scene, { ...approval, next: jwk }, now), 'malformed')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
  })

  test(`the server accepts sixty messages of a phone in a minute, and more later (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    await scene.openBrowser('erika', 'another')
    const [own] = (await phone.account()).answerKeys
    assert.ok(own)
    const misdirected = { ...(await createApproval(scene, id)), aud: 'https://other.example' }
    for (let n = 0; n < 60; n++) assert.equal(await send(scene, misdirected, own), 'malformed')
    assert.equal(await send(scene, misdirected, own), 'limit')
    scene.pass(minutes(1))
    assert.equal(await send(scene, misdirected, own), 'malformed')
  })

  test(`A6: too many requests with the reading key of a phone do not block its answers (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    for (let n = 0; n < 60; n++) assert.equal((await phone.fetch()).type, 'done')
    assert.equal((await phone.fetch()).type, 'limit')
    const { id } = await phone.account()
    const [own] = (await phone.account()).answerKeys
    assert.ok(own)
    assert.equal(await send(scene, await createApproval(scene, id), own), 'taken')
    await browser.look()
    assert.equal(browser.step(), 'finished')
  })

  test(`A6: a phone is enrolled only with the key that it names, and only within five minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { browser, link } = await openLink(scene)
    const [own, foreign, reader] = await Promise.all([1, 2, 3].map(() => createAnswerKey()))
    assert.ok(own && foreign && reader)
    const claims: Enrol = {
      ...{ v: version, aud: origin, app: origin, sub: link.registration, secret: link.secret },
      iat: Math.floor(scene.clock.now() / 1000),
      ...{ name: 'Telefon', platform: 'other', reader: reader.jwk },
    }
    const enrol = async (key: Key, named: Key) =>
      await post(scene, 'enrol', await signMessage(types.enrol, claims, openPlain(key), named.jwk))
    assert.equal(await enrol(foreign, own), 'unknown')
    assert.deepEqual(await db.selectFrom('authenticator_devices').selectAll().execute(), [])
    const { options } = scene.createPhone()
    scene.pass(minutes(5) - 1)
    assert.equal((await fetchOffer(options, link)).type, 'done')
    scene.pass(1)
    assert.equal((await fetchOffer(options, link)).type, 'unknown')
    assert.equal(await enrol(own, own), 'unknown')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/enrol')
  })
})
