/**
 * Follows up a new password in a directory if the directory's answer was lost, or if it could not be recorded here. Asks
 * the directory when the password was changed. If it was, every login of the user ends, with a mail and an audit event.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { Notify } from '../notify/notice.ts'
import type { Directory } from '../users/directory.ts'
import { userEvents } from '../users/events.ts'
import { userNotices } from '../users/notices.ts'
import { endWrite, listUnsettled, type OpenWrite } from '../users/password-writes.ts'
import { clockDifference } from '../users/replaced-passwords.ts'
import type { Users } from '../users/users.ts'
import type { Logins } from './logins.ts'

export interface SettleWritesOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findLocked'>
  readonly directory: Pick<Directory, 'checkAccount'>
  readonly logins: Pick<Logins, 'endAll'>
  readonly notify: Notify
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
}

const mostAtOnce = 50

export function createSettleWrites(options: SettleWritesOptions): () => Promise<void> {
  const { db, clock, log } = options
  return async () => {
    for (const write of await listUnsettled(db, clock.now(), mostAtOnce)) {
      try {
        await settle(options, write)
      } catch (error) {
        log.error({ error, userId: write.userId }, 'a new password could not be followed up')
      }
    }
  }
}

async function settle(options: SettleWritesOptions, write: OpenWrite): Promise<void> {
  const { db, users, directory, logins, notify, audit, log } = options
  const { userId, beganAt } = write
  // Updates the row from the directory.
  const account = await directory.checkAccount?.(db, userId, 'background')
  // The next run asks again.
  if (account?.type === 'unavailable') return
  await transact(db, async (tx) => {
    const user = await users.findLocked(tx, userId)
    if (user === undefined || !(await endWrite(tx, write))) return
    const { passwordChangedAt } = user
    // If the directory says no time, the password may have been changed.
    const isUnchanged = passwordChangedAt !== null && passwordChangedAt < beganAt - clockDifference
    if (isUnchanged) return
    await notify(tx, userNotices.passwordChanged, { userId })
    await audit.record(tx, userEvents.passwordSet, { userId, by: userId })
    const { ids } = await logins.endAll(tx, { userId, reason: 'password_changed' })
    log.info({ userId, sessions: ids.length }, 'a new password in a directory was followed up')
  })
}
