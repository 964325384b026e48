/** Audit events of tickets that let nobody in. A login with an accepted ticket has the events of any other login. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

const reasons = {
  replayed: 'The ticket was shown before. Somebody may have copied it.',
  other_realm: 'The ticket is of a realm that the configuration does not name.',
  not_a_person: 'The ticket is not that of a person.',
  unknown: 'The directory has nobody of this name.',
  other_account: 'The name belongs to another account by now than the one whose ticket it is.',
  no_sid:
    'The ticket has no security identifier (SID) that its domain has signed, so it is unclear whose it is.',
  disabled: 'The user is disabled.',
  locked: 'The account is locked in the directory.',
  account_expired: 'The account has expired in the directory.',
  outside_hours: 'The directory does not let the user log in at this time.',
  password_change: 'The password has to be changed first, which needs the password.',
  other_person: 'The app expects another person than the one who is logged in to the computer.',
} as const

/** Why a right ticket let nobody in. */
export type TicketRefusal = keyof typeof reasons

export const ticketEvents = {
  refused: event<{
    /** `null`: nobody has it. */
    username: string | null
    /** As it stands in the ticket. */
    principal: string
    address: string | null
    reason: TicketRefusal
  }>(
    'ticket_refused',
    () => ({ text: message('event.ticket_refused'), isWarning: true }),
    ({ reason, principal, address }) =>
      `${(reasons as Readonly<Record<string, string>>)[`${reason}`] ?? 'A ticket was refused.'} It was that of ${principal} and came from ${address ?? 'an unknown address'}.`,
  ),
}
