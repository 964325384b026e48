import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemClock } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { createAudit } from '../audit/audit.ts'
import { createUsers } from '../users/users.ts'
import { createSetupOperations } from './setup.ts'

onEachEngine(({ name, open }) => {
  test(`two setup links from two nodes create only one administrator (${name})`, async (t) => {
    const { db } = await open(t)
    const common = { db, clock: systemClock, random: systemRandom }
    const users = createUsers(common)
    const setup = createSetupOperations({
      ...common,
      users,
      audit: createAudit({ ...common, keyring }),
    })
    for (let round = 0; round < 25; round += 1) {
      const first = await setup.createLink()
      const row = await db.selectFrom('one_time_links').selectAll().executeTakeFirstOrThrow()
      const second = await setup.createLink()
      // The row of a node that started at the same moment.
      await db.insertInto('one_time_links').values(row).execute()
      const made = await Promise.all(
        [first, second].map((token, n) =>
          setup.createFirstAdministrator(token ?? '', {
            username: `admin${n}`,
            displayName: 'Ada Admin',
            passwordHash: 'a hash',
          }),
        ),
      )
      assert.deepEqual(made.toSorted(), [false, true])
      await db.deleteFrom('users').execute()
    }
  })
})
