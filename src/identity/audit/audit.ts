/**
 * What is written down for an auditor: one method per event, called in the transaction of the change that it reports.
 * Owns the events and their facts; chain.ts owns how they are kept. No fact is a secret: no password, token, cookie,
 * code, nor a name that might be a password typed into the wrong field.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import { cutText, escapeControls } from '../../platform/kernel/text.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { appendEvent, type Facts, type FactValue } from './chain.ts'

/**
 * Writes one event. Strings are cut to 200 code points and control characters written out. In a unit of work it is
 * written last, wherever it is called: see `transact`.
 */
export type Write<EventFacts> = (queries: Queries, facts: EventFacts) => Promise<void>

/** A user id, or what an act without a logged-in user came from; `cli:alice` for who ran a command. */
export type By = string | 'setup' | 'second_phone'

/** Why a login or a step-up has not reached a higher level; null where there is none. */
export type NotHigher =
  | 'not_asked'
  | 'put_off'
  | 'declined'
  | 'none_registered'
  | 'weaker_factor_used'
  | 'nothing_stronger_registered'

export interface Audit {
  readonly loginSucceeded: Write<{
    userId: string
    sessionId: string
    appId: string | null
    acr: string
    amr: readonly string[]
    notHigher: NotHigher | null
    address: string | null
  }>
  /** `username` is the canonical name when there is such a user, and null otherwise. */
  readonly loginFailed: Write<{
    username: string | null
    address: string | null
    reason: 'wrong_credentials' | 'throttled' | 'disabled'
    /** How many tries this event stands for; absent: one. */
    times?: number
  }>
  readonly stepUpSucceeded: Write<{
    userId: string
    sessionId: string
    acr: string
    amr: readonly string[]
    notHigher: NotHigher | null
  }>
  readonly sessionEnded: Write<{ userId: string; sessionId: string; reason: string }>
  /** `left`: how often the user may still skip. */
  readonly secondFactorSkipped: Write<{ userId: string; left: number }>
  /** `reason`: in the person's own words. */
  readonly secondFactorDeclined: Write<{ userId: string; reason: string | null }>
  readonly secondFactorDeclineUndone: Write<{ userId: string }>
  readonly pushDeviceRegistered: Write<{ userId: string; deviceId: string; name: string | null }>
  readonly pushDeviceActivated: Write<{ userId: string; deviceId: string }>
  readonly pushDeviceRenamed: Write<{ userId: string; deviceId: string; name: string }>
  readonly pushDeviceRemoved: Write<{ userId: string; deviceId: string; by: By }>
  readonly pushSecondPhoneRefused: Write<{ userId: string }>
  readonly pushSent: Write<{
    userId: string
    deviceId: string
    purpose: 'login' | 'test'
    delivery: string
  }>
  readonly pushAnswered: Write<{
    userId: string
    deviceId: string
    purpose: 'login' | 'test'
    outcome: 'approved' | 'denied' | 'wrong_number'
    /** The name of the app that the login was for, as the phone showed it. */
    app?: string
    /** When the login was begun that was answered, in milliseconds since the epoch. */
    askedAt?: number
  }>
  readonly pushTokenRefreshed: Write<{ userId: string; deviceId: string }>
  /** The provider said that the phone's address leads nowhere any more. */
  readonly pushDisabled: Write<{ userId: string; deviceId: string; provider: string }>
  readonly totpRegistered: Write<{ userId: string; authenticatorId: string }>
  readonly totpUsed: Write<{ userId: string; authenticatorId: string }>
  readonly totpRenamed: Write<{ userId: string; authenticatorId: string; name: string }>
  readonly totpRemoved: Write<{ userId: string; authenticatorId: string; by: By }>
  /** After too many failures; it works again when it is set up anew. */
  readonly secondFactorLocked: Write<{ userId: string; kind: string; failures: number }>
  readonly recoveryCodesCreated: Write<{ userId: string; count: number }>
  /** `first_factor`: they were from before the person's first second factor, and end with its registration. */
  readonly recoveryCodesRemoved: Write<{ userId: string; by: By; reason?: 'first_factor' }>
  /** All of one kind, with the count of failures, so that they are set up anew. */
  readonly secondFactorReset: Write<{ userId: string; kind: string; removed: number; by: By }>
  readonly recoveryCodeUsed: Write<{ userId: string; codeId: string; left: number }>
  readonly passkeyRegistered: Write<{ userId: string; passkeyId: string; name: string }>
  readonly passkeyUsed: Write<{ userId: string; passkeyId: string }>
  /** `cloned`: its counter did not grow, so that a copy of it may be in use. */
  readonly passkeyRefused: Write<{
    userId: string
    passkeyId: string
    reason: 'invalid' | 'backup_changed' | 'cloned'
    address: string
  }>
  readonly passkeyRenamed: Write<{ userId: string; passkeyId: string; name: string }>
  readonly passkeyRemoved: Write<{ userId: string; passkeyId: string; by: By }>
  /** A person says that a login in their name was not theirs. `pushBlockedUntil` in milliseconds since the epoch. */
  readonly notMeReported: Write<{
    userId: string
    source: 'mail' | 'authenticator'
    passwordChangeRequired: boolean
    pushBlockedUntil: number | null
  }>
  readonly userCreated: Write<{ userId: string; username: string; by: By }>
  /** `what`: the names of what is another now, for example `email`. */
  readonly userChanged: Write<{ userId: string; what: readonly string[]; by: By }>
  readonly userRemoved: Write<{ userId: string; username: string; by: By }>
  readonly userGroupAdded: Write<{ userId: string; group: string; by: By }>
  readonly userGroupRemoved: Write<{ userId: string; group: string; by: By }>
  readonly userDisabled: Write<{ userId: string; by: By }>
  readonly userEnabled: Write<{ userId: string; by: By }>
  readonly passwordSet: Write<{ userId: string; by: By }>
  readonly appCreated: Write<{ appId: string; by: By }>
  /** `changes`: a line for each thing that is another now, for example `secondFactor: default → required`. */
  readonly appChanged: Write<{ appId: string; changes: readonly string[]; by: By }>
  readonly appSecretRenewed: Write<{ appId: string; by: By }>
  readonly appRemoved: Write<{ appId: string; by: By }>
  readonly setupLinkCreated: Write<Record<string, never>>
  readonly setupCompleted: Write<{ userId: string }>
  readonly oidcSignedIn: Write<{ userId: string; sessionId: string; appId: string }>
}

