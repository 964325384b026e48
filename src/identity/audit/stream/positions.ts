/**
 * How far each receiver of the audit log is. Owns the table `audit_receivers`: a receiver's place in the chain, which only the
 * node that holds it moves on, and when it is tried again. What is sent is decided in stream.ts.
 */
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { AuditReceiverRow } from '../../../platform/storage/audit-tables.ts'
import type { Database, Nodes, Queries } from '../../../platform/storage/database.ts'
import type { Head } from '../heads.ts'

/** So long after its last sign a node that holds a receiver is taken for gone; longer than one attempt. */
const lease = minutes(1)
/** A lease that ends later was written by a clock that was set back since. Clocks of nodes differ by less than the rest. */
const longestLease = 2 * lease
/** Between attempts; it doubles up to here. */
export const longestWait = minutes(1)

export interface PositionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly nodes: Nodes
}

export type Positions = ReturnType<typeof createPositions>

export function createPositions({ db, clock, nodes }: PositionsOptions) {
  const { own } = nodes

  /** Only while this node holds it and nobody has moved it. */
  async function change(
    { name, seq }: AuditReceiverRow,
    columns: Partial<AuditReceiverRow>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('audit_receivers')
      .set(columns)
      .where('name', '=', name)
      .where('holder', '=', own)
      .where('seq', '=', seq)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  return {
    find: (name: string): Promise<AuditReceiverRow | undefined> => findPosition(db, name),

    /** A receiver that is new begins behind this place. */
    async begin(name: string, { seq, hash }: Head): Promise<void> {
      const begun = { name, seq, hash, holder: null, held_until: 0, ...rested, sent_at: null }
      await db
        .insertInto('audit_receivers')
        .values(begun)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
    },

    /** Takes a receiver, or goes on holding it. `undefined`: another node holds it. */
    async take(row: AuditReceiverRow): Promise<AuditReceiverRow | undefined> {
      const now = clock.now()
      const { holder } = row
      const gone = holder !== null && holder !== own && (await nodes.isGone(holder)) ? holder : own
      return await db
        .updateTable('audit_receivers')
        .set({ holder: own, held_until: now + lease })
        .where('name', '=', row.name)
        .where(({ eb, or }) =>
          or([
            eb('holder', 'is', null),
            eb('holder', 'in', [own, gone]),
            eb('held_until', '<=', now),
            eb('held_until', '>', now + longestLease),
          ]),
        )
        .returningAll()
        .executeTakeFirst()
    },

    /** What was sent up to here was taken. `false`: the receiver was moved meanwhile. */
    advance(row: AuditReceiverRow, { seq, hash }: Head, sent: boolean): Promise<boolean> {
      const now = clock.now()
      const done = sent ? { ...rested, sent_at: now } : {}
      return change(row, { seq, hash, held_until: now + lease, ...done })
    },

    fail(row: AuditReceiverRow, reason: string): Promise<boolean> {
      const now = clock.now()
      const wait = Math.min(1000 * 2 ** row.failures, longestWait)
      return change(row, {
        failures: row.failures + 1,
        failing_since: row.failing_since ?? now,
        reason,
        due_at: now + wait,
      })
    },

    /** Whether the next attempt is later. A wait that is longer than the longest one was written before the clock was set back. */
    isResting({ due_at: dueAt }: AuditReceiverRow): boolean {
      const left = dueAt - clock.now()
      return left > 0 && left <= longestWait
    },

    /** Lets other nodes take what this one holds. */
    async release(): Promise<void> {
      await db
        .updateTable('audit_receivers')
        .set({ holder: null, held_until: 0 })
        .where('holder', '=', own)
        .execute()
    },
  }
}

const rested = { failures: 0, failing_since: null, reason: null, due_at: 0 }

function findPosition(queries: Queries, name: string): Promise<AuditReceiverRow | undefined> {
  return queries
    .selectFrom('audit_receivers')
    .selectAll()
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Lets a receiver go on behind another event. `undefined`: there is no such receiver, else where it was. */
export async function movePosition(
  queries: Queries,
  name: string,
  to: Head,
): Promise<number | undefined> {
  const row = await findPosition(queries, name)
  if (row === undefined) return undefined
  await queries
    .updateTable('audit_receivers')
    .set({ seq: to.seq, hash: to.hash, ...rested })
    .where('name', '=', name)
    .execute()
  return row.seq
}

/** How it stands with a receiver. Times are in milliseconds since the epoch. */
export interface ReceiverState {
  readonly name: string
  /** The last event that it has taken, or after which it begins. */
  readonly seq: number
  /** How many events of the log are behind that one, of whatever type. */
  readonly waiting: number
  /** When the oldest of them happened. */
  readonly waitingSince: number | undefined
  readonly sentAt: number | undefined
  readonly failures: number
  readonly failingSince: number | undefined
  readonly reason: string | undefined
}

/** All that there ever were, by name. */
export async function listReceivers(queries: Queries): Promise<ReceiverState[]> {
  const rows = await queries.selectFrom('audit_receivers').selectAll().orderBy('name').execute()
  return await Promise.all(rows.map((row) => describe(queries, row)))
}

async function describe(queries: Queries, row: AuditReceiverRow): Promise<ReceiverState> {
  const behind = queries.selectFrom('audit_events').where('seq', '>', row.seq)
  const oldest = await behind.select('at').orderBy('seq').limit(1).executeTakeFirst()
  const newest = await queries.selectFrom('audit_head').select('seq').executeTakeFirst()
  return {
    name: row.name,
    seq: row.seq,
    waiting: Math.max(0, (newest?.seq ?? 0) - row.seq),
    waitingSince: oldest?.at,
    sentAt: row.sent_at ?? undefined,
    failures: row.failures,
    failingSince: row.failing_since ?? undefined,
    reason: row.reason ?? undefined,
  }
}

/**
 * The first event that one of these receivers has not taken. What is older may be deleted; the rest is still to be sent.
 * `undefined`: no receiver waits for anything that is in the log now.
 */
export async function findFirstUnsent(
  queries: Queries,
  names: readonly string[],
): Promise<number | undefined> {
  if (names.length === 0) return undefined
  const { seq } = await queries
    .selectFrom('audit_receivers')
    .select(({ fn }) => fn.min('seq').as('seq'))
    .where('name', 'in', names)
    .executeTakeFirstOrThrow()
  return seq === null ? undefined : Number(seq) + 1
}
