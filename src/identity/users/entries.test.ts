import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createAudit } from '../audit/audit.ts'
import { savePerson } from './entries.ts'
import { createUsers } from './users.ts'

async function setUp(db: Database) {
  const clock = createTestClock()
  const users = createUsers({ clock, random: systemRandom })
  const audit = createAudit({ keyring, clock })
  const born = clock.now() - minutes(60)
  const see = (changedAt: number) =>
    transact(db, (tx) =>
      savePerson(
        { users, audit },
        tx,
        {
          ...{ directory: 'corp', entryId: '1', usernames: ['erika'], displayName: 'Erika' },
          ...{ email: null, groups: [], attributes: new Map(), endsLogins: [] },
          password: { changedAt, mustChange: false },
        },
        clock.now(),
      ),
    )
  const { id } = await see(born)
  return {
    ...{ clock, born, see },
    async question() {
      await users.requirePasswordChange(db, id)
      return clock.now()
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a password that the directory had before a report of it stays in question'),
    async (t) => {
      const { db } = await engine.open(t)
      const { clock, see, question } = await setUp(db)
      // Nobody has logged in with it yet, so it is new here.
      const before = clock.now() - minutes(5)
      const questionedAt = await question()
      const user = await see(before)
      assert.deepEqual(
        [user.passwordChangeRequired, user.passwordQuestionedAt, user.passwordChangedAt],
        [true, questionedAt, before],
      )
      assert.equal((await see(before)).credentialVersion, user.credentialVersion)
    },
  )

  test(
    say('a password that was changed in the directory after a report of it is good'),
    async (t) => {
      const { db } = await engine.open(t)
      const { clock, see, question, born } = await setUp(db)
      const questionedAt = await question()
      clock.pass(minutes(10))
      const { credentialVersion } = await see(born)
      const near = await see(questionedAt + minutes(1))
      assert.equal(near.passwordChangeRequired, true, 'the clock of the directory may be ahead')
      // Not much later than the one before, and after the report in any case.
      const user = await see(questionedAt + minutes(1) + 1)
      assert.equal(user.passwordChangeRequired, false)
      assert.equal(user.credentialVersion, credentialVersion + 2)
      assert.equal((await see(questionedAt + minutes(1) + 1)).passwordChangeRequired, false)
    },
  )

  test(
    say('of a report whose time was not written down, another password than before is enough'),
    async (t) => {
      const { db } = await engine.open(t)
      const { clock, see, question, born } = await setUp(db)
      await question()
      await db.updateTable('users').set({ password_questioned_at: null }).execute()
      assert.equal((await see(born)).passwordChangeRequired, true)
      assert.equal((await see(clock.now())).passwordChangeRequired, false)
    },
  )
})
