/** What logins and second factors have of a person. */
import { type PersonalTable, personal } from '../platform/storage/personal-table.ts'
import type { FactorDefinition } from './factors/factor.ts'
import { factorDefinitions } from './factors/index.ts'

const failures = {
  shown: {
    kind: 'second factor',
    failures: 'wrong attempts',
    last_failure_at: 'last at',
    off_at: 'locked at',
  },
  hidden: ['user_id'],
} as const

export const loginTables: readonly PersonalTable[] = [
  personal('journeys', {
    what: 'Logins and other dialogues under way, and those of the last hour',
    shown: {
      ...{ kind: 'kind', step: 'step', created_at: 'begun at', expires_at: 'ends at' },
      ...{ finished_at: 'ended at', session_id: 'login', end_reason: 'why it ended' },
    },
    hidden: ['id_hash', 'version', 'state', 'browser_hash', 'user_id'],
  }),
  personal('login_references', {
    what: 'References for the service desk',
    shown: {
      ...{ reference: 'reference', about: 'login', reason: 'said there' },
      ...{ created_at: 'made at', expires_at: 'valid until' },
    },
    hidden: ['user_id', 'journey_hash'],
  }),
  personal('proofs', {
    what: 'What logins were proven by',
    shown: {
      ...{ factor: 'factor', amr: 'methods', strength: 'strength', proven_at: 'at' },
      ...{ authenticator_id: 'authenticator', session_id: 'login' },
    },
    hidden: ['id', 'journey_hash', 'user_id', 'row_mac'],
  }),
  personal('second_factor_choices', {
    what: 'What was chosen when a second factor was offered',
    shown: {
      ...{ skips_used: 'times deferred', last_skipped_at: 'last deferred at' },
      ...{ declined_at: 'declined at', decline_reason: 'reason' },
    },
    hidden: ['user_id'],
  }),
  personal('lost_second_factors', {
    what: 'The last second factor was lost or removed',
    shown: { lost_at: 'at' },
    hidden: ['user_id'],
  }),
  personal('new_authenticators', {
    what: 'Authenticators set up lately that their owner has not looked at yet',
    shown: { authenticator_id: 'authenticator', bound_at: 'set up at' },
    hidden: ['user_id'],
  }),
  personal('factor_failures', { what: 'Wrong second factors in new browsers', ...failures }),
  personal('known_factor_failures', {
    what: 'Wrong second factors in browsers of earlier logins',
    ...failures,
  }),
  personal('one_time_links', {
    what: 'Links in mails',
    owner: { column: 'subject', is: 'text' },
    shown: {
      ...{ purpose: 'purpose', created_at: 'made at', expires_at: 'valid until' },
      ...{ consumed_at: 'used at' },
    },
    hidden: ['token_hash', 'subject'],
  }),
  personal('enrolment_invitations', {
    what: 'Invitations to set up a second factor',
    shown: {
      ...{ channel: 'sent by', created_by: 'made by', created_at: 'made at' },
      ...{ expires_at: 'valid until', ended_at: 'ended at', used_at: 'used at' },
    },
    hidden: ['id', 'token_hash', 'user_id'],
  }),
  personal('reset_links', {
    what: 'Links to a new password',
    shown: { created_at: 'made at', expires_at: 'valid until', consumed_at: 'used at' },
    hidden: ['token_hash', 'user_id', 'email_hash', 'credential_version', 'claimed_until'],
  }),
  personal('reset_requests', {
    what: 'Requests for a new password that wait',
    owner: { column: 'name', is: 'name' },
    shown: { name: 'name', client: 'asked from', created_at: 'at' },
    hidden: ['id', 'status', 'attempts', 'due_at', 'finished_at', 'reason'],
  }),
]

export async function loadFactorTables(): Promise<readonly PersonalTable[]> {
  const definitions: readonly FactorDefinition[] = factorDefinitions
  const loaded = definitions.map(
    async ({ loadPersonalTables }) => (await loadPersonalTables?.()) ?? [],
  )
  return (await Promise.all(loaded)).flat()
}
