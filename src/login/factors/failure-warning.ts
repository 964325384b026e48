/**
 * The mail to a person when right passwords were followed, again and again, by no right second factor: by wrong ones, or by
 * logins that were left there. Owns how many failures cause a warning, which is also an alert, and how often it is sent. Reads
 * the failures from the audit log, which records the mail too.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { readAuditAbout } from '../../identity/audit/chain.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import type { Alerts } from '../../identity/notify/alerts/alerts.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { lockUser } from '../../identity/users/lock.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { factorAlerts } from './alerts.ts'
import { factorEvents } from './events.ts'
import { factorNotices } from './notices.ts'

export interface FailureWarningOptions {
  readonly clock: Clock
  readonly audit: Audit
  readonly notify: Notify
  /** Absent in commands, which verify no proof. */
  readonly alerts?: Pick<Alerts, 'raise'> | undefined
}

/** How many failures within `window` (ms) cause a warning, and for how long no further one follows. */
const few = 3
const window = hours(24)

/**
 * Call it in the transaction in which the audit events of `more` failures are recorded: these are not stored before the
 * commit, so they are counted in addition. At most one mail in 24 hours, also when failures come at the same moment.
 */
export async function warnOfFailures(
  { clock, audit, notify, alerts }: FailureWarningOptions,
  tx: Transaction,
  userId: Id<'user'>,
  more = 1,
): Promise<void> {
  await lockUser(tx, userId)
  const { failed, failuresNotified } = factorEvents
  const events = await readAuditAbout(tx, {
    about: [userId],
    types: [failed.type, loginEvents.abandoned.type, failuresNotified.type],
    since: clock.now() - window,
    limit: 100,
  })
  if (events.some(({ type }) => type === failuresNotified.type)) return
  const failures = events.length + more
  if (failures < few) return
  await notify(tx, factorNotices.failures, { userId })
  await alerts?.raise(tx, factorAlerts.failures, {
    userId,
    username: await findUsername(tx, userId),
    failures,
  })
  await audit.record(tx, failuresNotified, { userId, failures })
}

async function findUsername(tx: Transaction, userId: Id<'user'>): Promise<string | null> {
  const found = tx.selectFrom('users').select('username').where('id', '=', userId)
  return (await found.executeTakeFirst())?.username ?? null
}
