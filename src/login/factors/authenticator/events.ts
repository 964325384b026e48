/** Audit events of the Einlass authenticator. */
import type { AuditEvent, FactValue } from '../../../identity/audit/chain.ts'
import {
  type ActivityText,
  type By,
  event,
  notShown,
  say,
  sayWithName,
  warn,
} from '../../../identity/audit/event.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { createHeldBackEvent } from '../approval/held-back.ts'
import type { FinalAnswer, Purpose } from './challenges.ts'

export const authenticatorEvents = {
  registered: event<{ userId: string; deviceId: string; name: string }>(
    'authenticator_registered',
    sayWithName('event.push_registered'),
  ),
  activated: event<{ userId: string; deviceId: string }>(
    'authenticator_activated',
    say('event.push_activated'),
  ),
  /** The user says that a phone whose enrolment was begun is not theirs. */
  rejected: event<{ userId: string; deviceId: string; name: string }>(
    'authenticator_rejected',
    sayWithName('event.push_rejected'),
  ),
  renamed: event<{ userId: string; deviceId: string; name: string }>(
    'authenticator_renamed',
    sayWithName('event.renamed'),
  ),
  removed: event<{ userId: string; deviceId: string; name: string; by: By }>(
    'authenticator_removed',
    sayWithName('event.push_removed.of'),
  ),
  /** Its owner removed the account on the phone. */
  left: event<{ userId: string; deviceId: string; name: string }>(
    'authenticator_left',
    sayWithName('event.authenticator_left'),
  ),
  secondPhoneRefused: event<{ userId: string }>(
    'authenticator_second_phone_refused',
    warn('event.second_phone'),
  ),
  /** A message was signed with a key that was used before, so a copy of the phone's storage exists. */
  copied: event<{ userId: string; deviceId: string; name: string }>(
    'authenticator_copied',
    (facts) => ({ ...describeCopied(facts), isWarning: true }),
  ),
  /** The phone shows a link with which another one can take its place. */
  moveOpened: event<{ userId: string; deviceId: string }>(
    'authenticator_move_opened',
    say('event.move_opened'),
  ),
  moveRefused: event<{ userId: string; name: string }>(
    'authenticator_move_refused',
    sayWithName('event.move_refused'),
  ),
  moved: event<{
    userId: string
    deviceId: string
    name: string
    fromId: string
    fromName: string
  }>('authenticator_moved', sayWithName('event.moved')),
  answered: event<{
    userId: string
    deviceId: string
    purpose: Purpose
    outcome: FinalAnswer | 'wrong_code'
    /** The name of the app that the login was for, as the phone showed it. */
    app?: string
    /** When the login asked, in milliseconds since the epoch. */
    askedAt?: number
  }>('authenticator_answered', describeAnswer),
  /** A login waited for an approval, and no phone was asked. */
  heldBack: createHeldBackEvent('authenticator_held_back'),
  /** A phone was to be woken. `reason`: why its push service refused the message. */
  woken: event<{ userId: string; deviceId: string; delivery: string; reason?: string }>(
    'authenticator_woken',
    notShown,
    explainWoken,
  ),
}

function explainWoken({ deviceId, delivery, reason }: AuditEvent['data']): string {
  const said = typeof reason === 'string' ? ` It said: ${reason}.` : ''
  if (delivery === 'sent')
    return `A notification to ${deviceId} was taken over. Whether it reached the phone, no push service reports.`
  return delivery === 'gone'
    ? `A notification to ${deviceId} was refused, because its subscription has ended.${said} The request is in the app.`
    : `A notification to ${deviceId} was not taken over.${said} The request is in the app.`
}

function describeCopied({ name }: AuditEvent['data']): Pick<ActivityText, 'text'> {
  return { text: message('event.phone_copied', { device: `${name ?? ''}` }) }
}

function describeAnswer({
  outcome,
  purpose,
  app,
  askedAt,
}: AuditEvent['data']): ActivityText | undefined {
  // The answer of a caller has an event of its own.
  if (purpose === 'caller') return undefined
  const isNew = purpose === 'enrolment' || purpose === 'test'
  if (outcome === 'approved') {
    return isNew ? undefined : { text: message('event.push_approved'), isWarning: false }
  }
  if (isNew) {
    const key = outcome === 'wrong_code' ? 'event.test_wrong_code' : 'event.test_denied'
    return { text: message(key), isWarning: false }
  }
  const key = outcome === 'wrong_code' ? 'event.phone_wrong_code' : 'event.push_denied'
  return { text: describeRefusal(key, app, askedAt), isWarning: true }
}

function describeRefusal(
  key: 'event.push_denied' | 'event.phone_wrong_code',
  app: FactValue | undefined,
  at: FactValue | undefined,
): Message {
  if (typeof app !== 'string' || typeof at !== 'number') return message(key)
  return message(`${key}.of`, { app, at })
}
