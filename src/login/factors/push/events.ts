/** Audit events of phones and of the messages to them. */
import type { AuditEvent, FactValue } from '../../../identity/audit/chain.ts'
import {
  type ActivityText,
  type By,
  event,
  notShown,
  say,
  sayWithName,
  sayWithNameOr,
  warn,
} from '../../../identity/audit/event.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { createHeldBackEvent } from '../approval/held-back.ts'
import type { ChallengePurpose } from './challenges.ts'

export const pushEvents = {
  registered: event<{ userId: string; deviceId: string; name: string | null }>(
    'push_device_registered',
    sayWithName('event.push_registered'),
  ),
  /** The same phone has answered the same code once more, because the reply was lost. */
  registeredAgain: event<{ userId: string; deviceId: string; times?: number }>(
    'push_device_registered_again',
    notShown,
  ),
  /** The user says that a phone which was not verified is not theirs. */
  rejected: event<{ userId: string; deviceId: string; name: string | null }>(
    'push_device_rejected',
    sayWithName('event.push_rejected'),
  ),
  activated: event<{ userId: string; deviceId: string }>(
    'push_device_activated',
    say('event.push_activated'),
  ),
  renamed: event<{ userId: string; deviceId: string; name: string }>(
    'push_device_renamed',
    sayWithName('event.renamed'),
  ),
  removed: event<{ userId: string; deviceId: string; name: string | null; by: By }>(
    'push_device_removed',
    sayWithNameOr('event.push_removed.of', 'event.push_removed'),
  ),
  secondPhoneRefused: event<{ userId: string }>(
    'push_second_phone_refused',
    warn('event.second_phone'),
  ),
  /** `provider`: the sender that tried, null without one. `reason`: why it did not take the message. */
  sent: event<{
    userId: string
    deviceId: string
    purpose: ChallengePurpose
    delivery: string
    provider?: string | null
    reason?: string
  }>('push_sent', notShown, explainSent),
  /** A login waited for an approval, and no message was sent. */
  heldBack: createHeldBackEvent('push_held_back'),
  answered: event<{
    userId: string
    deviceId: string
    purpose: ChallengePurpose
    outcome: 'approved' | 'denied' | 'wrong_number'
    /** The name of the app that the login was for, as the phone showed it. */
    app?: string
    /** When the challenge of the login was created, in milliseconds since the epoch. */
    askedAt?: number
  }>('push_answered', describeAnswer),
  /** `times`: how many changes of a flood this event stands for. */
  tokenRefreshed: event<{ userId: string; deviceId: string; times?: number }>(
    'push_token_refreshed',
    say('event.push_refreshed'),
  ),
  /** The provider reported that the phone's address is gone. */
  disabled: event<{ userId: string; deviceId: string; provider: string }>(
    'push_disabled',
    warn('event.push_disabled'),
  ),
}

function explainSent({ delivery, provider, reason, deviceId }: AuditEvent['data']): string {
  const through = typeof provider === 'string' ? ` by ${provider}` : ''
  const said = typeof reason === 'string' ? ` It said: ${reason}.` : ''
  if (delivery === 'sent')
    return `A notification to ${deviceId} was taken over${through}. Whether it reached the phone, no provider reports.`
  if (provider === null)
    return `A notification to ${deviceId} was not sent, because no configured sender reaches its address.`
  return delivery === 'gone'
    ? `A notification to ${deviceId} was refused${through}, because the phone's address is dead.${said}`
    : `A notification to ${deviceId} was not taken over${through}.${said}`
}

/**
 * For a test, the history shows only denials and wrong numbers: the activation of the phone has its own event. What a
 * caller answered has its own event too.
 */
function describeAnswer({
  outcome,
  purpose,
  app,
  askedAt,
}: AuditEvent['data']): ActivityText | undefined {
  if (purpose === 'caller') return undefined
  const isTest = purpose === 'test'
  if (outcome === 'denied') {
    const text = isTest
      ? message('event.test_denied')
      : describeRefusal('event.push_denied', app, askedAt)
    return { text, isWarning: !isTest }
  }
  if (outcome === 'wrong_number') {
    const text = isTest
      ? message('event.test_wrong_number')
      : describeRefusal('event.push_wrong_number', app, askedAt)
    return { text, isWarning: !isTest }
  }
  if (isTest) return undefined
  return { text: message('event.push_approved'), isWarning: false }
}

/** Says which login was refused. Events of earlier versions do not contain it. */
function describeRefusal(
  key: 'event.push_denied' | 'event.push_wrong_number',
  app: FactValue | undefined,
  at: FactValue | undefined,
): Message {
  if (typeof app !== 'string' || typeof at !== 'number') return message(key)
  return message(`${key}.of`, { app, at })
}
