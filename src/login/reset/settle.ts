/**
 * Decides about a request for a new password: its user gets a link by mail, another mail, or nothing. Owns that decision and its
 * audit events; nobody waits for it.
 */
import { type Aggregate, createAggregate } from '../../identity/audit/aggregate.ts'
import type { FactsOf } from '../../identity/audit/event.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { AttemptResult } from '../../platform/storage/work-queue.ts'
import { describeClient } from '../engine/client.ts'
import { resetEvents } from './events.ts'
import { resetNotices } from './notices.ts'
import type { AskingClient } from './requests.ts'
import { type SendLinkOptions, sendLink } from './send-link.ts'

export interface SettleOptions extends SendLinkOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findLocked'>
  readonly directory: Pick<Directory, 'findByName' | 'passwordReset' | 'checkAccount'>
  readonly clock: Clock
}

export function createSettle(options: SettleOptions) {
  const { db, directory } = options
  const notSent = createNotSent(options)
  return {
    flush: notSent.flush,

    /** @param name as it was typed, in its canonical form */
    async settle(name: string, client: AskingClient): Promise<AttemptResult> {
      const found = await directory.findByName(db, name, 'background')
      if (found.type === 'unavailable') return { type: 'later', reason: 'the directory is away' }
      if (found.type === 'unknown' || found.user.disabledAt !== null) return { type: 'sent' }
      const { id: userId } = found.user
      // Also updates the address: a link must not go to an address that the directory does not have any more.
      const account = await directory.checkAccount?.(db, userId, 'background')
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

type AnswerOptions = SendLinkOptions & {
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
  const from = { userId, ...describeClient(client) }
  if (email === null)
    return await options.notSent.add(tx, { userId, address, reason: 'no_address' })
  const hasSent = isHere
    ? (await sendLink(options, tx, { user: { ...user, email }, from, facts: { address } })) !==
      undefined
    : // The limit of links also applies to the mail that says so.
      (await options.links.create(tx, user, email)) !== undefined
  if (!hasSent) return await options.notSent.add(tx, { userId, address, reason: 'too_often' })
  if (isHere) return
  await options.notSent.add(tx, { userId, address, reason: 'elsewhere' })
  await options.notify(tx, resetNotices.elsewhere, from)
}
