/** Audit events of logins as such: how one ended, whichever factors it took. */
import { type MessageKey, message } from '../../platform/ui/message.ts'
import { event, say } from './event.ts'

/** Why a login or a step-up has not reached a higher level; null without a reason. */
export type NotHigher =
  | 'not_asked'
  | 'put_off'
  | 'declined'
  | 'none_registered'
  | 'weaker_factor_used'
  | 'nothing_stronger_registered'

const formatTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** Why a password did not let the user in. */
export type FailureReason = keyof typeof failures

const failures = {
  wrong_credentials: 'The password was wrong.',
  throttled: 'The password was not looked at, because too many were wrong before.',
  disabled: 'The user is disabled.',
  locked:
    'The account is locked in the directory. Whether the password was right, it does not say.',
  held_back:
    'The password was not sent to the directory: so many were wrong that a few more would lock the account there.',
  change_elsewhere:
    'The password was right, and has to be changed in the directory before anybody gets in with it.',
  account_expired: 'The account has expired in the directory. The password was right.',
  outside_hours:
    'The directory does not let the user log in at this time or from here. The password was right.',
}

/** A right password that did not let the user in. */
const rightPasswords: readonly string[] = [
  'disabled',
  'account_expired',
  'outside_hours',
  'change_elsewhere',
] satisfies FailureReason[]

function nameFailure(reason: unknown): MessageKey {
  if (reason === 'throttled') return 'event.login_throttled'
  if (reason === 'locked' || reason === 'held_back') return 'event.login_locked'
  return rightPasswords.includes(`${reason}`) ? 'event.login_refused' : 'event.login_failed'
}

/** Other events say whether an app then let the user in. */
function explainSuccess({ appId, address, withoutBrowser }: Readonly<Record<string, unknown>>) {
  if (withoutBrowser === true) {
    return `Logged in without a browser: ${appId} asked for it, and it was approved on the phone.`
  }
  const on = typeof appId === 'string' ? `on the way to ${appId}` : 'on the own pages of the login'
  return `Logged in ${on}, from ${address ?? 'an unknown address'}.`
}

export const loginEvents = {
  succeeded: event<{
    userId: string
    sessionId: string
    appId: string | null
    acr: string
    amr: readonly string[]
    notHigher: NotHigher | null
    address: string | null
    /** An app asked for it without a browser; absent: no. */
    withoutBrowser?: true
  }>(
    'login_succeeded',
    ({ withoutBrowser }, app) => ({
      text: message(withoutBrowser === true ? 'event.login_by_app' : 'event.login', { app }),
      isWarning: false,
    }),
    explainSuccess,
  ),

  failed: event<{
    /** The canonical name when there is such a user, here or in a directory, and null otherwise. */
    username: string | null
    address: string | null
    reason: FailureReason
    /** Until when it stays so (ms since the epoch), at the latest; absent: not known. */
    until?: number
    /** How many attempts this event stands for; absent: one. */
    times?: number
  }>(
    'login_failed',
    ({ reason }) => ({ text: message(nameFailure(reason)), isWarning: true }),
    ({ reason, address, until }) =>
      [
        (failures as Readonly<Record<string, string>>)[`${reason}`] ?? 'A login was refused.',
        ...(typeof until === 'number' ? [`That holds until ${formatTime(until)}.`] : []),
        `It came from ${address ?? 'an unknown address'}.`,
      ].join(' '),
  ),

  /** After a right password: `left` on the page of a second factor, or `expired` there. */
  abandoned: event<{
    userId: string
    reason: 'left' | 'expired'
    /** Milliseconds since the epoch; absent: shortly before. */
    begunAt?: number
  }>('login_abandoned', ({ begunAt }) => ({
    text:
      typeof begunAt === 'number'
        ? message('event.login_abandoned.of', { at: begunAt })
        : message('event.login_abandoned'),
    isWarning: true,
  })),

  stepUpSucceeded: event<{
    userId: string
    sessionId: string
    acr: string
    amr: readonly string[]
    notHigher: NotHigher | null
  }>('step_up_succeeded', say('event.step_up')),
}
