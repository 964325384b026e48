/** Notices of passes of the service desk. */
import { notice } from '../../../identity/notify/notice.ts'

export const deskPassNotices = {
  issued: notice('desk_pass_issued', { ifNotYou: 'mail.if_not.desk_pass' }),
  used: notice('desk_pass_used'),
  revoked: notice('desk_pass_revoked'),
}
