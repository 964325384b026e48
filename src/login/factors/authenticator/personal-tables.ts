import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const authenticatorTables: readonly PersonalTable[] = [
  personal('authenticator_devices', {
    what: 'Phones with the app of this server',
    shown: {
      ...{ id: 'id', name: 'name', platform: 'kind', status: 'state', created_at: 'added at' },
      ...{ activated_at: 'used since', last_used_at: 'last used at', copied_at: 'copied at' },
      left_at: 'removed on the phone at',
    },
    hidden: [
      ...(['user_id', 'answer_jwk', 'answer_key', 'reader_jwk', 'server_key_sealed'] as const),
      ...(['server_jwk', 'subscription_sealed', 'codes_id', 'credential'] as const),
    ],
  }),
  personal('authenticator_used_keys', {
    what: 'Answers of these phones',
    owner: { column: 'device_id', is: { via: 'authenticator_devices' } },
    shown: { device_id: 'phone', used_at: 'at', outcome: 'answer' },
    hidden: [
      ...(['thumbprint', 'jwk', 'message_hash', 'challenge_id', 'tries_left'] as const),
      ...(['next_key', 'unanswered'] as const),
    ],
  }),
  personal('authenticator_registrations', {
    what: 'Links for a phone that were shown',
    shown: { status: 'state', created_at: 'shown at', expires_at: 'valid until' },
    hidden: [
      ...(['id', 'journey_hash', 'user_id', 'secret_sealed', 'server_key_sealed'] as const),
      ...(['server_jwk', 'device_id', 'answer_key', 'second_told_at', 'budget_key'] as const),
      ...(['moves_from', 'verification'] as const),
    ],
  }),
  personal('authenticator_challenges', {
    what: 'Requests to these phones',
    shown: {
      ...{ device_id: 'phone', purpose: 'purpose', status: 'state', delivery: 'delivery' },
      ...{ about: 'login', language: 'language', created_at: 'at', expires_at: 'until' },
      ...{ answered_at: 'answered at', consumed_at: 'used at' },
    },
    hidden: [
      ...(['id', 'journey_hash', 'user_id', 'nonce', 'code', 'scan', 'tries_left'] as const),
      ...(['budget_key', 'cleared_at', 'verification'] as const),
    ],
  }),
]
