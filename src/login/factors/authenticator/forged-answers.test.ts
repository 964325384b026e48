// Answers that a program makes up which knows everything of a request but the key of the phone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, signMessage, types, version } from '#authenticator'
import { createAnswerKey } from '#authenticator-device'
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
  }
}

async function send({ ask }: AuthenticatorScene, answer: Answer, key: Key): Promise<string> {
  const body = await signMessage(types.answer, answer, openPlain(key))
  const headers = { 'content-type': 'application/jose' }
  const address = `${origin}/authenticator/v1/answer`
  const response = await ask(new Request(address, { method: 'POST', body, headers }))
  return response.ok ? 'taken' : (await response.json()).error
}

onEachEngine((engine) => {
  test(`A4: an approval counts only with the signature of the phone's own key (${engine.name})`, async (t) => {
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

  test(`A4: no answer names a key as the next one that was used before (${engine.name})`, async (t) => {
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
})
