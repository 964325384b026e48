import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const recoveryTables: readonly PersonalTable[] = [
  personal('recovery_codes', {
    what: 'Recovery codes',
    shown: { created_at: 'made at', used_at: 'used at' },
    hidden: ['id', 'user_id', 'prefix', 'code_hash'],
  }),
]
