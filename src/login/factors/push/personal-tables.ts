import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const pushTables: readonly PersonalTable[] = [
  personal('push_devices', {
    what: 'Phones',
    shown: {
      ...{ id: 'id', own_name: 'name', device_name: 'calls itself', device_type: 'kind' },
      ...{ device_token: 'address for messages', communication_type: 'service for messages' },
      ...{ mechanism_uid: 'id on the phone', status: 'state', created_at: 'added at' },
      ...{ activated_at: 'used since', last_used_at: 'last used at' },
      ...{ push_disabled_at: 'not reachable since' },
    },
    hidden: [
      ...(['user_id', 'secret_sealed', 'shows_numbers', 'codes_id'] as const),
      ...(['unreachable_told_at', 'kind_told_at'] as const),
    ],
  }),
  personal('push_registrations', {
    what: 'QR codes for a phone that were shown',
    shown: { status: 'state', created_at: 'shown at', expires_at: 'valid until' },
    hidden: [
      ...(['message_id', 'journey_hash', 'user_id', 'secret_sealed', 'challenge'] as const),
      ...(['device_id', 'answer_hash', 'second_answer_at', 'companion_id'] as const),
      ...(['second_phone_told_at', 'budget_key'] as const),
    ],
  }),
  personal('push_challenges', {
    what: 'Requests to phones',
    shown: {
      ...{ device_id: 'phone', purpose: 'purpose', status: 'state', delivery: 'delivery' },
      ...{ provider: 'delivered by', about: 'login', created_at: 'at', expires_at: 'until' },
      ...{ answered_at: 'answered at', consumed_at: 'used at', handed_over_at: 'delivered at' },
    },
    hidden: [
      ...(['message_id', 'journey_hash', 'user_id', 'challenge', 'type', 'numbers'] as const),
      ...(['right_number', 'answer_hash', 'budget_key', 'cleared_at'] as const),
    ],
  }),
]
