import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { addToGroup } from '../../identity/users/groups.ts'
import { changeAttributes } from '../../identity/users/local/attributes.ts'
import { createLocalDirectory } from '../../identity/users/local/directory.ts'
import { createUsers } from '../../identity/users/users.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { createReleaseSchema, createReleaseValues } from './release.ts'

const clock = createTestClock()
const users = createUsers({ clock, random: systemRandom })
const hasher = { waiting: () => 0, hash: async () => '', verify: async () => ({ matches: false }) }
const findNone = async () => ({ mailDomains: [], phoneNumbers: false })
const directory = createLocalDirectory({ users, hasher, clock })

onEachEngine((engine) => {
  test(`an app gets only the values that its settings name (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const user = await users.create(db, { username: 'Erika', displayName: 'Erika M.' })
    await addToGroup(db, user.id, 'staff')
    await addToGroup(db, user.id, 'board')
    await changeAttributes(
      db,
      user.id,
      new Map([
        ['givenName', ['Erika']],
        ['groupSids', ['S-1-5-32-545', 'S-1-5-32-544']],
        ['familyName', ['Muster']],
      ]),
    )
    const values = await createReleaseValues(directory, findNone)(db, user, {
      uid: 'username',
      name: 'displayName',
      id: 'userId',
      mail: 'email',
      roles: 'groups',
      'urn:oid:2.5.4.42': 'attribute:givenName',
      sids: 'attribute:groupSids',
      none: 'attribute:constructor',
    })
    assert.deepEqual(Object.fromEntries(values), {
      uid: ['Erika'],
      name: ['Erika M.'],
      id: [user.id],
      roles: ['board', 'staff'],
      'urn:oid:2.5.4.42': ['Erika'],
      sids: ['S-1-5-32-545', 'S-1-5-32-544'],
    })
  })
})

test('groups and attributes are read only if a setting names them, and an unavailable directory is an error', async () => {
  const unavailable = async () => ({ type: 'unavailable', retryAfter: 7 }) as const
  const away = { listGroups: unavailable, listAttributes: unavailable }
  const release = createReleaseValues(away, findNone)
  const user = { id: 'usr_a', username: 'e', displayName: 'E', email: 'e@example.org' } as never
  const queries = undefined as never
  assert.deepEqual(
    await release(queries, user, { m: 'email' }),
    new Map([['m', ['e@example.org']]]),
  )
  for (const source of ['groups', 'attribute:sid'] as const) {
    await assert.rejects(release(queries, user, { x: source }), {
      code: 'unavailable',
      retryAfter: 7,
    })
  }
})

test('a source is a known name, or an attribute in its exact spelling', () => {
  const schema = createReleaseSchema(z.string().min(1))
  const parse = (source: unknown) => schema.safeParse({ name: source }).success
  for (const source of ['username', 'groups', 'attribute:sid', 'attribute:costCenter']) {
    assert.ok(parse(source), source)
  }
  for (const source of ['password', 'attribute:', 'attribute:SID', 'attribute:a b', '', 7, null]) {
    assert.ok(!parse(source), `${source}`)
  }
})
