/**
 * Every way in which the last second factor of a person goes away, or stops working, and what the password alone can do
 * afterwards. The same table stands in docs/factors.md, "After a loss".
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLostPhoneScene, oldPhoneId, rules } from '../../dev/test-support/lost-phone-scene.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createStepContext } from '../../dev/test-support/scene.ts'
import { acrPossession } from '../../identity/policy/assurance.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Proof } from '../engine/proofs.ts'
import type { Answers, ClientFacts } from '../engine/step.ts'
import type { FactorKind } from '../factors/index.ts'
import { failureLimit } from '../factors/lockout.ts'

type Scene = Awaited<ReturnType<typeof createLostPhoneScene>>

const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: undefined,
  userAgent: undefined,
  language: 'de',
  session: undefined,
}

/** A session of Erika, who has shown these beside the password. */
async function openSession(db: Database, { login, userId }: Scene, shown: readonly FactorKind[]) {
  const made = await login.sessions.create(db, {
    userId,
    amr: ['pwd', 'otp'],
    acr: acrPossession,
    authenticatedAt: login.clock.now(),
    client: { address: client.address, userAgent: 'Firefox' },
  })
  for (const proof of listProofs({ login, userId }, ['password', ...shown]))
    await login.journeys.insertProof(db, `login ${made.id}`, proof, made.id)
  const session = await login.sessions.find(made.token)
  assert.ok(session)
  return session
}

const listProofs = (
  { login, userId }: Pick<Scene, 'login' | 'userId'>,
  factors: readonly Proof['factor'][],
): Proof[] =>
  factors.map((factor) => ({
    userId,
    factor,
    strength: factor === 'password' ? 'knowledge' : 'possession',
    amr: ['otp'],
    authenticatorId: factor === 'totp' ? oldPhoneId : null,
    provenAt: login.clock.now(),
  }))

async function removeOwn(db: Database, scene: Scene, shown: readonly FactorKind[]): Promise<void> {
  const session = await openSession(db, scene, shown)
  const journeyHash = 'removal'
  for (const one of listProofs(scene, shown))
    await scene.login.journeys.insertProof(db, journeyHash, one, null)
  const context = createStepContext(scene.login, scene.userId, {})
  const decision = await scene.login.factors.decideBinding(db, { ...context, journeyHash })
  assert.equal(decision.type, 'enough')
  const removal = {
    ...{ id: oldPhoneId, userId: scene.userId, client: { ...client, session } },
    ...{ isLost: decision.type === 'enough' && decision.by === 'fallback', except: journeyHash },
  }
  assert.ok(await transact(db, (tx) => scene.login.factors.authenticators.remove(tx, removal)))
}

const remove = (db: Database, { login, userId }: Scene, more: { readonly isLost?: boolean }) =>
  transact(db, (tx) =>
    login.factors.authenticators.remove(tx, { userId, id: oldPhoneId, client, ...more }),
  )

/** A phone for push in the place of the codes. */
async function havePhone(db: Database, { login, userId }: Scene) {
  await db.deleteFrom('totp_authenticators').execute()
  const phone = login.createPhone('erika')
  const { devices } = login.factors.push
  const deviceId = await devices.add(
    db,
    userId,
    {
      mechanismUid: 'uid',
      deviceId: 'http://phones.example/erika',
      deviceType: 'android',
      communicationType: 'gcm',
      deviceName: 'Pixel',
    },
    new Uint8Array(32).fill(9),
  )
  await devices.activate(db, deviceId)
  return { phone, deviceId, devices }
}

interface Loss {
  readonly name: string
  readonly happens: (db: Database, scene: Scene) => Promise<unknown>
}

/** The owner had it in hand, and gave it up. */
const givenUp: readonly Loss[] = [
  {
    name: 'its owner removes it after verifying it',
    happens: (db, scene) => removeOwn(db, scene, ['totp']),
  },
  {
    name: 'its owner removes it after verifying it and a recovery code',
    happens: (db, scene) => removeOwn(db, scene, ['recovery', 'totp']),
  },
]

