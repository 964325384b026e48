/**
 * Deletes events of the audit trail that are older than the configuration allows, a few at a time, and moves the checkpoint
 * in the same transaction. So a node may stop at any moment, two nodes may delete at once, and nobody waits long. Events
 * are verified before they are deleted. Owns which events are old enough, and when a clock is trusted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { createAudit } from './audit.ts'
import { type AuditEvent, toEvent } from './chain.ts'
import { moveCheckpoint, readCheckpoint } from './checkpoint.ts'
import { trailEvents } from './events.ts'
import { deriveAuditKeys, type KeySource } from './keys.ts'
import { findEnds } from './log-ends.ts'
import { followAll } from './place.ts'
import { readEvents } from './read-events.ts'

export interface RetentionOptions {
  readonly db: Database
  readonly clock: Clock
  readonly keyring: KeySource
  readonly log: Log
  /** How old an event gets, in milliseconds. */
  readonly maxAge: number
  /** `false`: the clock of this node is known to be wrong. */
  readonly isClockRight: () => boolean
  /** The first event that a receiver still has to get; `undefined`: none. */
  readonly findFirstUnsent?: () => Promise<number | undefined>
  /** Writes elsewhere what has to stay of the deleted events. */
  readonly beforeDeletion: (tx: Transaction, events: readonly AuditEvent[]) => Promise<void>
}

export type Retention = ReturnType<typeof createRetention>

/** Events that are deleted in one transaction. */
const batch = 200
/** Milliseconds between two of them. */
const rest = 20
/** Events that are looked at in one query. */
const windowSize = 2000
/** How many windows one run looks at; the next run goes on. */
const mostWindows = 100
/** A run is worthwhile when the oldest event is this much older than `maxAge`. */
const slack = hours(24)
/** A log in use has an event within this time. */
const inUse = hours(14 * 24)
/** The clocks of nodes differ a little. */
const clockSlack = hours(1)

export function createRetention(options: RetentionOptions) {
  const { log } = options
  const deleteSome = createDeletion(options)
  let running: Promise<void> = Promise.resolve()
  let isStopping = false

  async function shorten(): Promise<void> {
    const target = await findTarget(options)
    if (target === undefined) return
    let seq: number | undefined = target.begin
    while (seq !== undefined && seq < target.last && !isStopping) {
      seq = await deleteSome(seq, target)
      await sleep(rest)
    }
  }

  /** Does not throw. */
  function purge(): Promise<void> {
    running = running.then(shorten).catch((error: unknown) => {
      log.error({ error }, 'old events of the audit log were not deleted')
    })
    return running
  }

  return {
    purge,
    /** Purges at once, for nodes that start more often than they purge. */
    start(): void {
      void purge()
    },
    /** Resolves when the deletion under way is done. */
    async stop(): Promise<void> {
      isStopping = true
      await running
    },
  }
}

interface Target {
  /** Where the checkpoint is. */
  readonly begin: number
  /** The last event that is old enough. */
  readonly last: number
  /** Milliseconds since the epoch. */
  readonly cutoff: number
}

/** `undefined`: there is nothing to do now. */
async function findTarget(options: RetentionOptions): Promise<Target | undefined> {
  const { db, clock, maxAge, isClockRight } = options
  if (!isClockRight()) return undefined
  const now = clock.now()
  const cutoff = now - maxAge
  const { seq } = await db.selectFrom('audit_checkpoint').select('seq').executeTakeFirstOrThrow()
  const found = await findOld(db, { after: seq, now, cutoff })
  if (found === undefined || found.oldest >= cutoff - slack) return undefined
  if (!(await wasInUse(db, { from: now - inUse, until: now - slack }))) return undefined
  const unsent = (await options.findFirstUnsent?.()) ?? Number.POSITIVE_INFINITY
  if (unsent <= found.last) options.log.warn({ unsent }, waitsForReceivers)
  return { begin: seq, last: Math.min(found.last, unsent - 1), cutoff }
}

const waitsForReceivers =
  'old events of the audit log are not deleted, as a receiver has not taken them: see einlass audit receivers'

/**
 * The events up to the first one that has to stay. An event from the future, which a wrong clock wrote, does not stop the
 * search, and is deleted with the older ones after it.
 */
async function findOld(
  queries: Queries,
  { after, now, cutoff }: { readonly after: number; readonly now: number; readonly cutoff: number },
): Promise<{ readonly last: number; readonly oldest: number } | undefined> {
  let from = after
  let found: { readonly last: number; readonly oldest: number } | undefined
  for (let count = 0; count < mostWindows; count += 1) {
    const rows = await queries
      .selectFrom('audit_events')
      .select(['seq', 'at'])
      .where('seq', '>', from)
      .orderBy('seq')
      .limit(windowSize)
      .execute()
    for (const { seq, at } of rows) {
      if (at >= cutoff && at <= now + clockSlack) return found
      if (at < cutoff) found = { last: seq, oldest: Math.min(at, found?.oldest ?? at) }
    }
    const last = rows.at(-1)
    if (last === undefined) return undefined
    from = last.seq
  }
  return found
}

/**
 * Whether the trail has an event of that time. If the clock has just jumped ahead, every event looks old and the days
 * before have no event. A deletion cannot be undone, so such a clock is not trusted before a day is over.
 */
async function wasInUse(
  queries: Queries,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<boolean> {
  let { first: low, last: high } = await findEnds(queries)
  // Events are nearly in the order of their times.
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const row = await queries
      .selectFrom('audit_events')
      .select('at')
      .where('seq', '>=', middle)
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst()
    if (row === undefined || row.at > until) high = middle - 1
    else if (row.at < from) low = middle + 1
    else return true
  }
  return false
}

/** Deletes the next events; gives the last one that was deleted, or `undefined` when this node has to stop. */
function createDeletion(options: RetentionOptions) {
  const { db, clock, keyring, log, beforeDeletion } = options
  const keys = deriveAuditKeys(keyring)
  const audit = createAudit(options)

  async function deleteSome(tx: Transaction, from: number, { begin, last, cutoff }: Target) {
    const checkpoint = await readCheckpoint(tx, keys.checkpoint, { isLocked: true })
    if (checkpoint === undefined) {
      log.error({}, 'the checkpoint of the audit log was changed: run einlass audit verify')
      return undefined
    }
    // Another node has deleted them, and goes on.
    if (checkpoint.place.seq !== from) return undefined
    const events = await readEvents(tx, { after: from, upTo: last, limit: batch })
    const end = followAll(checkpoint.place, events, keys)
    // Nothing is deleted where something is wrong: that would remove the traces.
    if ('reason' in end) {
      log.error({ ...end }, 'no event of the audit log is deleted: run einlass audit verify')
      return undefined
    }
    if (end.seq === from) return undefined
    await beforeDeletion(
      tx,
      events.map(({ row }) => toEvent(row)),
    )
    await moveCheckpoint(tx, keys.checkpoint, { place: end, at: clock.now() })
    for (const table of ['audit_events', 'audit_replacements'] as const)
      await tx.deleteFrom(table).where('seq', '>', from).where('seq', '<=', end.seq).execute()
    if (from === begin) {
      const olderThan = new Date(cutoff).toISOString()
      await audit.record(tx, trailEvents.shortened, { from: from + 1, olderThan })
    }
    return end.seq
  }

  return (from: number, target: Target): Promise<number | undefined> =>
    transact(db, (tx) => deleteSome(tx, from, target))
}
