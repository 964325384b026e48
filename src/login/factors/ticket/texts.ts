/** What the page of the password says after a ticket that let nobody in. Whose ticket it is was proven, so it may be said. */
import type { TicketFault } from '../../../platform/kerberos/acceptor.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { FormError } from '../../engine/step.ts'

const refuse = (text: MessageKey & `ticket.${string}`): FormError => ({
  status: 422,
  title: message('ticket.refused.title'),
  text: message(text),
})

export const noUsableTicket = refuse('ticket.refused.text')
export const unknownAccount = refuse('ticket.refused.unknown')
export const lockedAccount = refuse('ticket.refused.locked')
export const passwordFirst = refuse('ticket.refused.password')
export const notExpected = refuse('ticket.refused.other')
export const tooBusy = refuse('ticket.refused.busy')

export const explainFault = (fault: TicketFault): FormError =>
  fault === 'clock_skew' ? refuse('ticket.refused.clock') : noUsableTicket
