import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const deskPassTables: readonly PersonalTable[] = [
  personal('desk_passes', {
    what: 'Codes from the service desk',
    shown: {
      ...{ reason: 'reason', issued_by: 'issued by', requested_by: 'requested by' },
      ...{ is_single_use: 'for one login', created_at: 'issued at', expires_at: 'valid until' },
      ...{ first_used_at: 'first used at', used_at: 'last used at', ended_at: 'ended at' },
    },
    flags: ['is_single_use'],
    hidden: ['id', 'user_id', 'code_hash'],
  }),
  personal('desk_pass_requests', {
    what: 'Codes that were requested of the service desk',
    shown: {
      ...{ reason: 'reason', requested_by: 'requested by', lifetime: 'milliseconds' },
      ...{ created_at: 'requested at', expires_at: 'open until', approved_at: 'approved at' },
      login_reference: 'reference of the login',
    },
    hidden: ['id', 'user_id', 'requester'],
  }),
]
