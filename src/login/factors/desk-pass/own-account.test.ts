// A53: an operator who has an account here too, and wants a pass for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLostPhoneScene, order } from '../../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import type { Administrator } from '../../../identity/operations/actor.ts'
import { Fault } from '../../../platform/kernel/fault.ts'

const named = (person: string, name = `cli:${person}`): Administrator => ({
  type: 'administrator',
  name,
  person,
})
const root: Administrator = { type: 'administrator', name: 'cli:root' }
const operators = [
  { account: 'emuster', username: 'erika' },
  { account: 'emuster-admin', username: 'Erika' },
  { account: 'max', username: 'max' },
  { account: 'max-admin', username: 'max' },
  { account: 'bob', username: null },
  { account: 'carol', username: null },
  { account: 'gone', username: 'nobody' },
]

/** What an act is refused with; `done`: it is not. */
const tryTo = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (error: unknown) => (error instanceof Fault ? `${error.code}: ${error.message}` : `${error}`),
  )

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('A53: an operator gives no pass to the user that they are themselves'), async (t) => {
    const { db } = await engine.open(t)
    const { passes } = await createLostPhoneScene(db, { operators })
    for (const account of ['emuster', 'emuster-admin']) {
      const actor = named(account, `cli:root,sudo:${account}`)
      for (const act of ['issue', 'request'] as const)
        assert.match(
          await tryTo(passes[act](actor, 'erika', order)),
          /^not_allowed: .* is the operator erika, who gives no pass/,
        )
    }
    assert.equal(await tryTo(passes.issue(named('bob'), 'erika', order)), 'done')
    const events = await db.selectFrom('audit_events').select('type').execute()
    assert.equal(events.filter(({ type }) => type === 'desk_pass_issued').length, 1)
  })

  test(
    say(
      'A53: an operator approves no request for themselves, and two accounts of one user are one person',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db, { operators, two_people_groups: ['board'] })
      const { passes, login } = scene
      const { id } = await passes.request(named('bob'), 'erika', order)
      assert.match(await tryTo(passes.approve(named('emuster-admin'), id)), /who gives no pass to/)
      assert.match(await tryTo(passes.approve(named('bob'), id)), /another person has to approve/)
      assert.equal(await tryTo(passes.approve(named('carol'), id)), 'done')
      await login.addUser('max')
      const both = await passes.request(named('max'), 'erika', order)
      assert.match(
        await tryTo(passes.approve(named('max-admin'), both.id)),
        /another person has to/,
      )
    },
  )

  test(
    say('A53: with a list of operators, an account that is unclear issues nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const { passes } = await createLostPhoneScene(db, { operators })
      for (const [actor, text] of [
        [root, /can be anybody/],
        [named('mallory'), /mallory is not in service_desk.operators/],
        [named('gone'), /there is no such user/],
      ] as const) {
        for (const act of ['issue', 'request'] as const)
          assert.match(await tryTo(passes[act](actor, 'erika', order)), text)
      }
    },
  )

  test(
    say('A53: without a list, the user who is named like the account is the operator'),
    async (t) => {
      const { db } = await engine.open(t)
      const { passes } = await createLostPhoneScene(db)
      const refused = await tryTo(passes.issue(named('Erika'), 'erika', order))
      assert.match(refused, /who gives no pass to themselves.*service_desk.operators/)
      assert.equal(await tryTo(passes.issue(root, 'erika', order)), 'done')
      assert.equal(await tryTo(passes.issue(named('bob'), 'erika', order)), 'done')
    },
  )
})
