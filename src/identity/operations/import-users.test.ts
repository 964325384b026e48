import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { openTwoPeople } from '../../dev/test-support/two-people.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAudit } from '../audit/audit.ts'
import { readAudit } from '../audit/chain.ts'
import { verifyAudit } from '../audit/verify.ts'
import { groupsOf } from '../users/groups.ts'
import { readAttributes } from '../users/local/attributes.ts'
import { createUsers } from '../users/users.ts'
import type { Administrator } from './actor.ts'
import { createImportUsers, type ImportedUser } from './import-users.ts'

const operator: Administrator = { type: 'administrator', name: 'cli:alice' }
const hash =
  '$argon2id$v=19$m=19456,t=2,p=1$x8hvoAD9VKMs6qMBBxHDbw$y+1taQZ962W1qZNJ6Z2gPYcNRNCa8fep/782hYfPujE'

const imported = (username: string, more: Partial<ImportedUser> = {}): ImportedUser => ({
  username,
  attributes: new Map(),
  groups: [],
  ...more,
})

function setUp(
  db: Database,
  { hasPasswords = true, changesRoleHolders = false, twoPeopleGroups = [] as string[] } = {},
) {
  const clock = createTestClock()
  const users = createUsers({ clock, random: systemRandom })
  const notices: string[] = []
  const operations = createImportUsers({
    db,
    users,
    directory: hasPasswords ? { setPassword: async () => {} } : {},
    notify: async (_queries, notice) => {
      notices.push(notice.kind)
    },
    audit: createAudit({ keyring, clock }),
    twoPeople: openTwoPeople(twoPeopleGroups),
    changesRoleHolders,
  })
  const readTypes = async () =>
    (await readAudit(db, { limit: 1000 })).map(({ type, data }) => `${type} ${data.by}`)
  return { users, notices, operations, readTypes }
}

