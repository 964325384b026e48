/**
 * What follows when a person says of a login, or of a new authenticator, *this was not me*. Owns the consequences and their order. Does not own how the
 * person said it: by a link in a mail (links.ts) or on an authenticator.
 */

import type { Audit } from '../../identity/audit/audit.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import { type Clock, isFromFuture } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { type About, browserOfAbout } from './about.ts'
import { reportAlerts } from './alerts.ts'
import { reportEvents } from './events.ts'
import type { BoundAuthenticator, NotMeLinks } from './links.ts'
import { notMeByApp, notMeElsewhere, reportNotices } from './notices.ts'

export interface ReportOptions {
  readonly users: Pick<Users, 'findLocked' | 'requirePasswordChange' | 'blockPush'>
  readonly logins: Pick<Logins, 'endAll' | 'endUnfinished'>
  readonly audit: Audit
  readonly notify: Notify
  readonly alerts: Alerts
  readonly clock: Clock
  readonly factors: ReportedFactors
  readonly consequences: Consequences
}

/** What a report asks the factors. */
export interface ReportedFactors {
  /** The login that a challenge was for. */
  readonly findAttempt: (queries: Queries, challengeId: string) => Promise<Attempt | undefined>
  /** Removes an authenticator that another person bound, and what was set up since. */
  readonly undoBinding: (
    tx: Transaction,
    userId: Id<'user'>,
    bound: BoundAuthenticator,
  ) => Promise<void>
}

export interface Consequences {
  readonly end_sessions: boolean
  readonly require_new_password: boolean
  /** Milliseconds; 0: not at all. */
  readonly block_push: number
  /** Instead of `require_new_password`: the user reads to change the password where the directory lets them. */
  readonly advise_new_password?: boolean
}

/** The consequences that are possible with this directory: a new password is required only where it can be chosen here. */
export function fitConsequences(
  configured: Omit<Consequences, 'advise_new_password'>,
  { changePassword }: Pick<Directory, 'changePassword'>,
): Consequences {
  if (changePassword !== undefined) return configured
  const { require_new_password: advises, ...others } = configured
  return { ...others, require_new_password: false, advise_new_password: advises }
}

/** Of a report about a new authenticator: its sessions end in any case, and no phone was asked for anything. */
export function fitBinding(consequences: Consequences): Consequences {
  return { ...consequences, end_sessions: true, block_push: 0 }
}

export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly about: About | undefined
}

export interface Report {
  readonly userId: Id<'user'>
  /** The message id of the push challenge that it is about. */
  readonly challengeId?: string | undefined
  /** The authenticator that it is about. */
  readonly bound?: BoundAuthenticator | undefined
  readonly source: 'mail' | 'authenticator' | 'login'
}

export interface Reported {
  readonly sessionsEnded: number
  readonly passwordChangeRequired: boolean
  /** Another person may know the password, which cannot be changed here. */
  readonly isNewPasswordAdvised: boolean
  /** Milliseconds since the epoch. */
  readonly pushBlockedUntil: number | null
}

/** Call it in the transaction in which the person's right to report is used up. */
export type ReportNotMe = (tx: Transaction, report: Report) => Promise<Reported>

export type LinkReport =
  | { readonly type: 'reported'; readonly reported: Reported; readonly isBound: boolean }
  | { readonly type: 'gone'; readonly reason: 'used' | 'expired' | 'unknown' }

/** By the link in a mail, which works once. */
export type ReportByLink = (token: string) => Promise<LinkReport>

export function createReportByLink(options: {
  readonly db: Database
  readonly links: NotMeLinks
  readonly reportNotMe: ReportNotMe
}): ReportByLink {
  const { db, links, reportNotMe } = options
  return async (token) => {
    const reported = await transact(db, async (tx) => {
      const subject = await links.take(tx, token)
      if (subject === undefined) return undefined
      const done = await reportNotMe(tx, { ...subject, source: 'mail' })
      return { reported: done, isBound: subject.bound !== undefined }
    })
    if (reported !== undefined) return { type: 'reported', ...reported }
    const link = await links.find(db, token)
    return { type: 'gone', reason: link.type === 'good' ? 'used' : link.type }
  }
}

export function createReportNotMe(options: ReportOptions): ReportNotMe {
  return (tx, report) => reportNotMe(options, tx, report)
}

