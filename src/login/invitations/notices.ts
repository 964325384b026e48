/** The mail with an invitation. */
import { notice } from '../../identity/notify/notice.ts'

export const invitationNotices = {
  link: notice('invitation', {
    next: { title: 'mail.invitation.next.title', text: 'mail.invitation.next' },
  }),
}
