import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createEvents } from '../kernel/events.ts'
import type { Database } from './database.ts'
import { isUniqueViolation } from './errors.ts'
import { migrate } from './migrate.ts'
import { up as namesSubjects } from './migrations/009-account.ts'
import { up as namesClients } from './migrations/017-oidc-client.ts'
import { up as movesParticipants } from './migrations/039-participants.ts'
import { up as knowsManagers } from './migrations/052-verified-contacts.ts'
import type { UserRow } from './user-tables.ts'

const user = (name: string): UserRow => ({
  id: `usr_${name}`,
  username: name,
  username_key: name,
  display_name: name,
  email: null,
  password_hash: null,
  password_changed_at: null,
  password_change_required: 0,
  password_questioned_at: null,
  credential_version: 1,
  known_browser_failures: 0,
  push_blocked_until: null,
  push_blocked_at: null,
  language: null,
  role: 'user',
  managed_by: null,
  disabled_at: null,
  created_at: 1_700_000_000_000,
  updated_at: 1_700_000_000_000,
})

onEachEngine((engine) => {
  test(`a row is read exactly as it was written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('users').values(user('ada')).execute()
    const row = await db.selectFrom('users').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual(row, user('ada'))
  })

  test(`a transaction that throws leaves nothing behind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const attempt = db.transaction().execute(async (tx) => {
      await tx.insertInto('users').values(user('ada')).execute()
      throw new Error('no')
    })
    await assert.rejects(attempt, { message: 'no' })
    assert.deepEqual(await db.selectFrom('users').selectAll().execute(), [])
  })

  test(`a second user with the same canonical name is a unique violation (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('users').values(user('ada')).execute()
    const attempt = db
      .insertInto('users')
      .values({ ...user('ada'), id: 'usr_other' })
      .execute()
    await assert.rejects(attempt, isUniqueViolation)
  })

  test(`two connections to the same database see each other's writes (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    await Promise.all([
      one.db.insertInto('users').values(user('ada')).execute(),
      other.db.insertInto('users').values(user('bob')).execute(),
    ])
    assert.equal((await one.db.selectFrom('users').selectAll().execute()).length, 2)
    assert.equal((await other.db.selectFrom('users').selectAll().execute()).length, 2)
  })

  test(`two migrations at the same time set up the schema once (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    await Promise.all([migrate(one), migrate(other)])
    const head = await other.db.selectFrom('audit_head').selectAll().execute()
    assert.deepEqual(head, [{ id: 1, seq: 0, hash: '' }])
  })

  test(`a failed statement makes its whole transaction fail, even if the code catches the error (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('users').values(user('ada')).execute()
    const attempt = db.transaction().execute(async (tx) => {
      await tx.insertInto('users').values(user('bob')).execute()
      await assert.rejects(tx.insertInto('users').values(user('ada')).execute(), isUniqueViolation)
    })
    await assert.rejects(attempt)
    const users = await db.selectFrom('users').select('username').execute()
    assert.deepEqual(users, [{ username: 'ada' }])
  })

  test(`a transaction continues after a rollback to a savepoint (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const tx = await db.startTransaction().execute()
    await tx.insertInto('users').values(user('ada')).execute()
    const inner = await tx.savepoint('inner').execute()
    await assert.rejects(inner.insertInto('users').values(user('ada')).execute())
    await inner.rollbackToSavepoint('inner').execute()
    await tx.insertInto('users').values(user('bob')).execute()
    await tx.commit().execute()
    assert.equal((await db.selectFrom('users').selectAll().execute()).length, 2)
  })

  test(`a writer that was refused because of an existing row can read that row (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const insert = (queries: Database, name: string) =>
      queries.insertInto('settings').values({ name, value: '' }).execute()
    const attempt = async (name: string, work: () => Promise<unknown>) => {
      const refused = await work().then(
        () => false,
        () => true,
      )
      const found = await db
        .selectFrom('settings')
        .where('name', '=', name)
        .select('name')
        .execute()
      return { refused, found: found.length }
    }
    const single = () => attempt('a', () => insert(db, 'a'))
    const whole = () => attempt('b', () => db.transaction().execute((tx) => insert(tx, 'b')))
    const results = await Promise.all([single(), single(), whole(), whole(), single(), whole()])
    assert.equal(results.filter(({ refused }) => refused).length, 4)
    assert.ok(results.every(({ found }) => found === 1))
  })

  test(`when many updates consume one one-time link, exactly one succeeds (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    const link = { token_hash: 'h', purpose: 'setup', subject: null, created_at: 1, expires_at: 9 }
    await one.db
      .insertInto('one_time_links')
      .values({ ...link, consumed_at: null })
      .execute()
    const consume = async (db: Database, at: number): Promise<bigint> => {
      const result = await db
        .updateTable('one_time_links')
        .set({ consumed_at: at })
        .where('token_hash', '=', 'h')
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows
    }
    const attempts = Array.from({ length: 20 }, (_, i) => consume(i % 2 ? one.db : other.db, i))
    const updated = await Promise.all(attempts)
    assert.equal(updated.filter((count) => count === 1n).length, 1)
  })

  test(`an update gives the returned columns or the number of changed rows (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db
      .insertInto('users')
      .values([user('ada'), user('bob')])
      .execute()
    const change = db.updateTable('users').set({ disabled_at: 5 })
    const returned = await change.where('username', '=', 'ada').returning(['id']).execute()
    assert.deepEqual(returned, [{ id: 'usr_ada' }])
    assert.equal((await change.executeTakeFirst()).numUpdatedRows, 2n)
    const deleted = await db.deleteFrom('users').where('id', '=', 'usr_bob').executeTakeFirst()
    assert.equal(deleted.numDeletedRows, 1n)
  })

  test(`counts of rows and sums of times are returned as numbers (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db
      .insertInto('users')
      .values([user('ada'), user('bob')])
      .execute()
    const row = await db
      .selectFrom('users')
      .select(({ fn }) => [fn.countAll().as('count'), fn.sum('created_at').as('sum')])
      .executeTakeFirst()
    assert.deepEqual(row, { count: 2, sum: 3_400_000_000_000 })
  })

  test(`undefined, booleans and objects are refused as parameters (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('settings').values({ name: 'kept', value: '' }).execute()
    for (const wrong of [undefined, true, {}, new Date(0)]) {
      const value = wrong as unknown as string
      const query = db.deleteFrom('settings').where('name', '=', value)
      if (wrong !== true) await assert.rejects(query.execute(), TypeError)
      await assert.rejects(sql`update users set created_at = ${value}`.execute(db))
    }
    assert.equal((await db.selectFrom('settings').selectAll().execute()).length, 1)
  })

  test(`a row cannot refer to a user who does not exist, and is deleted with the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const choice = { user_id: 'usr_ada', skips_used: 1, last_skipped_at: null, declined_at: null }
    await assert.rejects(db.insertInto('second_factor_choices').values(choice).execute())
    await db.insertInto('users').values(user('ada')).execute()
    await db.insertInto('second_factor_choices').values(choice).execute()
    await db.deleteFrom('users').execute()
    assert.deepEqual(await db.selectFrom('second_factor_choices').selectAll().execute(), [])
  })

  test(`a wake-up reaches the listeners on the same node at once (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const events = await database.shareEvents(createEvents())
    let woken = 0
    events.listen('journey:1', () => woken++)
    events.wake('journey:1')
    events.wakeAll()
    assert.equal(woken, 2)
  })

  test(`a migration records the app of each existing OIDC record, and deletes the records of removed apps (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const protocol = 'oidc' as const
    const app = { protocol, settings: '{}', policy: '{}', created_at: 1, updated_at: 1 }
    for (const id of ['a_b', 'aXb', 'mail']) {
      await db
        .insertInto('apps')
        .values({ id, name: id, secret_sealed: null, ...app })
        .execute()
    }
    await db.schema.alterTable('oidc_records').dropColumn('client_id').execute()
    const odd = { state: '"clientId":"mail"', params: { client_id: 'aXb' } }
    const payloads = [
      ['AccessToken', 'token', { clientId: 'a_b', claims: {} }],
      ['Interaction', 'request', odd],
      ['Session', 'session', { accountId: 'usr_1' }],
      ['RefreshToken', 'left', { clientId: 'removed' }],
    ] as const
    for (const [model, id, payload] of payloads) {
      await db
        .insertInto('oidc_records')
        .values({ model, id, payload: JSON.stringify(payload) })
        .execute()
    }
    await namesClients(db as Kysely<unknown>)
    const rows = await db.selectFrom('oidc_records').select(['id', 'client_id']).execute()
    assert.deepEqual(Object.fromEntries(rows.map((row) => [row.id, row.client_id])), {
      token: 'a_b',
      request: 'aXb',
      session: null,
    })
  })

  test(`a migration records which directory or provisioning system manages each existing user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.schema.dropIndex('users_by_managed_by_and_username_key').execute()
    await db.schema.alterTable('users').dropColumn('managed_by').execute()
    for (const column of ['verified_mail_domains', 'verified_phone_numbers']) {
      await db.schema.alterTable('provisioning_tokens').dropColumn(column).execute()
    }
    const names = ['ada', 'bob', 'eve']
    const rows = names.map((name) => {
      const { managed_by: _, ...row } = user(name)
      return row as UserRow
    })
    await db.insertInto('users').values(rows).execute()
    const [, bob, eve] = names.map((name) => user(name).id)
    const entry = { user_id: `${bob}`, directory: 'corp', entry_id: '1', checked_at: 1 }
    await db.insertInto('directory_entries').values(entry).execute()
    const owned = { user_id: `${eve}`, source: 'entra', external_id: null, deactivated_at: null }
    await db.insertInto('provisioned_users').values(owned).execute()
    await knowsManagers(db)
    const found = await db.selectFrom('users').select('managed_by').orderBy('username').execute()
    assert.deepEqual(
      found.map((row) => row.managed_by),
      [null, 'directory:corp', 'scim:entra'],
    )
  })

  test(`a migration moves the apps of existing sessions to the table of participants (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const table of ['participants', 'logout_queue']) await db.schema.dropTable(table).execute()
    const erika = user('erika')
    const session = {
      token_hash: 'hash',
      user_id: erika.id,
      amr: '[]',
      acr: '',
      authenticated_at: 3,
    }
    await db.insertInto('users').values(erika).execute()
    await db
      .insertInto('sessions')
      .values({ id: 'ses_a', ...session, created_at: 3, last_seen_at: 5, expires_at: 9 })
      .execute()
    const ids = { ses_a: 'mail', ses_gone: 'wiki' }
    for (const [loginSession, clientId] of Object.entries(ids)) {
      const payload = JSON.stringify({ loginSession, clientId, userId: erika.id })
      const row = { id: clientId, payload, login_session: loginSession, client_id: clientId }
      await db
        .insertInto('oidc_records')
        .values({ model: 'Participant', ...row, expires_at: 9 })
        .execute()
    }
    await db.insertInto('oidc_records').values({ model: 'Grant', id: 'g', payload: '{}' }).execute()
    await movesParticipants(db)
    const rows = await db.selectFrom('participants').selectAll().orderBy('app_id').execute()
    const common = {
      user_id: erika.id,
      protocol: 'oidc',
      data: '{}',
      expires_at: 9,
      ended_at: null,
    }
    assert.deepEqual(rows, [
      { session_id: 'ses_a', app_id: 'mail', ...common, first_used_at: 3, last_used_at: 5 },
      { session_id: 'ses_gone', app_id: 'wiki', ...common, first_used_at: 0, last_used_at: 0 },
    ])
    const left = await db.selectFrom('oidc_records').select('model').execute()
    assert.deepEqual(left, [{ model: 'Grant' }])
  })

  test(`a migration records for each existing audit event the user whom it names (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.schema.dropIndex('audit_events_by_about_and_seq').execute()
    await db.schema.alterTable('audit_events').dropColumn('about').execute()
    await db.schema.alterTable('push_devices').dropColumn('own_name').execute()
    const facts = new Map([
      [1, { userId: 'usr_1', username: 'erika' }],
      [2, { username: 'nobody' }],
      [3, { username: null }],
      [1002, { userId: 'usr_2' }],
    ])
    const events = Array.from({ length: 1002 }, (_, index) => ({
      ...{ seq: index + 1, at: 1, type: 'test', previous_hash: '', hash: '' },
      data: JSON.stringify(facts.get(index + 1) ?? {}),
    }))
    await (db as Kysely<unknown> as Kysely<{ audit_events: (typeof events)[number] }>)
      .insertInto('audit_events')
      .values(events)
      .execute()
    await namesSubjects(db)
    const rows = await db
      .selectFrom('audit_events')
      .select(['seq', 'about'])
      .where('about', 'is not', null)
      .orderBy('seq')
      .execute()
    assert.deepEqual(
      rows.map(({ seq, about }) => [seq, about]),
      [
        [1, 'usr_1'],
        [2, 'nobody'],
        [1002, 'usr_2'],
      ],
    )
  })

  test(`the audit chain starts empty (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const head = await db.selectFrom('audit_head').selectAll().execute()
    assert.deepEqual(head, [{ id: 1, seq: 0, hash: '' }])
  })
})