export function createAudit({ clock }: { clock: Clock }): Audit {
  function event(type: string) {
    return (queries: Queries, facts: Facts) =>
      appendEvent(queries, { at: clock.now(), type, data: cleanFacts(facts) })
  }

  return {
    loginSucceeded: event('login_succeeded'),
    loginFailed: event('login_failed'),
    stepUpSucceeded: event('step_up_succeeded'),
    sessionEnded: event('session_ended'),
    secondFactorSkipped: event('second_factor_skipped'),
    secondFactorDeclined: event('second_factor_declined'),
    secondFactorDeclineUndone: event('second_factor_decline_undone'),
    pushDeviceRegistered: event('push_device_registered'),
    pushDeviceActivated: event('push_device_activated'),
    pushDeviceRenamed: event('push_device_renamed'),
    pushDeviceRemoved: event('push_device_removed'),
    pushSecondPhoneRefused: event('push_second_phone_refused'),
    pushSent: event('push_sent'),
    pushAnswered: event('push_answered'),
    pushTokenRefreshed: event('push_token_refreshed'),
    pushDisabled: event('push_disabled'),
    totpRegistered: event('totp_registered'),
    totpUsed: event('totp_used'),
    totpRenamed: event('totp_renamed'),
    totpRemoved: event('totp_removed'),
    secondFactorLocked: event('second_factor_locked'),
    recoveryCodesCreated: event('recovery_codes_created'),
    recoveryCodesRemoved: event('recovery_codes_removed'),
    secondFactorReset: event('second_factor_reset'),
    recoveryCodeUsed: event('recovery_code_used'),
    passkeyRegistered: event('passkey_registered'),
    passkeyUsed: event('passkey_used'),
    passkeyRefused: event('passkey_refused'),
    passkeyRenamed: event('passkey_renamed'),
    passkeyRemoved: event('passkey_removed'),
    notMeReported: event('not_me_reported'),
    userCreated: event('user_created'),
    userChanged: event('user_changed'),
    userRemoved: event('user_removed'),
    userGroupAdded: event('user_group_added'),
    userGroupRemoved: event('user_group_removed'),
    userDisabled: event('user_disabled'),
    userEnabled: event('user_enabled'),
    passwordSet: event('password_set'),
    appCreated: event('app_created'),
    appChanged: event('app_changed'),
    appSecretRenewed: event('app_secret_renewed'),
    appRemoved: event('app_removed'),
    setupLinkCreated: event('setup_link_created'),
    setupCompleted: event('setup_completed'),
    oidcSignedIn: event('oidc_signed_in'),
  }
}

function cleanFacts(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, clean(value)]))
}

function clean(value: FactValue | undefined): FactValue | undefined {
  if (typeof value === 'string') return cleanText(value)
  if (value !== null && typeof value === 'object') return value.map(cleanText)
  return value
}

/** Escaping makes text longer, so it is cut before and may end up longer than 200. */
function cleanText(text: string): string {
  return escapeControls(cutText(text, 200))
}