const erika = imported('Erika', {
  displayName: 'Erika Mustermann',
  email: 'erika@example.org',
  passwordHash: hash,
  passwordChangeRequired: true,
  role: 'admin',
  attributes: new Map([
    ['givenName', ['Erika']],
    ['groupSids', ['S-1-5-21-1', 'S-1-5-21-2']],
  ]),
  groups: ['staff', 'team'],
})

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('an import leaves alone who would change or get a name of a member of a two-people group'),
    async (t) => {
      const { db } = await engine.open(t)
      const { operations } = setUp(db, { twoPeopleGroups: ['staff'] })
      const sid = new Map([['sid', ['S-1-5-21-1-9']]])
      await operations.write(operator, [
        imported('erika', { email: 'erika@example.org', attributes: sid, groups: ['staff'] }),
        imported('max'),
      ])
      const batch = [
        imported('erika', { email: 'thief@example.org' }),
        imported('max', { attributes: sid }),
        imported('nora', { email: 'Erika@example.org' }),
        imported('otto', { email: 'otto@example.org' }),
      ]
      const titled = new Map([['title', ['Dr.']]])
      for (const outcomes of [
        await operations.plan(batch),
        await operations.write(operator, batch),
      ]) {
        assert.deepEqual(
          outcomes.map(({ type }) => type),
          ['left_alone', 'left_alone', 'left_alone', 'new'],
        )
      }
      const [outcome] = await operations.write(operator, [
        imported('erika', { attributes: titled }),
      ])
      assert.equal(outcome?.type, 'changed')
    },
  )

  test(
    say('A61: an import refuses a new name with letters of two alphabets in one word'),
    async (t) => {
      const { db } = await engine.open(t)
      const { users, operations } = setUp(db)
      const batch = [imported('\u0435rika'), imported('\u0438\u0432\u0430\u043d')]
      const expected = [
        { type: 'refused', reason: 'the name has letters of several alphabets in one word' },
        { type: 'new' },
      ]
      assert.deepEqual(await operations.plan(batch), expected)
      assert.deepEqual(await operations.write(operator, batch), expected)
      assert.equal(await users.count(db), 1)
    },
  )

  test(
    say('users of a batch are written with all that is theirs, each with an event'),
    async (t) => {
      const { db } = await engine.open(t)
      const { users, operations, readTypes } = setUp(db)
      const batch = [erika, imported('max', { isDisabled: true })]
      assert.deepEqual(await operations.plan(batch), [{ type: 'new' }, { type: 'new' }])
      assert.equal(await users.count(db), 0)
      assert.deepEqual(await operations.write(operator, batch), [{ type: 'new' }, { type: 'new' }])
      const user = await users.findByName(db, 'ERIKA')
      assert.ok(user)
      const { displayName, email, role, passwordChangeRequired, disabledAt } = user
      assert.deepEqual(
        [displayName, email, role, passwordChangeRequired, disabledAt],
        ['Erika Mustermann', 'erika@example.org', 'admin', true, null],
      )
      assert.deepEqual(await readAttributes(db, user.id), erika.attributes)
      assert.deepEqual((await groupsOf(db, [user.id])).get(user.id), ['staff', 'team'])
      const max = await users.findByName(db, 'max')
      assert.deepEqual([max?.displayName, max?.disabledAt === null], ['max', false])
      await operations.finish(operator, { added: 2, changed: 0 })
      assert.deepEqual(await readTypes(), [
        'user_created cli:alice',
        'user_group_added cli:alice',
        'user_group_added cli:alice',
        'user_created cli:alice',
        'users_imported cli:alice',
      ])
      assert.equal((await verifyAudit(db, keyring)).type, 'intact')
    },
  )

  test(say('the same batch again changes nothing, in whatever spelling'), async (t) => {
    const { db } = await engine.open(t)
    const { operations, readTypes, users } = setUp(db)
    await operations.write(operator, [erika])
    const user = await users.findByName(db, 'erika')
    assert.ok(user)
    await users.disable(db, user.id)
    const before = await readTypes()
    const again = [
      { ...erika, username: ' ｅRIKA', passwordHash: 'another', role: 'user' as const },
    ]
    for (const outcomes of [await operations.plan(again), await operations.write(operator, again)])
      assert.deepEqual(outcomes, [{ type: 'unchanged' }])
    await operations.finish(operator, { added: 0, changed: 0 })
    assert.deepEqual(await readTypes(), before)
    assert.notEqual((await users.findByName(db, 'erika'))?.disabledAt, null)
  })

  test(
    say(
      'a user who is there gets names, address, attributes and groups, and the old address a notice',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const { operations, readTypes, users, notices } = setUp(db)
      await operations.write(operator, [{ ...erika, role: 'user' }])
      const changed = imported('erika', {
        displayName: 'Erika Muster',
        email: 'new@example.org',
        attributes: new Map([['givenName', ['E']]]),
        groups: ['team', 'board'],
      })
      const what = ['display_name', 'email', 'attribute:givenName', 'group:board']
      assert.deepEqual(await operations.plan([changed]), [{ type: 'changed', what }])
      assert.deepEqual(await operations.write(operator, [changed]), [{ type: 'changed', what }])
      assert.deepEqual(notices, ['email_changed'])
      assert.deepEqual((await readTypes()).slice(-2), [
        'user_changed cli:alice',
        'user_group_added cli:alice',
      ])
      const user = await users.findByName(db, 'erika')
      assert.deepEqual((await groupsOf(db, [user?.id ?? ''])).get(user?.id ?? ''), [
        'board',
        'staff',
        'team',
      ])
      assert.deepEqual(await operations.plan([changed]), [{ type: 'unchanged' }])
    },
  )

  test(say('users who have a role are left alone, unless they are wanted too'), async (t) => {
    const { db } = await engine.open(t)
    const { operations, users, readTypes } = setUp(db)
    await users.create(db, { username: 'root', displayName: 'Root', role: 'admin' })
    await users.create(db, { username: 'desk', displayName: 'Desk', role: 'service_desk' })
    const before = await readTypes()
    const batch = [
      imported('root', { email: 'root@evil.example' }),
      imported('desk', { groups: ['two-people'] }),
    ]
    const reasons = ['admin', 'service_desk'].map((role) => ({
      ...{ type: 'left_alone' },
      reason: `this user has the role ${role}; --with role-holders changes such users too`,
    }))
    assert.deepEqual(await operations.plan(batch), reasons)
    assert.deepEqual(await operations.write(operator, batch), reasons)
    assert.equal((await users.findByName(db, 'root'))?.email, null)
    assert.deepEqual(await readTypes(), before)
    assert.deepEqual(await operations.plan([imported('root')]), [{ type: 'unchanged' }])
    const willing = setUp(db, { changesRoleHolders: true }).operations
    const outcomes = await willing.write(operator, batch)
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      ['changed', 'changed'],
    )
    assert.equal((await users.findByName(db, 'root'))?.email, 'root@evil.example')
  })

  test(say('a batch in which one user cannot be written writes nobody'), async (t) => {
    const { db } = await engine.open(t)
    const { operations, users } = setUp(db)
    await assert.rejects(operations.write(operator, [imported('max'), imported('max')]))
    assert.equal(await users.count(db), 0)
  })

  test(say('the same batch twice at the same time adds each user once'), async (t) => {
    const [one, other] = await engine.openTwice(t)
    const batch = Array.from({ length: 50 }, (_, index) => imported(`user${index}`))
    const written = await Promise.all(
      [one.db, other.db].map((db) => setUp(db).operations.write(operator, batch)),
    )
    const types = written.flat().map(({ type }) => type)
    assert.equal(types.filter((type) => type === 'new').length, 50)
    assert.equal(types.filter((type) => type === 'unchanged').length, 50)
    assert.equal((await setUp(one.db).readTypes()).length, 50)
    assert.equal((await verifyAudit(one.db, keyring)).type, 'intact')
  })

  test(say('where the directory has the passwords, a hash is refused'), async (t) => {
    const { db } = await engine.open(t)
    const { operations } = setUp(db, { hasPasswords: false })
    const reason = 'the directory of users has the passwords'
    const outcomes = await operations.write(operator, [erika, imported('max')])
    assert.deepEqual(outcomes, [{ type: 'refused', reason }, { type: 'new' }])
  })

  test(say('several hundred users with attributes and groups fit into one batch'), async (t) => {
    const { db } = await engine.open(t)
    const { operations, users } = setUp(db)
    const sids = Array.from({ length: 20 }, (_, index) => `S-1-5-21-${index}`)
    const batch = Array.from({ length: 500 }, (_, index) =>
      imported(`user${index}`, { attributes: new Map([['groupSids', sids]]), groups: ['a', 'b'] }),
    )
    await operations.write(operator, batch)
    assert.equal(await users.count(db), 500)
    const last = await users.findByName(db, 'user499')
    assert.deepEqual((await readAttributes(db, last?.id ?? '')).get('groupSids'), sids)
  })
})
