import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const totpTables: readonly PersonalTable[] = [
  personal('totp_authenticators', {
    what: 'Code apps',
    shown: {
      ...{ id: 'id', name: 'name', status: 'state', created_at: 'added at' },
      ...{ activated_at: 'used since', last_used_at: 'last used at' },
    },
    hidden: ['user_id', 'secret_sealed', 'algorithm', 'digits', 'period', 'last_counter'],
  }),
]
