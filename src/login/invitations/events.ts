/** Audit events of invitations. The enrolment itself has the event of its factor. */
import { type By, event, say } from '../../identity/audit/event.ts'

export const invitationEvents = {
  created: event<{ userId: string; channel: 'mail' | 'paper'; expiresAt: string; by: By }>(
    'enrolment_invitation_created',
    say('event.enrolment_invitation_created'),
  ),
  used: event<{ userId: string; address: string }>(
    'enrolment_invitation_used',
    say('event.enrolment_invitation_used'),
  ),
  revoked: event<{ userId: string; by: By }>(
    'enrolment_invitation_revoked',
    say('event.enrolment_invitation_revoked'),
  ),
}
