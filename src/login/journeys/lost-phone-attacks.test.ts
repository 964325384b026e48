// Ways around a lost phone, walked by people who are not its owner (A53).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  alice,
  bob,
  createLostPhoneScene,
  order,
  root,
  rules,
} from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { addToGroup } from '../../identity/users/groups.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Answers } from '../engine/step.ts'
import { factorEvents } from '../factors/events.ts'

/** What a thief tries on any page. */
const tries: readonly Answers[] = [
  ...[
    'register',
    'totp',
    'passkey',
    'skip',
    'decline',
    'later',
    'recovery',
    'desk-pass',
    'retry',
    'other',
    'next',
    'enrol',
  ].map((action) => ({ action })),
  { code: '000000000000', action: 'confirm' },
]

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(
    say('A53: after a reset the password alone opens and enrols nothing, under every rule'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      assert.equal((await scene.reset()).needsPass, true)
      for (const rule of Object.keys(rules)) {
        for (const attempt of tries) {
          const thief = await scene.enter(rule)
          assert.equal(thief.title(), 'factor.all_removed.title', rule)
          await thief.submit(attempt)
          assert.equal(
            thief.title(),
            'factor.all_removed.title',
            `${rule} ${JSON.stringify(attempt)}`,
          )
        }
      }
      assert.equal(await scene.countSessions(), 0)
      assert.equal(await scene.countAuthenticators(), 0)
      assert.equal(await scene.skipsUsed(), 0)
    },
  )

  test(
    say('A53: the password and the mail box are not enough either: no mail has a code'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const digits = code.replaceAll(' ', '')
      assert.match(digits, /^\d{12}$/)
      const mails = JSON.stringify(scene.login.noticed)
      assert.match(mails, /desk_pass_issued/)
      for (const secret of [code, digits, digits.slice(0, 6)]) assert.ok(!mails.includes(secret))
      const events = JSON.stringify(await db.selectFrom('audit_events').selectAll().execute())
      assert.ok(!events.includes(digits) && !events.includes(code))
      const thief = await scene.enter('required')
      assert.equal(thief.where(), 'desk-pass/confirm')
      await thief.submit({ code: '000 000 000 000', action: 'confirm' })
      assert.deepEqual(
        [thief.where(), thief.error()],
        ['desk-pass/confirm', 'desk_pass.wrong.title'],
      )
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(
    say('A53: wrong passes make the next try wait, in every login of this person'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      for (let at = 0; at < 5; at++) {
        const thief = await scene.enter('required')
        await thief.submit({ code: `00000000000${at}`, action: 'confirm' })
        assert.equal(thief.error(), 'desk_pass.wrong.title')
      }
      const thief = await scene.enter('required')
      await thief.submit({ code, action: 'confirm' })
      assert.equal(thief.error(), 'factor.wait.title')
      scene.login.pass(hours(1))
      const erika = await scene.enter('required')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
    },
  )

  test(
    say('A53: a caller who lies gets nothing of a guarded group from one operator'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db, { two_people_groups: ['board'] })
      await addToGroup(db, scene.userId, 'board')
      await scene.addPhone()
      const { passes } = scene
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'not_allowed' })
      const { id } = await passes.request(alice, 'erika', order)
      await assert.rejects(passes.approve(alice, id), { code: 'not_allowed' })
      const aliceAtHerDesk = { ...alice, name: 'cli:alice' }
      await assert.rejects(passes.approve(aliceAtHerDesk, id), { code: 'not_allowed' })
      await assert.rejects(passes.approve(root, id), { code: 'not_allowed' })
      await assert.rejects(passes.request(root, 'erika', order), { code: 'not_allowed' })
      await assert.rejects(passes.approve(bob, 'AAAA-AAAA'), { code: 'not_found' })
      await assert.rejects(scene.reset(), { code: 'not_allowed' })
      await assert.rejects(scene.remove(), { code: 'not_allowed' }, 'the last one')
      assert.equal(await scene.countAuthenticators(), 1)
      assert.deepEqual(await passes.list(alice, 'erika'), [])
      assert.deepEqual(scene.login.noticed, [])
    },
  )

  test(
    say('A53: a group that only another directory knows is guarded, and one of local rows is not'),
    async (t) => {
      const { db } = await engine.open(t)
      const groups: string[] = []
      const { passes, userId } = await createLostPhoneScene(
        db,
        { two_people_groups: ['board'] },
        {
          openDirectory: (local) => ({
            ...local,
            listGroups: async () => ({ type: 'groups', groups }),
          }),
        },
      )
      await addToGroup(db, userId, 'board')
      await passes.issue(alice, 'erika', order)
      groups.push('board')
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'not_allowed' })
    },
  )

  test(
    say('A53: groups that a directory cannot name just now are no leave to act alone'),
    async (t) => {
      const { db } = await engine.open(t)
      const { passes } = await createLostPhoneScene(
        db,
        { two_people_groups: ['board'] },
        {
          openDirectory: (local) => ({
            ...local,
            listGroups: async () => ({ type: 'unavailable' }),
          }),
        },
      )
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'unavailable' })
      assert.deepEqual(await passes.list(alice, 'erika'), [])
    },
  )

  test(
    say('A53: where callers are verified, one operator issues nothing to an unknown voice'),
    async (t) => {
      const { db } = await engine.open(t)
      const { passes, userId, login } = await createLostPhoneScene(db, {
        verify_caller: 'required',
      })
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'not_allowed' })
      const facts = { userId, kind: 'push', authenticatorId: 'dev_a', by: alice.name }
      await transact(db, (tx) => login.audit.record(tx, factorEvents.callerVerified, facts))
      login.pass(hours(1))
      await assert.rejects(passes.issue(alice, 'erika', order), { code: 'not_allowed' })
      const { id } = await passes.request(alice, 'erika', order)
      await passes.approve(bob, id)
    },
  )

  test(
    say('A53: one verified caller is good for one pass, of the operator who verified them'),
    async (t) => {
      const { db } = await engine.open(t)
      const { passes, userId, login } = await createLostPhoneScene(db, {
        verify_caller: 'required',
      })
      const verify = (by: string) =>
        transact(db, (tx) => {
          const facts = { userId, kind: 'push', authenticatorId: 'dev_a', by }
          return login.audit.record(tx, factorEvents.callerVerified, facts)
        })
      const refused = { code: 'not_allowed' }
      await verify(alice.name)
      await assert.rejects(passes.issue(bob, 'erika', order), refused, 'another operator')
      await passes.issue(alice, 'erika', order)
      await assert.rejects(passes.issue(alice, 'erika', order), refused, 'a second pass')
      await verify(alice.name)
      await verify(bob.name)
      const both = [passes.issue(alice, 'erika', order), passes.issue(alice, 'erika', order)]
      const outcomes = (await Promise.allSettled(both)).map(({ status }) => status)
      assert.deepEqual(outcomes.sort(), ['fulfilled', 'rejected'], 'two at once')
      assert.equal((await passes.list(alice, 'erika')).length, 2)
    },
  )

  test(say('A53: no approval issues a pass for a person who was disabled meanwhile'), async (t) => {
    const { db } = await engine.open(t)
    const { passes, login, userId } = await createLostPhoneScene(db)
    const { id } = await passes.request(alice, 'erika', order)
    await login.users.disable(db, userId)
    await assert.rejects(passes.approve(bob, id), { code: 'not_allowed' })
    assert.deepEqual(await passes.list(bob, 'erika'), [])
    await login.users.enable(db, userId)
    await passes.approve(bob, id)
  })

  test(say('A53: of two approvals at once one is printed, and none an hour later'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createLostPhoneScene(db, { two_people_groups: ['board'] })
    await addToGroup(db, scene.userId, 'board')
    const { passes } = scene
    const { id } = await passes.request(alice, 'erika', order)
    const asTyped = id.toLowerCase().replace('-', ' ')
    const both = await Promise.allSettled([passes.approve(bob, asTyped), passes.approve(bob, id)])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await passes.list(bob, 'erika')).length, 1)
    const late = await passes.request(alice, 'erika', order)
    scene.login.pass(hours(1))
    await assert.rejects(passes.approve(bob, late.id), { code: 'not_found' })
  })

  test(
    say('A53: a pass without the password, of another person or of yesterday opens nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.login.addUser('max')
      await scene.addPhone()
      await scene.reset()
      const ofMax = await scene.passes.issue(alice, 'max', order)
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const thief = await scene.enter('required')
      await thief.submit({ code: ofMax.code, action: 'confirm' })
      assert.equal(thief.error(), 'desk_pass.wrong.title')
      scene.login.pass(hours(8))
      const late = await scene.enter('required')
      assert.equal(late.title(), 'factor.all_removed.title')
      await late.submit({ code, action: 'confirm' })
      assert.equal(late.title(), 'factor.all_removed.title')
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(say('A53: a pass that was revoked ends what it opened'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createLostPhoneScene(db)
    await scene.addPhone()
    const { code } = await scene.passes.issue(alice, 'erika', order)
    const liar = await scene.enter('required')
    await liar.usePass(code)
    assert.equal(await scene.countSessions(), 1)
    const { revoked, sessionsEnded } = await scene.passes.revoke(bob, 'erika')
    assert.deepEqual([revoked, sessionsEnded], [false, 1])
    const live = await db
      .selectFrom('sessions')
      .select('id')
      .where('ended_at', 'is', null)
      .execute()
    assert.deepEqual(live, [])
  })

  test(say('A53: a pass for one login that many type at once lets one in'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createLostPhoneScene(db)
    await scene.addPhone()
    const { code } = await scene.passes.issue(alice, 'erika', order)
    const browsers = await Promise.all(Array.from({ length: 8 }, () => scene.enter('required')))
    for (const browser of browsers) {
      await browser.submit({ action: 'other' })
      await browser.submit({ action: 'desk-pass' })
    }
    await Promise.all(browsers.map((browser) => browser.submit({ code, action: 'confirm' })))
    const asked = browsers.filter((browser) => browser.where() === 'second-factor/missing')
    assert.equal(asked.length, 1)
    assert.equal((await scene.login.listAudit('desk_pass_used')).length, 1)
  })
})
