import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPasskeyScene } from '../../../dev/test-support/passkey-scene.ts'
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { StepResult } from '../../engine/step.ts'
import { provenEntry } from '../enrolled.ts'
import { createFindEnrolled } from './authenticators.ts'

const outcomeOf = (result: StepResult<string>) => (result.type === 'done' ? result.outcome : 'ask')

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a passkey is set up under the name of its browser, and making it is a proof'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const { register } = scene.factor
      const { data, options } = await scene.open(register, userId)
      const credential = scene.authenticator().create(options)
      const result = await register.run(scene.context(userId, data, { credential }))
      assert.equal(outcomeOf(result), 'registered')
      assert.deepEqual(await scene.store.list(db, userId), [])
      assert.equal(await scene.write(result), true)
      const [passkey, ...others] = await scene.store.list(db, userId)
      assert.deepEqual(others, [])
      assert.equal(passkey?.name, 'Firefox on Linux')
      assert.deepEqual(result.change?.proof, {
        factor: 'passkey',
        strength: 'phishing_resistant',
        amr: ['pop', 'user', 'mfa'],
        authenticatorId: passkey?.id,
      })
      assert.deepEqual(await scene.listAuditTypes(), ['passkey_registered'])
    },
  )

  test(
    say('what a browser is asked to make says nothing about the person but the name'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const first = JSON.parse((await scene.open(scene.factor.register, userId)).options)
      assert.deepEqual(
        [first.user.name, first.user.displayName, first.rp],
        ['erika', 'erika', { id: 'login.example', name: 'Beispiel' }],
      )
      assert.equal(Buffer.from(first.user.id, 'base64url').length, 32)
      assert.ok(Buffer.from(first.challenge, 'base64url').length >= 16)
      const { passkeys } = await scene.register(userId)
      const second = JSON.parse((await scene.open(scene.factor.register, userId)).options)
      assert.equal(second.user.id, first.user.id, 'one handle for all passkeys of a person')
      assert.notEqual(second.challenge, first.challenge)
      const excluded = second.excludeCredentials.map(({ id }: { id: string }) => id)
      assert.deepEqual(
        excluded,
        passkeys.map(({ id }) => id),
      )
    },
  )

  test(say('who may not register any more is led back and nothing is made'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db, { mayEnrol: false })
    const userId = await scene.addUser()
    const { register } = scene.factor
    const result = await register.run(scene.context(userId, {}, { credential: '{}' }))
    assert.equal(outcomeOf(result), 'back')
    assert.equal(result.change?.write, undefined)
  })

  test(
    say('a passkey confirms, is remembered as used, and proves the highest level'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const authenticator = await scene.register(userId)
      const findEnrolled = createFindEnrolled(scene.store)
      assert.deepEqual(await findEnrolled(db, userId), { lastUsedAt: null })
      const { confirm } = scene.factor
      const { data, options } = await scene.open(confirm, userId)
      const allowed = JSON.parse(options).allowCredentials
      assert.deepEqual(allowed, [
        { type: 'public-key', id: authenticator.passkeys[0]?.id, transports: ['internal'] },
      ])
      const credential = authenticator.get(options)
      const result = await confirm.run(scene.context(userId, data, { credential }))
      assert.equal(outcomeOf(result), 'confirmed')
      assert.equal(provenEntry.read(result.change?.data ?? {}), acrPhishingResistant)
      assert.equal(await scene.write(result), true)
      assert.deepEqual(await findEnrolled(db, userId), { lastUsedAt: scene.clock.now() })
    },
  )

  test(say('the page leads on by its choices and shows no answer as an error'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    await scene.register(userId)
    const { confirm } = scene.factor
    const { data } = await scene.open(confirm, userId)
    for (const [action, outcome] of [
      ['cancel', 'cancelled'],
      ['other', 'other'],
      ['', 'ask'],
    ] as const) {
      const result = await confirm.run(scene.context(userId, data, { action, credential: '' }))
      assert.equal(outcomeOf(result), outcome)
      assert.equal(result.type === 'ask' ? result.formError : undefined, undefined)
      assert.equal(result.change?.proof, undefined)
    }
  })

  test(say('a passkey that was used at the same moment counts once'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId, scene.authenticator({ counts: true }))
    const { confirm } = scene.factor
    const { data, options } = await scene.open(confirm, userId)
    const credential = authenticator.get(options)
    const use = () => confirm.run(scene.context(userId, data, { credential }))
    const results = [await use(), await use()]
    const written = await Promise.all(results.map(scene.write))
    assert.deepEqual(written.sort(), [false, true])
  })

  test(say('its owner lists, names and removes a passkey, and nobody else does'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const erika = await scene.addUser('erika')
    const max = await scene.addUser('max')
    await scene.register(erika)
    const { authenticators } = scene.factor
    const remove = (userId: Id<'user'>, id: string) =>
      transact(db, (tx) => authenticators.remove(tx, userId, id, userId))
    const [own] = await authenticators.list(db, erika)
    assert.ok(own)
    assert.deepEqual(
      [own.kind, own.level, own.state, own.lastUsedAt],
      ['passkey', acrPhishingResistant, 'usable', null],
    )
    assert.equal(await authenticators.rename(db, max, own.id, 'Mine'), false)
    assert.equal(await remove(max, own.id), undefined)
    assert.equal(await authenticators.rename(db, erika, own.id, 'Laptop'), true)
    assert.equal((await authenticators.list(db, erika))[0]?.name, 'Laptop')
    const removed = await remove(erika, own.id)
    assert.deepEqual([removed?.waiting, removed?.provenBy], [[], [own.id]])
    assert.equal(await remove(erika, own.id), undefined)
    assert.deepEqual(await authenticators.list(db, erika), [])
    assert.deepEqual(await scene.listAuditTypes(), [
      'passkey_registered',
      'passkey_renamed',
      'passkey_removed',
    ])
  })

  test(say('spent challenges are forgotten when they could not be used any more'), async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const { challenges } = scene.factor
    const challenge = challenges.issue(undefined)
    assert.deepEqual(
      [
        await challenges.spend(db, challenge, undefined),
        await challenges.spend(db, challenge, undefined),
      ],
      [true, false],
    )
    await challenges.purge(db)
    assert.equal((await db.selectFrom('spent_challenges').selectAll().execute()).length, 1)
    scene.pass(5 * 60_000)
    await challenges.purge(db)
    assert.equal((await db.selectFrom('spent_challenges').selectAll().execute()).length, 0)
  })
})