/** Gone: the person has no second factor any more, and a fallback comes first. */
const gone: readonly Loss[] = [
  {
    name: 'its owner removes it after a recovery code',
    happens: (db, scene) => removeOwn(db, scene, ['recovery']),
  },
  {
    name: 'its owner removes it after a pass',
    happens: (db, scene) => removeOwn(db, scene, ['desk-pass']),
  },
  {
    name: 'its owner says that it is lost',
    happens: (db, scene) => remove(db, scene, { isLost: true }),
  },
  { name: 'an operator removes it', happens: (_, scene) => scene.remove() },
  { name: 'an operator resets it', happens: (_, scene) => scene.reset() },
  {
    name: 'a rule revokes it, because a second phone has its secret',
    happens: (db, { login, userId }) =>
      transact(db, async (tx) =>
        login.factors.totp.linkedCodes?.revoke(tx, { id: oldPhoneId, userId }),
      ),
  },
]

/** It does not work any more, and still is a factor of its owner. */
const held: readonly Loss[] = [
  {
    name: 'it is off after too many wrong answers',
    happens: (db, { login, userId }) =>
      transact(db, async (tx) => {
        for (let n = 0; n < failureLimit; n += 1)
          await login.factors.lockout.fail(tx, userId, 'totp')
      }),
  },
  {
    name: 'its address is gone for good',
    async happens(db, scene) {
      const { devices, deviceId } = await havePhone(db, scene)
      await devices.disablePush(db, deviceId, 'http://phones.example/erika')
    },
  },
  {
    name: 'no sender of this installation reaches it',
    async happens(db, scene) {
      await havePhone(db, scene)
      await db.updateTable('push_devices').set({ device_token: 'of-another-service' }).execute()
    },
  },
  {
    name: 'a login was reported as not mine',
    async happens(db, scene) {
      const { userId, login } = scene
      await havePhone(db, scene)
      await transact(db, (tx) => login.notMe.reportNotMe(tx, { userId, source: 'mail' }))
    },
  },
]

const actions = ['register', 'totp', 'passkey', 'skip', 'decline', 'later', 'recovery', 'enrol']
/** What a thief of the password tries, under each rule. */
const tries: readonly (readonly [string, Answers])[] = [
  ...actions.map((action) => ['required', { action }] as const),
  ...Object.keys(rules).map((rule) => [rule, { code: '000000', action: 'confirm' }] as const),
]

async function setUp(engine: Engine, t: { after(work: () => unknown): void }) {
  const { db } = await engine.open(t)
  const scene = await createLostPhoneScene(db)
  await scene.addPhone()
  return { db, scene }
}

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  for (const { name, happens } of gone) {
    test(say(`A53: the password alone enrols nothing after: ${name}`), async (t) => {
      const { db, scene } = await setUp(engine, t)
      await happens(db, scene)
      assert.equal(await scene.countAuthenticators(), 0)
      await db.deleteFrom('sessions').execute()
      for (const [rule, attempt] of tries) {
        const thief = await scene.enter(rule)
        assert.equal(thief.title(), 'factor.all_removed.title', rule)
        await thief.submit(attempt)
        assert.equal(thief.title(), 'factor.all_removed.title', JSON.stringify(attempt))
      }
      assert.equal(await scene.countSessions(), 0)
      assert.equal(await scene.countAuthenticators(), 0)
    })

    test(say(`a recovery code stays and is asked for first after: ${name}`), async (t) => {
      const { db, scene } = await setUp(engine, t)
      await scene.addCodes()
      await happens(db, scene)
      for (const rule of Object.keys(rules)) {
        assert.equal((await scene.enter(rule)).where(), 'recovery/confirm', rule)
      }
    })
  }

  for (const { name, happens } of held) {
    test(say(`A53: the password alone enrols nothing while: ${name}`), async (t) => {
      const { db, scene } = await setUp(engine, t)
      await happens(db, scene)
      assert.equal(await scene.countAuthenticators(), 1)
      for (const [rule, attempt] of tries) {
        const thief = await scene.enter(rule)
        const before = thief.where()
        assert.doesNotMatch(before, /offer|register|finished/, rule)
        await thief.submit(attempt)
        assert.equal(thief.where(), before, JSON.stringify(attempt))
      }
      assert.equal(await scene.countSessions(), 0)
      assert.equal(await scene.countAuthenticators(), 1)
    })
  }

  for (const { name, happens } of givenUp) {
    test(say(`the next enrolment is like the first one after: ${name}`), async (t) => {
      const { db, scene } = await setUp(engine, t)
      await scene.addCodes()
      await happens(db, scene)
      assert.equal(await scene.countAuthenticators(), 0)
      assert.equal((await scene.enter('required')).where(), 'second-factor/offer')
      const codes = await db.selectFrom('recovery_codes').selectAll().execute()
      assert.deepEqual(codes, [], 'codes that stood in for it went with it')
    })
  }
})
