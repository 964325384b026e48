import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { listBreaks, readSnapshot } from '../../dev/test-support/schema-breaks.ts'
import { silentLog as log } from '../kernel/log.ts'
import { type Migration, migrate, migrateTo, migrations } from './migrate.ts'
import { openEngine } from './open.ts'
import type { Tables } from './tables.ts'

/** Programs older than this are not promised to work beside newer ones. */
const begin = '054-written-passwords'
const all = new Map<string, Migration>(Object.entries(migrations))
const names = [...all.keys()]
const later = names.slice(names.indexOf(begin) + 1)

type Change = (db: Kysely<Tables>) => Promise<void>

/** Changes that would break an older program. */
const wrong: Readonly<Record<string, readonly [Change, RegExp]>> = {
  'drops a table': [
    (db) => db.schema.dropTable('spent_tickets').execute(),
    /table spent_tickets is gone/,
  ],
  'renames a table': [
    (db) => db.schema.alterTable('spent_tickets').renameTo('old_tickets').execute(),
    /table spent_tickets is gone/,
  ],
  'drops a column': [
    (db) => db.schema.alterTable('users').dropColumn('language').execute(),
    /column users\.language is gone/,
  ],
  'renames a column': [
    (db) => db.schema.alterTable('users').renameColumn('language', 'tongue').execute(),
    /column users\.language is gone/,
  ],
  'adds what every row has to have': [
    async (db) => {
      await db.schema.dropTable('spent_tickets').execute()
      const table = db.schema.createTable('spent_tickets').addColumn('hash', 'text')
      await table.addColumn('node', 'text', (column) => column.notNull()).execute()
    },
    /new column spent_tickets\.node needs a value/,
  ],
  'refuses rows that were right': [
    (db) => db.schema.createIndex('one_mail').unique().on('users').column('email').execute(),
    /new rule for rows: users .*email/,
  ],
}

const harmless: Change = async (db) => {
  await db.schema.alterTable('users').addColumn('note', 'text').execute()
  await db.schema
    .alterTable('users')
    .addColumn('times', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.createIndex('users_by_note').on('users').column('note').execute()
  await db.schema
    .createTable('notes')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .execute()
}

onEachEngine(({ name, findPlace }) => {
  test(`a migration only adds to the schema, or names the oldest program that can use it (${name})`, async (t) => {
    const database = await openEngine({ storage: await findPlace(t), log })
    t.after(() => database.close())
    await migrateTo(database, begin)
    let before = await readSnapshot(database)
    for (const one of later) {
      await migrateTo(database, one)
      const after = await readSnapshot(database)
      const oldest = all.get(one)?.contract?.migration
      if (oldest === undefined) assert.deepEqual(listBreaks(before, after), [], one)
      else assert.ok(names.slice(0, names.indexOf(one)).includes(oldest), `${one}: ${oldest}`)
      before = after
    }
  })

  test(`a schema change that would break an older program is found (${name})`, async (t) => {
    const database = await openEngine({ storage: await findPlace(t), log })
    t.after(() => database.close())
    await migrate(database)
    const before = await readSnapshot(database)
    const undone = new Error('undone')
    for (const [what, [change, expected]] of Object.entries({
      ...wrong,
      fine: [harmless, /^$/] as const,
    })) {
      const work = database.db.transaction().execute(async (tx) => {
        await change(tx)
        const breaks = listBreaks(before, await readSnapshot({ db: tx, engine: database.engine }))
        assert.match(breaks.join('\n'), expected, what)
        throw undone
      })
      await assert.rejects(work, undone, what)
    }
  })
})

onEachEngine(({ name, findPlace }) => {
  test(`the migration deletes the names of removed phones and leaves those of other phones (${name})`, async (t) => {
    const database = await openEngine({ storage: await findPlace(t), log })
    t.after(() => database.close())
    const { db } = database
    await migrateTo(database, '064-push-block-begin')
    const user = { id: 'usr_1', username: 'erika', username_key: 'erika', display_name: 'Erika' }
    await db
      .insertInto('users')
      .values({
        ...user,
        ...{ email: null, password_hash: null, password_changed_at: null, language: null },
        ...{ password_change_required: 0, password_questioned_at: null, credential_version: 1 },
        ...{ known_browser_failures: 0, push_blocked_until: null, role: 'user' },
        ...{ managed_by: null, disabled_at: null, created_at: 1, updated_at: 1 },
      })
      .execute()
    for (const status of ['active', 'removed'] as const)
      await db
        .insertInto('push_devices')
        .values({
          ...{ id: status, user_id: user.id, mechanism_uid: status, secret_sealed: '', status },
          ...{ device_token: '', device_type: 'ios', communication_type: 'apns' },
          ...{ device_name: 'iPhone', own_name: 'Erikas', shows_numbers: 1, codes_id: null },
          ...{ created_at: 1, activated_at: 1, last_used_at: null, push_disabled_at: null },
          ...{ unreachable_told_at: null, kind_told_at: null },
        })
        .execute()
    await migrate(database)
    const phones = db.selectFrom('push_devices').select(['id', 'own_name', 'device_name'])
    assert.deepEqual(await phones.orderBy('id').execute(), [
      { id: 'active', own_name: 'Erikas', device_name: 'iPhone' },
      { id: 'removed', own_name: null, device_name: null },
    ])
  })
})

test('later migrations never name an older program as the oldest', () => {
  const oldest = names.flatMap((one) => all.get(one)?.contract?.migration ?? [])
  assert.deepEqual(oldest, oldest.toSorted())
})