async function reportNotMe(
  options: ReportOptions,
  tx: Transaction,
  { userId, challengeId, bound, source }: Report,
): Promise<Reported> {
  const { users, audit, clock } = options
  const consequences = bound === undefined ? options.consequences : fitBinding(options.consequences)
  const user = await users.findLocked(tx, userId)
  if (user === undefined) return nothing
  const attempt =
    challengeId === undefined ? undefined : await options.factors.findAttempt(tx, challengeId)
  const isKnown = isPasswordInDoubt(user, attempt ?? (bound && { at: bound.at, about: undefined }))
  const passwordChangeRequired = consequences.require_new_password && isKnown
  const isNewPasswordAdvised = consequences.advise_new_password === true && isKnown
  if (passwordChangeRequired) await users.requirePasswordChange(tx, userId)
  const wait = consequences.block_push
  const pushBlockedUntil = wait > 0 ? clock.now() + wait : null
  if (pushBlockedUntil !== null) await users.blockPush(tx, userId, pushBlockedUntil)
  if (bound !== undefined) await options.factors.undoBinding(tx, userId, bound)
  const done = { passwordChangeRequired, pushBlockedUntil }
  await audit.record(tx, reportEvents.notMe, { userId, source, ...done })
  const sessionsEnded = await endLogins(options, consequences, tx, userId)
  const reported = { sessionsEnded, isNewPasswordAdvised, ...done }
  await tell(options, tx, { user, source, attempt, done: reported })
  return reported
}

/** Also ends logins that the report is not about: a person who knows the password may have begun more than one. */
async function endLogins(
  { logins }: ReportOptions,
  consequences: Consequences,
  tx: Transaction,
  userId: Id<'user'>,
): Promise<number> {
  const end = { userId, reason: 'not_me' }
  if (consequences.end_sessions) return (await logins.endAll(tx, end)).ids.length
  await logins.endUnfinished(tx, end)
  return 0
}

const nothing: Reported = {
  sessionsEnded: 0,
  passwordChangeRequired: false,
  isNewPasswordAdvised: false,
  pushBlockedUntil: null,
}

/** Until when messages are blocked after a report (ms since the epoch); `undefined`: they are not. */
export function findBlockEnd(
  { pushBlockedUntil: until, pushBlockedAt: at }: Pick<User, 'pushBlockedUntil' | 'pushBlockedAt'>,
  now: number,
): number | undefined {
  return until !== null && until > now && !isFromFuture(at ?? 0, now) ? until : undefined
}

/** The same for a user who was not read yet. */
export async function findBlockedUntil(
  queries: Queries,
  userId: Id<'user'>,
  now: number,
): Promise<number | undefined> {
  const row = await queries
    .selectFrom('users')
    .select(['push_blocked_until as pushBlockedUntil', 'push_blocked_at as pushBlockedAt'])
    .where('id', '=', userId)
    .executeTakeFirst()
  return row === undefined ? undefined : findBlockEnd(row, now)
}

/** Whether another person may know the password: not if it was changed since, or was not asked for. */
function isPasswordInDoubt({ passwordChangedAt }: User, attempt: Attempt | undefined): boolean {
  if (attempt?.about?.byApp !== undefined) return false
  return attempt === undefined || passwordChangedAt === null || passwordChangedAt <= attempt.at
}

interface Telling {
  readonly user: User
  readonly source: Report['source']
  readonly attempt: Attempt | undefined
  readonly done: Reported
}

async function tell(
  { notify, alerts }: ReportOptions,
  queries: Queries,
  { user, source, attempt, done: { isNewPasswordAdvised, ...done } }: Telling,
): Promise<void> {
  const { id: userId, username, displayName } = user
  const { app, place, address } = attempt?.about ?? {}
  const browser = attempt?.about && browserOfAbout(attempt.about)
  const messagesAgainAt = done.pushBlockedUntil ?? undefined
  const facts = { userId, app, place, address, browser, messagesAgainAt }
  const ofLogin = isNewPasswordAdvised ? notMeElsewhere : reportNotices.notMe
  await notify(queries, attempt?.about?.byApp === undefined ? ofLogin : notMeByApp, facts)
  const login = attempt && {
    at: attempt.at,
    app: app ?? null,
    browser: browser === undefined ? null : createTranslator('en')(browser),
    place: place ?? null,
    address: address ?? null,
  }
  const about = { userId, username, displayName, source, login: login ?? null, ...done }
  await alerts.raise(queries, reportAlerts.notMe, about)
}
