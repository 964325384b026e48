/** Events of the audit trail in the words of the person they are about. What has no words here is not told. */
import type { AuditEvent, FactValue } from '../../identity/audit/chain.ts'
import { type Message, type MessageKey, message } from '../../platform/ui/message.ts'

export interface Told {
  readonly text: Message
  /** Something that the person may want to look at. */
  readonly isWarning: boolean
}

type Data = AuditEvent['data']
type Words = (data: Data, app: string | Message) => Told | undefined

const plain = (key: MessageKey): Words => always({ text: message(key), isWarning: false })
const warns = (key: MessageKey): Words => always({ text: message(key), isWarning: true })
const always =
  (told: Told): Words =>
  () =>
    told

/** A device by the name that it had then. */
const named =
  (key: MessageKey): Words =>
  ({ name }) => ({ text: message(key, { device: nameOf(name) }), isWarning: false })

const nameOf = (name: FactValue | undefined): string | Message =>
  typeof name === 'string' ? name : message('device.unnamed')

const words: Readonly<Record<string, Words>> = {
  login_succeeded: (_, app) => ({ text: message('event.login', { app }), isWarning: false }),
  login_failed: ({ reason }) =>
    reason === 'throttled'
      ? { text: message('event.login_throttled'), isWarning: true }
      : { text: message('event.login_failed'), isWarning: true },
  oidc_signed_in: (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  step_up_succeeded: plain('event.step_up'),
  session_ended: ({ reason }) => ({
    text: message(endings[`${reason}`] ?? 'event.session_ended'),
    isWarning: false,
  }),
  second_factor_skipped: plain('event.skipped'),
  second_factor_declined: plain('event.declined'),
  second_factor_decline_undone: plain('event.decline_undone'),
  push_device_registered: named('event.push_registered'),
  push_device_activated: plain('event.push_activated'),
  push_device_renamed: named('event.renamed'),
  push_device_removed: plain('event.push_removed'),
  push_second_phone_refused: warns('event.second_phone'),
  push_answered: answered,
  push_token_refreshed: plain('event.push_refreshed'),
  push_disabled: warns('event.push_disabled'),
  totp_registered: plain('event.totp_added'),
  totp_used: plain('event.totp_used'),
  totp_renamed: named('event.renamed'),
  totp_removed: plain('event.totp_removed'),
  passkey_registered: named('event.passkey_added'),
  passkey_used: plain('event.passkey_used'),
  passkey_refused: ({ reason }) => ({
    text: message(reason === 'cloned' ? 'event.passkey_cloned' : 'event.passkey_refused'),
    isWarning: true,
  }),
  passkey_renamed: named('event.renamed'),
  passkey_removed: plain('event.passkey_removed'),
  second_factor_locked: warns('event.locked'),
  recovery_codes_created: plain('event.recovery_created'),
  recovery_codes_removed: ({ reason }) => ({
    text: message(reason === 'first_factor' ? 'event.recovery_dropped' : 'event.recovery_removed'),
    isWarning: false,
  }),
  second_factor_reset: warns('event.reset'),
  recovery_code_used: ({ left }) => ({
    text: message('event.recovery_used', { left: typeof left === 'number' ? left : 0 }),
    isWarning: true,
  }),
  user_disabled: warns('event.disabled'),
  user_enabled: plain('event.enabled'),
  user_changed: plain('event.changed'),
  password_set: plain('event.password_set'),
  not_me_reported: warns('event.not_me'),
}

/** Why a session ended. */
const endings: Readonly<Record<string, MessageKey>> = {
  logout: 'event.logout',
  ended_by_owner: 'event.session_ended_by_owner',
  factor_removed: 'event.session_ended_removed',
  codes_replaced: 'event.session_ended_codes',
}

/** A test is told only where it went wrong; its phone is told of when it counts. */
function answered({ outcome, purpose, app, askedAt }: Data): Told | undefined {
  const test = purpose === 'test'
  if (outcome === 'denied') {
    const text = test ? message('event.test_denied') : refused('event.push_denied', app, askedAt)
    return { text, isWarning: !test }
  }
  if (outcome === 'wrong_number') {
    const text = test
      ? message('event.test_wrong_number')
      : refused('event.push_wrong_number', app, askedAt)
    return { text, isWarning: !test }
  }
  if (test) return undefined
  return { text: message('event.push_approved'), isWarning: false }
}

/** Which login it was; earlier events do not say. */
function refused(
  key: 'event.push_denied' | 'event.push_wrong_number',
  app: FactValue | undefined,
  at: FactValue | undefined,
): Message {
  if (typeof app !== 'string' || typeof at !== 'number') return message(key)
  return message(`${key}.of`, { app, at })
}

export const toldTypes: readonly string[] = Object.keys(words)

/** `undefined`: nothing that the person needs to know. */
export function activityMessage(
  { type, data }: Pick<AuditEvent, 'type' | 'data'>,
  app: string | Message,
): Told | undefined {
  return words[type]?.(data, app)
}
