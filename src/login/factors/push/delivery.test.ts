import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNotification } from '#forgerock-push'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
} from '../../../dev/test-support/push-scene.ts'
import { beginLogin, beginTest } from '../../../dev/test-support/push-walk.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { browserMessage } from '../../engine/client.ts'
import type { ClientFacts } from '../../engine/step.ts'
import type { PushChallenge } from './challenges.ts'
import { createDelivery } from './delivery.ts'
import type { PushDevice } from './devices.ts'

const app = 'Webmail'

async function deliver(scene: PushScene, device: PushDevice, challenge: PushChallenge) {
  const { client } = createStepContext(scene, device.userId)
  scene.delivery.start({ device, challenge, app, client })
  await scene.delivery.settle()
  return await scene.challengeNow(challenge.messageId)
}

function readLast(scene: PushScene, device: PushDevice) {
  const message = scene.sent.at(-1)?.message.message ?? ''
  const reading = parseNotification(message, device.secret())
  if (reading.type === 'refused') throw new Error(reading.reason)
  return reading.notification
}

onEachEngine((engine) => {
  test(`a sent message is noted as sent, has an audit event, and wakes the page (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    let wakes = 0
    scene.events.listen('journey:journey', () => {
      wakes += 1
    })
    assert.equal((await deliver(scene, device, challenge)).delivery, 'sent')
    assert.equal(wakes, 1)
    const { userId, id: deviceId } = device
    assert.deepEqual(await scene.listAudit('push_sent'), [
      { userId, deviceId, purpose: 'login', delivery: 'sent', provider: 'test' },
    ])
    assert.equal(scene.sent.at(-1)?.token, device.token)
    assert.equal(scene.sent.at(-1)?.message.messageId, challenge.messageId)
  })

  test(`a message for a new password names the new password, not a login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    await deliver(scene, device, { ...challenge, about: { pages: 'password' } })
    assert.equal(
      readLast(scene, device).text,
      'New password at Webmail: which number is on the screen?',
    )
  })

  test(`a message has the challenge, its numbers, the browser and the time in the time zone of the installation (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    await deliver(scene, device, challenge)
    const notification = readLast(scene, device)
    assert.equal(notification.mechanismUid, device.mechanismUid)
    assert.equal(notification.challenge, challenge.challenge)
    assert.equal(notification.ttlSeconds, 120)
    assert.deepEqual(notification.kind, {
      type: 'challenge',
      numbers: challenge.numbers.numbers,
    })
    assert.match(notification.text, /Webmail/)
    const { time = '', ...attributes } = notification.attributes
    assert.equal(time, '15 January 2027 at 03:00')
    assert.deepEqual(attributes, {
      app: 'Webmail',
      browser: 'Firefox on Windows',
      place: 'Zentrale',
    })
    assert.deepEqual(notification.context, { remoteIp: '192.0.2.7', userAgent: 'Mozilla/5.0' })
  })

  test(`a message is in the language of the last login, else of the browser, else the configured one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const wording = { ...scene.wording, fallback: 'en' } as const
    const delivery = createDelivery({ ...scene, wording })
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const english = createStepContext(scene, userId).client
    const send = async (client: ClientFacts | undefined) => {
      delivery.start({ device, challenge: await scene.challenge(device), app, client })
      await delivery.settle()
      return readLast(scene, device)
    }
    const german: ClientFacts = { ...english, language: 'de' }
    assert.match((await send(german)).text, /^Anmeldung bei Webmail/)
    assert.match((await send(undefined)).text, /^Sign-in to Webmail/)
    await scene.users.noteLanguage(db, userId, 'de')
    assert.match((await send(english)).text, /^Anmeldung bei Webmail/)
    const { attributes, context } = await send(undefined)
    assert.deepEqual(Object.keys(attributes), ['app', 'time'])
    assert.deepEqual(context, {})
  })

  test(`a message leaves out the details that the configuration switches off (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    const context = { browser: false, place: false, address: false, time: false }
    const delivery = createDelivery({ ...scene, wording: { ...scene.wording, context } })
    const { client } = createStepContext(scene, device.userId)
    delivery.start({ device, challenge, app, client })
    await delivery.settle()
    const notification = readLast(scene, device)
    assert.deepEqual(notification.attributes, { app: 'Webmail' })
    assert.deepEqual(notification.context, {})
  })

  test(`a phone that no sender reaches gives a refused delivery (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const phone = createPhone({ deviceId: 'fcm-token' })
    const device = await scene.addDevice(await scene.addUser(), { phone })
    const challenge = await scene.challenge(device)
    assert.equal((await deliver(scene, device, challenge)).delivery, 'refused')
    assert.deepEqual(scene.sent, [])
    assert.deepEqual(
      (await scene.listAudit('push_sent')).map(({ delivery }) => delivery),
      ['failed'],
    )
  })

  test(`a failed delivery is logged with its reason and never with the message (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    scene.outcome.result = { type: 'failed', reason: 'status 410', retryable: false }
    assert.equal((await deliver(scene, device, challenge)).delivery, 'failed')
    const warnings = scene.entries.filter(({ level }) => level === 'warn')
    assert.deepEqual(
      warnings.map(({ entry }) => entry),
      [{ device: device.id, provider: 'test', reason: 'status 410' }],
    )
    assert.ok(!JSON.stringify(scene.entries).includes(challenge.challenge))
  })

  test(`a delivery that cannot be recorded is logged as an error (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    const challenges = {
      ...scene.challenges,
      noteDelivery: () => Promise.reject(new Error('no database')),
    }
    const delivery = createDelivery({ ...scene, stores: { ...scene.stores, challenges } })
    const { client } = createStepContext(scene, device.userId)
    delivery.start({ device, challenge, app, client })
    await delivery.settle()
    assert.deepEqual(
      scene.entries.map(({ level }) => level),
      ['error'],
    )
  })

  test(`a message for a login names its app, and a test push names no app (${engine.name})`, async (t) => {
    for (const [begin, named] of [
      [beginLogin, 'Beispiel'],
      [beginTest, undefined],
    ] as const) {
      const { walk } = await begin(createPushScene((await engine.open(t)).db))
      await walk.visit()
      assert.equal((await walk.challenge()).about?.app, named)
    }
  })
})

test('a browser is named as far as it is known', () => {
  const client = { browser: undefined } as ClientFacts
  assert.equal(browserMessage(client).key, 'browser.unknown')
  const named = { ...client, browser: { name: 'Firefox', system: undefined } }
  assert.equal(browserMessage(named).key, 'browser.named')
  const whole = { ...client, browser: { name: 'Firefox', system: 'Windows' } }
  assert.equal(browserMessage(whole).key, 'browser.on')
})
