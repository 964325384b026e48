import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { createUsers } from '../identity/users/users.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { openTables } from '../platform/storage/backup/open-tables.ts'
import { boundTables } from '../platform/storage/bound-rows.ts'
import { loadKeys } from '../platform/storage/key-file.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { areRowsBound, readSealingState } from '../platform/storage/sealing-state.ts'

/**
 * What an attacker who can write to the database gains by the rows of each other table. A new table requires a decision: bind its rows
 * (storage/bound-rows.ts), or say here why it is not bound. docs/keys.md has the same in words.
 */
const others: Readonly<Record<'letsIn' | 'letsNobodyIn', readonly string[]>> = {
  letsIn: [
    'app_identifiers',
    'apps',
    'authenticator_challenges',
    'authenticator_devices',
    'authenticator_registrations',
    'desk_passes',
    'enrolment_invitations',
    'forward_auth_grants',
    'journeys',
    'oidc_records',
    'one_time_links',
    'passkey_handles',
    'passkeys',
    'provisioning_tokens',
    'push_challenges',
    'push_devices',
    'push_registrations',
    'recovery_codes',
    'registration_tokens',
    'reset_links',
    'reset_requests',
    'totp_authenticators',
    'user_groups',
    'users',
    'written_passwords',
  ],
  letsNobodyIn: [
    'app_icons',
    'app_orders',
    'audit_checkpoint',
    'audit_events',
    'audit_head',
    'audit_receivers',
    'audit_replacements',
    'authenticator_used_keys',
    'desk_pass_requests',
    'directory_entries',
    'directory_outages',
    'event_queue',
    'factor_failures',
    'known_factor_failures',
    'login_references',
    'logout_queue',
    'lost_second_factors',
    'mail_queue',
    'new_authenticators',
    'node_keys',
    'participants',
    'provisioned_groups',
    'provisioned_users',
    'saml_metadata',
    'saml_requests',
    'second_factor_choices',
    'settings',
    'signing_keys',
    'spent_challenges',
    'spent_tickets',
    'throttles',
    'user_attributes',
    'user_words',
  ],
}

test('for each table it is decided whether its rows are bound', async (t) => {
  const { folder } = await openTerminal(t)
  const store = await openTables({ type: 'sqlite', file: join(folder, 'einlass.db') }, 'read')
  const names = store.tables.map(({ name }) => name).sort()
  await store.close()
  assert.deepEqual([...boundTables, ...others.letsIn, ...others.letsNobodyIn].sort(), names)
})

async function openTerminalAndData(t: Parameters<typeof openTerminal>[0]) {
  const terminal = await openTerminal(t)
  // As the first start of a server leaves it.
  await terminal.einlass(['keys', 'bind'])
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const keys = await loadKeys(join(terminal.folder, 'einlass.key'))
  return { ...terminal, db, keyring: createKeyring({ keys, random }) }
}

async function addSession(data: Awaited<ReturnType<typeof openTerminalAndData>>) {
  const { db } = data
  const names = { username: 'erika', displayName: 'Erika' }
  const user = await createUsers({ clock: systemClock, random }).create(db, names)
  const hidden = { last_seen_at: 1, created_at: 1, ended_at: null, end_reason: null }
  await db
    .insertInto('sessions')
    .values({
      ...{ id: 'ses_forged', token_hash: 'x', user_id: user.id, amr: '[]', acr: 'x' },
      ...{ authenticated_at: 1, expires_at: Date.now() * 2, ...hidden, client_address: null },
      ...{ user_agent: null, put_off_at: null, put_off_rule: null, browser_hash: null },
      row_mac: 'forged',
    })
    .execute()
}

test('keys check --rows names rows that Einlass did not write, by table', async (t) => {
  const data = await openTerminalAndData(t)
  const { einlass } = data
  assert.equal((await einlass(['keys', 'check', '--rows'])).code, 0)
  await addSession(data)
  const { code, stdout } = await einlass(['keys', 'check', '--rows'])
  assert.equal(code, 1)
  assert.match(stdout, /^sessions +0 +0 +0 +1 +ses_forged$/m)
  assert.match(stdout, /forged or without a code are ignored/)
  assert.equal((await einlass(['keys', 'check'])).code, 0)
  await data.db.updateTable('sessions').set({ row_mac: null }).execute()
  const without = await einlass(['keys', 'check', '--rows', '--json'])
  assert.equal(without.code, 1)
  const { tables } = without.json() as { tables: { table: string; unbound: number }[] }
  assert.equal(tables.find(({ table }) => table === 'sessions')?.unbound, 1)
})

test('keys bind ends an upgrade: rows get their code once, and a rotation keeps what the database says', async (t) => {
  const data = await openTerminalAndData(t)
  const { db, keyring, einlass } = data
  await addSession(data)
  await db.updateTable('sessions').set({ row_mac: null }).execute()
  assert.equal((await einlass(['keys', 'bind'])).stdout, 'All rows have a code already.\n')
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'key_check')
    .executeTakeFirstOrThrow()
  // As the program before wrote it.
  const mark = Buffer.from(keyring.open('settings/key_check/value', value)).toString()
  const earlier = keyring.seal(
    'settings/key_check/value',
    Buffer.from(mark.replace(', and all rows bound', '')),
  )
  await db.updateTable('settings').set({ value: earlier }).where('name', '=', 'key_check').execute()
  assert.equal(areRowsBound(keyring, await readSealingState(db)), false)
  const before = await einlass(['keys', 'check', '--rows'])
  assert.equal(before.code, 0)
  assert.match(before.stdout, /run einlass keys bind/)
  assert.match((await einlass(['keys', 'bind'])).stdout, /^Rows that got a code: 1\./)
  assert.equal((await einlass(['keys', 'rotate', '--purpose', 'sealing'])).code, 0)
  const after = await einlass(['keys', 'check', '--rows'])
  assert.match(after.stdout, /^sessions +1 +0 +0 +0 +-$/m)
  assert.doesNotMatch(after.stdout, /keys bind/)
  const oldest = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'oldest_program')
  assert.match((await oldest.executeTakeFirstOrThrow()).value, /089-bound-rows/)
})
