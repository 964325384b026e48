/** The present state of an account whose ticket was accepted. A ticket can be hours old, so its directory is asked. */
import { ticketMethod } from '../../../identity/policy/assurance.ts'
import type { TicketOutcome } from '../../../identity/users/directory.ts'
import { directoryAway, requireFound } from '../../../identity/users/directory-answers.ts'
import type { User } from '../../../identity/users/user.ts'
import type { Change, FormError, ShownTicket, StepContext } from '../../engine/step.ts'
import { refusedByDirectory } from '../account-refusal.ts'
import { credentialVersionEntry, knownLanguageEntry, passwordExpiryEntry } from '../enrolled.ts'
import { type TicketResult, ticketEntry } from '../ticket-login.ts'
import { type TicketRefusal, ticketEvents } from './events.ts'
import { lockedAccount, notExpected, passwordFirst, unknownAccount } from './texts.ts'
import type { TicketsOptions } from './tickets.ts'

export async function judgeHolder(
  options: TicketsOptions,
  context: StepContext,
  ticket: ShownTicket,
): Promise<TicketResult> {
  const { db, directory, records } = options
  const outcome = (await directory.judgeTicket?.(db, ticket)) ?? { type: 'unknown' }
  if (outcome.type === 'unavailable') throw directoryAway(outcome)
  const judgement = await judge(options, context, ticket, outcome)
  if (judgement.type === 'passed') {
    records.counts.add('accepted')
    return judgement
  }
  const { reason, formError } = judgement
  records.counts.add(reason)
  await records.audit.record(db, ticketEvents.refused, {
    username: 'user' in outcome ? (outcome.user?.username ?? null) : null,
    principal: ticket.principal,
    address: context.client.address,
    reason,
  })
  return { type: 'failed', formError }
}

type Judgement =
  | Extract<TicketResult, { type: 'passed' }>
  | { readonly type: 'failed'; readonly reason: TicketRefusal; readonly formError: FormError }

async function judge(
  options: TicketsOptions,
  context: StepContext,
  ticket: ShownTicket,
  outcome: Exclude<TicketOutcome, { type: 'unavailable' }>,
): Promise<Judgement> {
  const refuse = (reason: TicketRefusal, formError: FormError): Judgement => ({
    type: 'failed',
    reason,
    formError,
  })
  switch (outcome.type) {
    case 'unknown':
      return refuse('unknown', unknownAccount)
    case 'other_account':
      return refuse(outcome.isNamed ? 'other_account' : 'no_sid', unknownAccount)
    case 'refused':
      return refuse(outcome.reason, refusedByDirectory(outcome.reason))
    case 'disabled':
      return refuse('disabled', refusedByDirectory('disabled'))
    case 'locked':
      return refuse('locked', lockedAccount)
    // A person who has only a ticket chooses no new password: the old one may be in doubt.
    case 'must_change':
    case 'expired':
      return refuse('password_change', passwordFirst)
    case 'right':
      return ticket.isSilent === true && !(await isExpected(options, context, outcome.user))
        ? refuse('other_person', notExpected)
        : { type: 'passed', change: createChange(outcome.user, outcome.passwordExpiresAt) }
  }
}

/** The person was asked nothing, so only the user whom the app expects is logged in. */
async function isExpected(
  { db, directory }: TicketsOptions,
  { request: { loginHint } }: StepContext,
  { id }: User,
): Promise<boolean> {
  if (loginHint === undefined) return true
  return requireFound(await directory.findByName(db, loginHint))?.id === id
}

function createChange(user: User, passwordExpiresAt: number | undefined): Change {
  return {
    userId: user.id,
    data: {
      ...ticketEntry.write(true),
      ...credentialVersionEntry.write(user.credentialVersion),
      ...(user.language !== undefined && knownLanguageEntry.write(user.language)),
      ...(passwordExpiresAt !== undefined && passwordExpiryEntry.write(passwordExpiresAt)),
    },
    proof: { factor: 'ticket', strength: 'knowledge', amr: [ticketMethod], authenticatorId: null },
  }
}
