/**
 * Logins that ended between a right password and a second factor: left in their browser, or not finished in time. A person
 * who has only the password does both, so each such login is in the user's history, and a few of them cause a mail. Owns
 * when a login is one of these; failure-warning.ts owns the mail.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { removeInBatches } from '../../platform/storage/remove.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { StepName } from '../engine/journey.ts'
import type { JourneyStore } from '../engine/store.ts'
import type { Factor } from '../factors/factor.ts'
import { warnOfFailures } from '../factors/failure-warning.ts'

export interface AbandonedLoginsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly store: Pick<JourneyStore, 'endExpired'>
  readonly factors: readonly Pick<Factor, 'verify'>[]
  readonly audit: Audit
  readonly notify: Notify
  readonly alerts: Pick<Alerts, 'raise'>
  /** Receives the number of logins that have expired, after each batch. */
  readonly noteEnd?: (end: 'expired', times: number) => void
}

/** Where a login was left. */
export interface LeftLogin {
  readonly userId: Id<'user'>
  readonly step: StepName
}

export type AbandonedLogins = ReturnType<typeof createAbandonedLogins>

export function createAbandonedLogins(options: AbandonedLoginsOptions) {
  const { db, clock, store, factors, audit } = options

  /** A page that offers an enrolment was left by a person who has no second factor yet. */
  function isVerifying(step: StepName): boolean {
    return factors.some(({ verify }) => verify.steps.some(({ name }) => name === step))
  }

  return {
    /** The person has left the login on its page. Call it in the transaction of that move. */
    async noteLeft(tx: Transaction, { userId, step }: LeftLogin): Promise<void> {
      if (!isVerifying(step)) return
      await warnOfFailures(options, tx, userId)
      await audit.record(tx, loginEvents.abandoned, { userId, reason: 'left' })
    },

    /** Ends logins whose time is over. Each is found once, on whichever node. */
    async noteExpired(): Promise<void> {
      await removeInBatches(async (limit) => {
        const ended = await transact(db, async (tx) => {
          const expired = await store.endExpired(tx, clock.now(), limit)
          const failed = expired.filter(({ step }) => isVerifying(step))
          for (const [userId, logins] of Map.groupBy(failed, (one) => one.userId)) {
            await warnOfFailures(options, tx, userId, logins.length)
            for (const { begunAt } of logins)
              await audit.record(tx, loginEvents.abandoned, { userId, reason: 'expired', begunAt })
          }
          return expired.length
        })
        options.noteEnd?.('expired', ended)
        return ended
      })
    },
  }
}
