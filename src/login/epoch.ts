/**
 * What a restore from a backup begins: an epoch in which no earlier login is valid, and nothing earlier that can be used once.
 * Nobody knows what was spent, ended or revoked between the backup and the restore, so all of it ends. Passwords, authenticators,
 * apps and rules stay as the backup has them. Owns the order; each feature ends its own.
 */
import type { Audit } from '../identity/audit/audit.ts'
import type { Notify } from '../identity/notify/notice.ts'
import { restoreEvents } from '../identity/operations/events.ts'
import { endAllSessions } from '../identity/sessions/void-earlier.ts'
import type { Random } from '../platform/kernel/random.ts'
import type { Database, Queries } from '../platform/storage/database.ts'
import { type Epoch, writeEpoch } from '../platform/storage/epoch.ts'
import { transact } from '../platform/storage/transact.ts'
import type { FactorDefinition } from './factors/factor.ts'
import { factorDefinitions } from './factors/index.ts'

export interface BeginEpochOptions {
  readonly db: Database
  readonly random: Random
  /** Milliseconds since the epoch of Unix. */
  readonly now: number
  /** `null`: the backup does not say it. */
  readonly backupAt: number | null
  /** Who restores. */
  readonly by: string
  readonly audit: Audit
  readonly notify: Notify
  /** Of the protocols for apps. */
  readonly voidOthers: readonly ((queries: Queries) => Promise<void>)[]
}

export interface BegunEpoch {
  readonly epoch: Epoch
  readonly sessionsEnded: number
}

/** Call it before anybody can log in to the restored database. */
export async function beginEpoch(options: BeginEpochOptions): Promise<BegunEpoch> {
  const { db, random, now, backupAt, by, audit } = options
  const definitions: readonly FactorDefinition[] = factorDefinitions
  return await transact(db, async (tx) => {
    const epoch = { id: random.uuid(), beganAt: now, backupAt }
    await writeEpoch(tx, epoch)
    // The first event of the epoch, before those of what it ends.
    await audit.record(tx, restoreEvents.restored, { epoch: epoch.id, backupAt, by })
    const sessionsEnded = await endAllSessions(tx, options)
    await endJourneys(tx, now)
    await endLinks(tx, now)
    await dropWork(tx)
    for (const { voidEarlier } of definitions) await voidEarlier?.(tx, options)
    for (const voidOther of options.voidOthers) await voidOther(tx)
    return { epoch, sessionsEnded }
  })
}

async function endJourneys(queries: Queries, now: number): Promise<void> {
  await queries
    .updateTable('journeys')
    .set({ finished_at: now, end_reason: 'restored' })
    .where('finished_at', 'is', null)
    .execute()
}

/** Links of every purpose, and tokens with which apps register themselves a limited number of times. */
async function endLinks(queries: Queries, now: number): Promise<void> {
  await queries
    .updateTable('one_time_links')
    .set({ consumed_at: now })
    .where('consumed_at', 'is', null)
    .execute()
  await queries
    .updateTable('enrolment_invitations')
    .set({ ended_at: now })
    .where('ended_at', 'is', null)
    .execute()
  await queries
    .updateTable('reset_links')
    .set({ consumed_at: now })
    .where('consumed_at', 'is', null)
    .execute()
  await queries
    .updateTable('registration_tokens')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .execute()
}

/** Waiting work was most likely done since, and its links have ended. Apps learn of a logout twice rather than never. */
async function dropWork(queries: Queries): Promise<void> {
  await queries.deleteFrom('mail_queue').where('status', '=', 'waiting').execute()
  await queries.deleteFrom('reset_requests').execute()
}
