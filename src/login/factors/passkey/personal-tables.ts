import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const passkeyTables: readonly PersonalTable[] = [
  personal('passkeys', {
    what: 'Passkeys',
    shown: {
      ...{ id: 'id', name: 'name', rp_id: 'website', credential_id: 'id on the device' },
      ...{ public_key: 'public key', sign_count: 'counter', transports: 'connections' },
      ...{ backup_eligible: 'can be copied', backed_up: 'was copied' },
      ...{ created_at: 'added at', last_used_at: 'last used at' },
    },
    flags: ['backup_eligible', 'backed_up'],
    hidden: ['user_id'],
  }),
  personal('passkey_handles', {
    what: 'What passkeys know the user by',
    shown: { handle: 'random id' },
    hidden: ['user_id'],
  }),
]
