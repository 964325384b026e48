import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compactVerify, importJWK } from 'jose'
import { createTestTimers } from '../../../dev/stand-ins/push-service.ts'
import { startPushService, subject } from '../../../dev/stand-ins/webpush.ts'
import {
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine, type Scope } from '../../../dev/test-support/on-each-engine.ts'
import { start } from '../../../dev/test-support/scene.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { createSenderMetrics } from '../approval/sending/metrics.ts'
import { createResilientSender } from '../approval/sending/resilient.ts'
import { createWakeSender } from './wake-sender.ts'

/** A push service, and the sender of a server that may post to it. */
async function startService(t: Scope, allowed = true) {
  const clock = { time: start, now: () => clock.time }
  const service = await startPushService({ clock })
  const { ca, keys, origin } = service
  const allowedOrigins = allowed ? [origin] : []
  const sender = createWakeSender({ subject, keys, clock, ca, allowedOrigins })
  t.after(async () => {
    await sender.close()
    service.close()
  })
  const { endpoint, keys: browserKeys } = JSON.parse(service.subscription())
  return { service, sender, clock, subscription: { endpoint, keys: browserKeys } }
}

onEachEngine((engine) => {
  test(`a phone is woken by a message of its server, which names neither account nor app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { service, sender, subscription } = await startService(t)
    const scene = createAuthenticatorScene(db, { wake: sender })
    const { phone, id } = await enrolPhone(scene)
    assert.equal((await phone.account()).vapid, service.keys.publicKey)
    assert.equal((await phone.change({ subscription, name: 'Neuer Name' })).type, 'done')
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    await scene.settle()
    assert.deepEqual(service.plan.mistakes, [])
    const [{ body } = { body: '' }] = service.messages
    const device = await scene.stores.devices.find(db, id)
    assert.equal(device?.name, 'Neuer Name')
    const key = await importJWK({ ...device?.serverJwk, alg: 'ES256' })
    const { payload, protectedHeader } = await compactVerify(body, key)
    assert.equal(protectedHeader.typ, 'einlass-wake+jwt')
    const claims = JSON.parse(new TextDecoder().decode(payload))
    const challenge = await scene.findChallenge(id)
    assert.equal(claims.jti, challenge.id)
    assert.deepEqual(Object.keys(claims).sort(), ['exp', 'iat', 'iss', 'jti', 'sub', 'v'])
    assert.equal(challenge.delivery, 'sent')
    assert.equal((await browser.status())?.status.key, 'phone_code.status.sent')
  })

  test(`an expired subscription is removed, and the login continues (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { service, sender, subscription } = await startService(t)
    const scene = createAuthenticatorScene(db, { wake: sender })
    const { phone, id } = await enrolPhone(scene)
    await phone.change({ subscription })
    service.state.isExpired = true
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    await scene.settle()
    assert.equal((await scene.findChallenge(id)).delivery, 'gone')
    assert.equal((await scene.stores.devices.find(db, id))?.canBeWoken, false)
    assert.equal((await browser.status())?.status.key, 'phone_code.status.undelivered')
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`A34: the server sends no message to an internal or otherwise forbidden address that a phone names (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { service, sender, subscription } = await startService(t, false)
    const scene = createAuthenticatorScene(db, { wake: sender })
    const { phone, id } = await enrolPhone(scene)
    const endpoints = [subscription.endpoint, 'https://10.0.0.1/push/1', 'https://169.254.169.254/']
    for (const endpoint of endpoints) {
      await phone.change({ subscription: { ...subscription, endpoint } })
      scene.pass(minutes(1))
      await scene.openBrowser('erika', endpoint)
      await scene.settle()
      assert.equal((await scene.findChallenge(id)).delivery, 'failed')
    }
    assert.deepEqual(service.messages, [])
    const events = await scene.listAudit('authenticator_woken')
    assert.deepEqual(
      events.map(({ delivery, reason }) => [delivery, reason]),
      ['an unusual port', 'not a public address', 'not a public address'].map((reason) => [
        'failed',
        reason,
      ]),
    )
  })
})

onEachEngine((engine) => {
  test(`the server retries a failing push service, and the login does not wait for it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { service, sender, subscription, clock } = await startService(t)
    const timers = createTestTimers(clock)
    const metrics = createSenderMetrics().forProvider(sender.name)
    const random = systemRandom
    const resilient = createResilientSender({ sender, clock, random, timers, metrics })
    const gate = Promise.withResolvers<void>()
    const send: typeof sender.send = async (...sent) => {
      await gate.promise
      return await resilient.send(...sent)
    }
    const scene = createAuthenticatorScene(db, { wake: { ...sender, send } })
    const { phone, id } = await enrolPhone(scene)
    await phone.change({ subscription })
    service.plan.troubles.push({ status: 503 }, { status: 500 })
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal((await browser.status())?.status.key, 'push.status.sending')
    gate.resolve()
    await scene.settle()
    assert.equal(timers.pauses.length, 2)
    assert.equal((await scene.findChallenge(id)).delivery, 'sent')
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`a message that an earlier process queued and never sent is shown as undelivered (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sender, subscription } = await startService(t)
    const never = new Promise<never>(() => {})
    const scene = createAuthenticatorScene(db, { wake: { ...sender, send: () => never } })
    const { phone, id } = await enrolPhone(scene)
    await phone.change({ subscription })
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    scene.pass(seconds(11))
    await scene.factors.authenticator.start()
    assert.equal((await scene.findChallenge(id)).delivery, 'failed')
    assert.equal((await browser.status())?.status.key, 'phone_code.status.undelivered')
  })
})
