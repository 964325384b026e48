import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { openTables } from '../platform/storage/backup/open-tables.ts'

/** What a restore does with each table. A new table requires a decision, and a test in restore-epoch.test.ts if the restore ends something. */
const decisions: Readonly<Record<'ended' | 'lasting', readonly string[]>> = {
  ended: [
    'authenticator_challenges',
    'authenticator_registrations',
    'desk_pass_requests',
    'desk_passes',
    'enrolment_invitations',
    'forward_auth_grants',
    'journeys',
    'mail_queue',
    'oidc_records',
    'one_time_links',
    'push_challenges',
    'push_registrations',
    'recovery_codes',
    'registration_tokens',
    'reset_links',
    'reset_requests',
    'sessions',
    'totp_authenticators',
  ],
  lasting: [
    'app_icons',
    'app_identifiers',
    'app_orders',
    'apps',
    'audit_checkpoint',
    'audit_events',
    'audit_head',
    'audit_replacements',
    'audit_receivers',
    'authenticator_devices',
    'authenticator_used_keys',
    'directory_entries',
    'directory_outages',
    'event_queue',
    'factor_failures',
    'known_factor_failures',
    'login_references',
    'logout_queue',
    'lost_second_factors',
    'new_authenticators',
    'node_keys',
    'participants',
    'passkey_handles',
    'passkeys',
    'proofs',
    'provisioned_groups',
    'provisioned_users',
    'provisioning_tokens',
    'push_devices',
    'saml_metadata',
    'saml_requests',
    'second_factor_choices',
    'settings',
    'signing_keys',
    'spent_challenges',
    'spent_tickets',
    'throttles',
    'user_attributes',
    'user_groups',
    'user_words',
    'users',
    'written_passwords',
  ],
}

test('for each table it is decided what a restore does with it', async (t) => {
  const { folder } = await openTerminal(t)
  const store = await openTables({ type: 'sqlite', file: join(folder, 'einlass.db') }, 'read')
  const names = store.tables.map(({ name }) => name).sort()
  await store.close()
  assert.deepEqual([...decisions.ended, ...decisions.lasting].sort(), names)
})
