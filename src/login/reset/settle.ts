/**
 * What becomes of a request for a new password: whether its user gets a link by mail, another mail, or none. Owns that
 * decision and that it is in the audit log; nobody waits for it.
 */
import { type Aggregate, createAggregate } from '../../identity/audit/aggregate.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import type { FactsOf } from '../../identity/audit/event.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { AttemptResult } from '../../platform/storage/work-queue.ts'
import { describeClient } from '../engine/client.ts'
import { resetEvents } from './events.ts'
import type { ResetLinks } from './links.ts'
import { resetNotices } from './notices.ts'
import type { AskingClient } from './requests.ts'

export interface SettleOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findLocked'>
  readonly directory: Pick<Directory, 'findByName' | 'passwordReset' | 'checkAccount'>
  readonly links: Pick<ResetLinks, 'create'>
  readonly notify: Notify
  readonly audit: Audit
  readonly clock: Clock
  /** An origin, from the configuration: no request ever says where a link leads. */
  readonly publicUrl: string
}

export function createSettle(options: SettleOptions) {
  const { db, directory } = options
  const notSent = createNotSent(options)
  return {
    flush: notSent.flush,

    /** @param name as it was typed, in its canonical form */
    async settle(name: string, client: AskingClient): Promise<AttemptResult> {
      const found = await directory.findByName(db, name)
      if (found.type === 'unavailable') return { type: 'later', reason: 'the directory is away' }
      if (found.type === 'unknown' || found.user.disabledAt !== null) return { type: 'sent' }
      const { id: userId } = found.user
      // Brings the address up to date, too: a link must not go to one that the directory has no more.
      const account = await directory.checkAccount?.(db, userId)
      if (account?.type === 'unavailable') return { type: 'later', reason: 'the directory is away' }
      if (account?.type === 'refused') {
        await notSent.add(db, { userId, address: client.address, reason: 'refused' })
        return { type: 'sent' }
      }
      const isHere = (await directory.passwordReset?.isFor(db, found.user)) === true
      await transact(db, async (tx) => {
        const user = await options.users.findLocked(tx, userId)
        if (user === undefined || user.disabledAt !== null) return
        await answer({ ...options, notSent }, tx, { user, client, isHere })
      })
      return { type: 'sent' }
    },
  }
}

type NotSentFacts = Omit<FactsOf<typeof resetEvents.notSent>, 'times'>

/** A flood of requests is one event a minute for each user. */
function createNotSent({ clock, audit }: Pick<SettleOptions, 'clock' | 'audit'>) {
  return createAggregate<NotSentFacts>({
    clock,
    write: (queries, facts) => audit.record(queries, resetEvents.notSent, facts),
    findKey: ({ userId, reason }) => `${userId} ${reason}`,
    withoutKey: (facts) => facts,
  })
}

type AnswerOptions = Pick<SettleOptions, 'links' | 'notify' | 'audit' | 'publicUrl'> & {
  readonly notSent: Aggregate<NotSentFacts>
}

interface Asked {
  readonly user: User
  readonly client: AskingClient
  /** The directory lets us set a password. */
  readonly isHere: boolean
}

async function answer(
  options: AnswerOptions,
  tx: Transaction,
  { user, client, isHere }: Asked,
): Promise<void> {
  const { id: userId, email } = user
  const { address } = client
  const from = describeClient(client)
  const link = email === null ? undefined : await options.links.create(tx, user, email)
  if (link === undefined) {
    const reason = email === null ? 'no_address' : 'too_often'
    return await options.notSent.add(tx, { userId, address, reason })
  }
  if (!isHere) {
    await options.notSent.add(tx, { userId, address, reason: 'elsewhere' })
    return await options.notify(tx, resetNotices.elsewhere, { userId, ...from })
  }
  const url = `${options.publicUrl}${createLinkPath(link.token)}`
  await options.notify(tx, resetNotices.link, {
    userId,
    ...from,
    reset: { url, until: link.expiresAt },
  })
  await options.audit.record(tx, resetEvents.linkSent, { userId, address })
}

/** The path of a link. */
const createLinkPath = (token: string): string => `/forgot-password/link/${token}`
