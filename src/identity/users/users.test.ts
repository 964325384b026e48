import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database, OpenDatabase } from '../../platform/storage/database.ts'
import { up as fillsWords } from '../../platform/storage/migrations/051-many-users.ts'
import { createUsers } from './users.ts'

const clock = { time: 1_000_000, now: () => clock.time }
const users = createUsers({ clock, random: systemRandom })
const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.code === code

async function countWords(db: Database, id: string): Promise<number> {
  const rows = await db.selectFrom('user_words').select('word').where('user_id', '=', id).execute()
  return rows.length
}

onEachEngine((engine) => {
  test(`a user is found by any spelling of the name and shown as typed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const created = await users.create(db, {
      username: ' Erika.Müller ',
      displayName: 'Erika Müller',
    })
    assert.equal(created.username, 'Erika.Müller')
    assert.deepEqual(created, await users.find(db, created.id))
    const found = await users.findByName(db, 'ERIKA.MU\u0308LLER')
    assert.deepEqual(found, created)
    assert.equal(created.knownBrowserFailures, 0)
    assert.equal(await users.findByName(db, 'erika'), undefined)
    assert.equal(await users.findByName(db, 'a\u0000'), undefined)
    assert.equal(await users.find(db, 'usr_none'), undefined)
    assert.deepEqual(
      { email: created.email, role: created.role, disabledAt: created.disabledAt },
      { email: null, role: 'user', disabledAt: null },
    )
  })

  test(`the language of a user is that of the last login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { id, language } = await users.create(db, { username: 'erika', displayName: 'E' })
    assert.equal(language, undefined)
    for (const next of ['en', 'en', 'de'] as const) {
      await users.noteLanguage(db, id, next)
      assert.equal((await users.find(db, id))?.language, next)
    }
  })

  test(`a change affects only the named fields, and a removed user leaves no rows (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const erika = await users.create(db, {
      username: 'erika',
      displayName: 'E',
      email: 'e@a.example',
    })
    assert.deepEqual(await users.change(db, erika.id, { email: null }), { ...erika, email: null })
    const named = await users.change(db, erika.id, { displayName: 'Erika' })
    assert.deepEqual(named, { ...erika, email: null, displayName: 'Erika' })
    await db.insertInto('user_groups').values({ user_id: erika.id, name: 'board' }).execute()
    assert.equal(await users.remove(db, erika.id), true)
    assert.equal(await users.remove(db, erika.id), false)
    assert.deepEqual(await db.selectFrom('user_groups').selectAll().execute(), [])
    await assert.rejects(users.change(db, erika.id, { displayName: 'E' }), isFault('not_found'))
  })

  test(`a name is taken in every spelling (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await users.create(db, { username: 'erika', displayName: 'Erika' })
    await assert.rejects(
      users.create(db, { username: 'ＥＲＩＫＡ', displayName: 'Other' }),
      isFault('conflict'),
    )
    await assert.rejects(
      users.create(db, { username: '\n', displayName: '' }),
      isFault('bad_request'),
    )
    assert.equal(await users.count(db), 1)
  })

  test(`when many callers create the same user name at once, one succeeds (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        users.create(index % 2 === 0 ? first.db : second.db, {
          username: index % 3 === 0 ? 'Erika' : 'erika',
          displayName: 'Erika',
        }),
      ),
    )
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
    for (const result of results)
      if (result.status === 'rejected') assert.ok(isFault('conflict')(result.reason))
  })

  test(`disabling and enabling say whether they changed anything (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { id } = await users.create(db, { username: 'e', displayName: 'E' })
    assert.equal(await users.enable(db, id), false)
    assert.equal(await users.disable(db, id), true)
    const disabledAt = (await users.find(db, id))?.disabledAt
    assert.equal(disabledAt, clock.time)
    clock.time += 1000
    assert.equal(await users.disable(db, id), false)
    assert.equal((await users.find(db, id))?.disabledAt, disabledAt)
    assert.equal(await users.enable(db, id), true)
    assert.equal((await users.find(db, id))?.disabledAt, null)
    assert.equal(await users.disable(db, 'usr_none'), false)
  })

  test(`when two administrators disable each other at once, one of them stays enabled (${engine.name})`, async (t) => {
    const nodes = await engine.openTwice(t)
    const role = 'admin'
    const { id: a } = await users.create(nodes[0].db, { username: 'a', displayName: 'A', role })
    const { id: b } = await users.create(nodes[0].db, { username: 'b', displayName: 'B', role })
    const disable = (node: OpenDatabase, id: string) =>
      node.db.transaction().execute(async (tx) => {
        if (!(await users.isLastAdmin(tx, id))) await users.disable(tx, id)
      })
    await Promise.all([disable(nodes[0], a), disable(nodes[1], b)])
    const all = await users.list(nodes[0].db)
    assert.equal(all.filter(({ disabledAt }) => disabledAt === null).length, 1)
  })

  test(`users are found by the beginnings of words in names and address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await users.create(db, { username: 'j.müller-lüdenscheidt', displayName: 'Jörg Weiß' })
    const erika = { username: 'CORP\\e_muster', displayName: 'Erika Mustermann', email: 'e@x.org' }
    const { id } = await users.create(db, erika)
    await users.createAll(db, [
      { username: 'nguyễn', displayName: 'Nguyễn Văn A', email: 'van.a@example.org' },
    ])
    const find = async (search: string) =>
      (await users.list(db, { search })).map((user) => user.username)
    const [jörg, nguyễn] = ['j.müller-lüdenscheidt', 'nguyễn']
    for (const search of ['muller', 'MÜLLER', 'lüd', 'weiss jor', 'Weiß, Jörg'])
      assert.deepEqual(await find(search), [jörg], search)
    for (const search of ['nguyen', 'van.a', 'van a', 'VAN.A@ex'])
      assert.deepEqual(await find(search), [nguyễn], search)
    for (const search of ['corp', 'muster erika', 'e@x.org', 'm e c'])
      assert.deepEqual(await find(search), [erika.username], search)
    assert.deepEqual(await find('mann'), [], 'within a word')
    assert.deepEqual(await find('*mann'), [erika.username])
    assert.deepEqual(await find('muster jörg'), [])
    assert.deepEqual(await find('x.org'), [], 'the host of an address alone')

    await users.change(db, id, { displayName: 'Erika Vogt', email: 'vogt@example.com' })
    assert.deepEqual(await find('mustermann'), [])
    assert.deepEqual(await find('vogt@'), [erika.username])
    await users.remove(db, id)
    assert.deepEqual(await find('vogt'), [])
    assert.equal(await countWords(db, id), 0)
  })

  test(`a user whose name has very many words is found by the first of them (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const long = 'x'.repeat(100)
    const displayName = `${long} ${Array.from({ length: 90 }, (_, at) => `w${at}`).join(' ')}`
    const { id } = await users.create(db, { username: 'erika', displayName })
    // Of the first 40, w1, w2 and w3 begin others.
    assert.equal(await countWords(db, id), 37)
    const find = async (search: string) => (await users.list(db, { search })).length
    assert.deepEqual([await find('erika'), await find(long), await find('w8')], [1, 1, 1])
    assert.equal(await find(displayName), 0)
  })

  test(`users from before the word index are found as well (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { id } = await users.create(db, {
      username: 'Straße.Ångström',
      displayName: 'Ｅｒｉｋａ Şahin 2',
      email: 'E.Sahin@example.org',
    })
    await users.create(db, { username: '☺', displayName: '☺' })
    const words = () => db.selectFrom('user_words').selectAll().orderBy('word').execute()
    const before = await words()
    assert.deepEqual(
      before.map(({ word }) => word),
      ['2', 'angstrom', 'erika', 'sahin', 'strasse'],
    )
    await db.schema.dropTable('user_words').execute()
    const indexes = ['users_with_role', 'users_by_address']
    for (const index of [...indexes, 'journeys_under_way'])
      await db.schema.dropIndex(index).execute()
    await fillsWords(db)
    assert.deepEqual(await words(), before)
    assert.equal((await users.list(db, { search: 'angs' }))[0]?.id, id)
  })

  test(`the list is sorted, searched and limited (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await users.create(db, { username: 'zoe', displayName: 'Zoë Özil', email: 'Zoe@Example.com' })
    await users.create(db, { username: 'Anton', displayName: 'Anton 100% Sicher' })
    await users.create(db, { username: 'berta_x', displayName: 'Berta', role: 'admin' })
    const names = async (search?: string, limit?: number) => {
      const options = { ...(search !== undefined && { search }), ...(limit && { limit }) }
      return (await users.list(db, options)).map((user) => user.username)
    }
    assert.deepEqual(await names(), ['Anton', 'berta_x', 'zoe'])
    assert.deepEqual(await names('', 2), ['Anton', 'berta_x'])
    const behind = await users.list(db, { after: 'ANTON', limit: 1 })
    assert.deepEqual(
      behind.map(({ username }) => username),
      ['berta_x'],
    )
    assert.deepEqual(await names(' ANT '), ['Anton'])
    assert.deepEqual(await names('Özil'), ['zoe'])
    assert.deepEqual(await names('zoe@EXAMPLE'), ['zoe'])
    assert.deepEqual(await names('100%'), ['Anton'])
    assert.deepEqual(await names('%'), ['Anton'])
    assert.deepEqual(await names('_'), ['berta_x'])
    assert.deepEqual(await names("' or 1=1 --"), [])
    assert.deepEqual(await names('\\'), [])
    assert.deepEqual(await names('a\u0000'), [])
  })
})
