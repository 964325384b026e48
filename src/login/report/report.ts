/**
 * What follows when a person says of a login *this was not me*. Owns the consequences and their order; does not own how
 * the person said it, by a link in a mail (routes.ts) or on an authenticator. Whoever calls it runs `after` when the
 * transaction was committed.
 */

import type { Audit } from '../../identity/audit/audit.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { sessionEvents } from '../../identity/sessions/events.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { journeyTopic } from '../engine/engine.ts'
import type { JourneyStore } from '../engine/store.ts'
import { type About, browserOfAbout } from './about.ts'
import { reportAlerts } from './alerts.ts'
import { reportEvents } from './events.ts'
import { reportNotices } from './notices.ts'

export interface ReportOptions {
  readonly users: Pick<Users, 'findLocked' | 'requirePasswordChange' | 'blockPush'>
  readonly sessions: Sessions
  readonly journeys: Pick<JourneyStore, 'endAllOf'>
  readonly audit: Audit
  readonly notify: Notify
  readonly alerts: Alerts
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  /** The login that a challenge was for. */
  readonly attemptOf: (queries: Queries, challengeId: string) => Promise<Attempt | undefined>
  readonly consequences: Consequences
}

export interface Consequences {
  readonly end_sessions: boolean
  readonly require_new_password: boolean
  /** Milliseconds; 0: not at all. */
  readonly block_push: number
}

export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly about: About | undefined
}

export interface Report {
  readonly userId: Id<'user'>
  /** The message id of the push challenge that it is about. */
  readonly challengeId?: string
  readonly source: 'mail' | 'authenticator'
}

export interface Reported {
  readonly sessionsEnded: number
  readonly passwordChangeRequired: boolean
  /** Milliseconds since the epoch. */
  readonly pushBlockedUntil: number | null
  /** Tells those who wait. Call it after the commit. */
  after(): void
}

export type ReportNotMe = (queries: Queries, report: Report) => Promise<Reported>

export function createReportNotMe(options: ReportOptions): ReportNotMe {
  return (queries, report) => reportNotMe(options, queries, report)
}

async function reportNotMe(
  options: ReportOptions,
  queries: Queries,
  { userId, challengeId, source }: Report,
): Promise<Reported> {
  const { users, sessions, journeys, consequences, clock } = options
  const now = clock.now()
  const user = await users.findLocked(queries, userId)
  if (user === undefined) return nothing
  const attempt =
    challengeId === undefined ? undefined : await options.attemptOf(queries, challengeId)
  const passwordChangeRequired = consequences.require_new_password && isOlder(user, attempt)
  if (passwordChangeRequired) await users.requirePasswordChange(queries, userId)
  const pushBlockedUntil = consequences.block_push > 0 ? now + consequences.block_push : null
  if (pushBlockedUntil !== null) await users.blockPush(queries, userId, pushBlockedUntil)
  // Also those that this report is not about: whoever knows the password may have begun more than one.
  const ended = await journeys.endAllOf(queries, userId, { now })
  const ids = consequences.end_sessions ? await sessions.endAllOf(queries, userId, 'not_me') : []
  const done = { sessionsEnded: ids.length, passwordChangeRequired, pushBlockedUntil }
  await tell(options, queries, { user, source, attempt, done, ended: ids })
  return {
    ...done,
    after() {
      for (const hash of ended) options.events.wake(journeyTopic(hash))
      sessions
        .announceEnd(ids)
        .catch((error: unknown) => options.log.error({ error }, 'an end was not told'))
    },
  }
}

const nothing: Reported = {
  sessionsEnded: 0,
  passwordChangeRequired: false,
  pushBlockedUntil: null,
  after() {},
}

/** A password that was changed since then is not the one that a stranger knows. */
function isOlder({ passwordChangedAt }: User, attempt: Attempt | undefined): boolean {
  return attempt === undefined || passwordChangedAt === null || passwordChangedAt <= attempt.at
}

interface Telling {
  readonly user: User
  readonly source: Report['source']
  readonly attempt: Attempt | undefined
  readonly done: Omit<Reported, 'after'>
  readonly ended: readonly Id<'session'>[]
}

async function tell(
  { notify, alerts, audit }: ReportOptions,
  queries: Queries,
  { user, source, attempt, done, ended }: Telling,
): Promise<void> {
  const { id: userId, username, displayName } = user
  const { app, place, address } = attempt?.about ?? {}
  const browser = attempt?.about && browserOfAbout(attempt.about)
  await notify(queries, reportNotices.notMe, { userId, app, place, address, browser })
  const login = attempt && {
    at: attempt.at,
    app: app ?? null,
    browser: browser === undefined ? null : createTranslator('en')(browser),
    place: place ?? null,
    address: address ?? null,
  }
  const facts = { userId, username, displayName, source, login: login ?? null, ...done }
  await alerts.raise(queries, reportAlerts.notMe, facts)
  await audit.record(queries, reportEvents.notMe, {
    userId,
    source,
    passwordChangeRequired: done.passwordChangeRequired,
    pushBlockedUntil: done.pushBlockedUntil,
  })
  for (const sessionId of ended) {
    await audit.record(queries, sessionEvents.ended, { userId, sessionId, reason: 'not_me' })
  }
}
