import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { openTables } from '../platform/storage/backup/open-tables.ts'
import { loadPersonalTables } from './user-export.ts'

/** Tables without personal data, or with data that is exported in another way. A new column belongs here or in a declaration. */
const others: Readonly<Record<string, string>> = {
  // Apps and keys.
  app_icons: 'app_id hash media_type content',
  app_identifiers: 'protocol identifier app_id',
  apps: 'id protocol name settings secret_sealed policy created_at updated_at template earlier_secret_sealed registration',
  saml_metadata: 'app_id due_at settings_hash read_at valid_until problem',
  saml_requests: 'id app_id expires_at',
  settings: 'name value',
  signing_keys:
    'id purpose algorithm private_key_sealed created_at retired_at kid certificate signs_from',
  // Groups of a system, and tokens. Their creator is an operator of commands.
  provisioned_groups: 'id source name display_name external_id created_at updated_at',
  provisioning_tokens:
    'id token_hash source networks takes_over created_by created_at last_used_at verified_mail_domains verified_phone_numbers',
  registration_tokens:
    'id token_hash name policy terms uses uses_left issued_by created_at expires_at revoked_at',
  // Only hashes, from which nobody can find the user.
  spent_challenges: 'challenge_hash expires_at',
  spent_tickets: 'fingerprint expires_at',
  throttles: 'key failures last_failure_at blocked_until',
  // The audit log is exported by its events.
  audit_checkpoint: 'id seq hash is_keyed erasures made_at mac changes',
  audit_events: 'seq at type data previous_hash hash about',
  audit_head: 'id seq hash',
  audit_replacements: 'seq turn erasure hash',
  audit_receivers: 'name seq hash holder held_until failures failing_since reason due_at sent_at',
  // Machines.
  directory_outages: 'directory began_at seen_at ended_at reason',
  node_keys: 'node host fingerprints seals_with',
}

test('for each column of each table it is decided whether a user export contains it', async (t) => {
  const { folder } = await openTerminal(t)
  const store = await openTables({ type: 'sqlite', file: join(folder, 'einlass.db') }, 'read')
  const schema = store.tables.map(({ name, columns }) => [name, [...columns].toSorted()])
  await store.close()
  const personal = (await loadPersonalTables()).map(({ table, shown, hidden }) => [
    table,
    [...Object.keys(shown), ...hidden].toSorted(),
  ])
  const plain = Object.entries(others).map(([name, text]) => [name, text.split(' ').toSorted()])
  const byName = (one: unknown[], other: unknown[]) => `${one[0]}`.localeCompare(`${other[0]}`)
  assert.deepEqual([...personal, ...plain].toSorted(byName), schema.toSorted(byName))
})

test('a user export contains no column with a secret', async () => {
  for (const { table, shown } of await loadPersonalTables())
    for (const column of Object.keys(shown))
      assert.doesNotMatch(column, /_hash$|_sealed$|secret|^payload$|^code$/, table)
})

type Entry = Readonly<Record<string, unknown>>

interface Exported {
  readonly user: { readonly username: string | null }
  readonly stored: readonly { readonly what: string; readonly entries: readonly Entry[] }[]
}

test('an export describes the stored data in words, names no other user, and is an event of the user', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass([
    'user',
    'add',
    'Erika',
    '--email',
    'erika@example.org',
    '--display-name',
    'Erika Mustermann',
  ])
  await einlass(['user', 'add', 'max'])
  await einlass(['user', 'group', 'add', 'erika', 'staff'])
  await einlass(['user', 'group', 'add', 'max', 'directors'])
  await einlass(['pass', 'issue', 'erika', '--reason', 'phone lost'])
  const { code, stdout, stderr } = await einlass(['user', 'export', 'ERIKA'])
  assert.equal(code, 0, stderr)
  const { user, stored } = JSON.parse(stdout) as Exported
  const find = (what: string) => stored.find((section) => section.what === what)?.entries
  assert.equal(user.username, 'Erika')
  assert.deepEqual(find('Groups'), [{ group: 'staff' }])
  const [row = assert.fail()] = find('The user') ?? []
  assert.equal(row['password has to be changed'], true)
  const [pass] = find('Codes from the service desk') ?? []
  assert.equal(pass?.['for one login'], true)
  assert.match(JSON.stringify(row), /"e-mail address":"erika@example.org".*"added at":"20\d\d-/)
  assert.doesNotMatch(stdout, /max|directors|argon2|_hash/)
  assert.match(JSON.stringify(find('Events of the audit log')), /user_created.*user_group_added/)
  const listed = (await einlass(['audit', 'list', '--type', 'user_exported'])).stdout
  assert.match(listed, /user_exported {2}by=cli:/)
  const second = JSON.parse((await einlass(['user', 'export', 'erika'])).stdout) as Exported
  const events = second.stored.find(({ what }) => what === 'Events of the audit log')?.entries
  assert.match(JSON.stringify(events?.at(-1)), /user_exported/)
  assert.equal((await einlass(['user', 'export', 'nobody'])).code, 1)
})

test('the export of a removed user contains only events, and an erased user cannot be exported', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  await einlass(['user', 'remove', 'erika', '--yes'])
  const { stored } = JSON.parse((await einlass(['user', 'export', 'erika'])).stdout) as Exported
  const filled = stored.filter(({ entries }) => entries.length > 0)
  assert.deepEqual(
    filled.map(({ what }) => what),
    ['Events of the audit log'],
  )
  await einlass(['user', 'erase', 'erika', '--yes'])
  assert.equal((await einlass(['user', 'export', 'erika'])).code, 1)
})
