/**
 * Sends the events of the audit log to receivers as they happen: in the order of the chain, each at least once. Each receiver
 * goes at its own pace, with one batch in memory. One node at a time sends to a receiver and notes how far it is, so that after
 * a kill or an outage the next one goes on behind what was taken. A node that stops between an answer and the note of it costs
 * a second copy, with the same hash. Does not own how events travel: notify/stream has the receivers.
 */
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { AuditReceiverRow } from '../../../platform/storage/audit-tables.ts'
import type { Database, Nodes } from '../../../platform/storage/database.ts'
import { toEvent } from '../chain.ts'
import type { Head } from '../heads.ts'
import type { ListedEvent } from '../list.ts'
import { readHead } from '../verify.ts'
import { createPositions } from './positions.ts'

/** Why events were not taken, in words that hold no secret and no address. */
export interface Refusal {
  readonly reason: string
  /** Fewer at once may be taken. */
  readonly isTooLarge?: boolean | undefined
}

export interface StreamReceiver {
  /** As the configuration calls it. */
  readonly name: string
  /** Which events it gets; `push_*` are all that begin so. None: all. */
  readonly types: readonly string[]
  /** Delivers events in their order, in at most a few seconds; `undefined`: all were taken. Does not throw. */
  deliver(events: readonly ListedEvent[]): Promise<Refusal | undefined>
}

export interface AuditStreamOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly nodes: Nodes
  readonly receivers: readonly StreamReceiver[]
  /** How many events go at once. */
  readonly batchSize?: number
}

export type AuditStream = ReturnType<typeof createAuditStream>

const pollEvery = seconds(1)
/** At the longest wait between attempts that is an hour. */
const failuresToAnError = 60

export function createAuditStream(options: AuditStreamOptions) {
  const { db, log, receivers, batchSize = 200 } = options
  const positions = createPositions(options)
  /** What a receiver takes at once, where that is less. */
  const sizes = new Map<string, number>()
  /** What is being sent, by the name of its receiver. */
  const running = new Map<string, Promise<void>>()
  /** Receivers for which the log could not be read. */
  const unread = new Set<string>()
  let poll: NodeJS.Timeout | undefined
  let isStopped = false

  /** Sends what waits. Ends when there is nothing more, or when it is not for now. */
  async function sendAll(receiver: StreamReceiver): Promise<void> {
    let goesOn = true
    while (goesOn && !isStopped) {
      const head = await readHead(db)
      const row = await takeIfBehind(receiver.name, head)
      goesOn = row !== undefined && (await sendBatch(receiver, row, head))
    }
  }

  /** `undefined`: there is nothing for it, another node sends to it, or it is tried again later. */
  async function takeIfBehind(name: string, head: Head): Promise<AuditReceiverRow | undefined> {
    const row = await positions.find(name)
    if (row === undefined || row.seq === head.seq || positions.isResting(row)) return undefined
    const held = await positions.take(row)
    return held === undefined || positions.isResting(held) ? undefined : held
  }

  /** `false`: not for now. */
  async function sendBatch(
    receiver: StreamReceiver,
    row: AuditReceiverRow,
    head: Head,
  ): Promise<boolean> {
    const { name, types } = receiver
    const size = sizes.get(name) ?? batchSize
    const { events, trouble } = await readBehind(db, row, { head, size })
    if (trouble !== undefined) log.error({ receiver: name, behind: row.seq }, trouble)
    const wanted = events.filter(({ type }) => matchesType(type, types))
    const refusal = wanted.length === 0 ? undefined : await receiver.deliver(wanted)
    if (refusal !== undefined) return await noteRefusal(row, refusal, events.length)
    sizes.set(name, Math.min(size * 2, batchSize))
    if (row.failures > 0 && wanted.length > 0) log.info(describe(row), takesAgain)
    return await positions.advance(row, events.at(-1) ?? head, wanted.length > 0)
  }

  /** `true`: fewer at once are tried now. */
  async function noteRefusal(
    row: AuditReceiverRow,
    { reason, isTooLarge }: Refusal,
    sent: number,
  ): Promise<boolean> {
    if (isTooLarge === true && sent > 1) {
      sizes.set(row.name, Math.floor(sent / 2))
      return true
    }
    await positions.fail(row, reason)
    const failures = row.failures + 1
    if (failures === 1) log.warn({ ...describe(row), reason }, takesNone)
    else if (failures % failuresToAnError === 0)
      log.error({ ...describe(row), failures, reason }, takesNone)
    return false
  }

  async function sendOrLog(receiver: StreamReceiver): Promise<void> {
    const { name } = receiver
    try {
      await sendAll(receiver)
      unread.delete(name)
    } catch (error) {
      // An outage of the database is said once, and not for each receiver.
      if (unread.size === 0) log.error({ receiver: name, error }, 'the audit log could not be sent')
      unread.add(name)
    } finally {
      running.delete(name)
    }
  }

  /** Starts no second time what is still being sent. */
  function sendTo(receiver: StreamReceiver): Promise<void> {
    const current = running.get(receiver.name)
    if (current !== undefined) return current
    const started = sendOrLog(receiver)
    running.set(receiver.name, started)
    return started
  }

  /** Does not throw. Ends with the slowest receiver, for which no other one waits. */
  async function send(): Promise<void> {
    await Promise.all(receivers.map(sendTo))
  }

  return {
    /** A receiver that is new begins behind the newest event of now. */
    async begin(): Promise<void> {
      const head = await readHead(db)
      for (const { name } of receivers) await positions.begin(name, head)
    },

    /** Sends all that can be sent now. */
    send,

    start(): void {
      isStopped = false
      poll ??= setInterval(() => void send(), pollEvery).unref()
      void send()
    },

    /** Waits for what is being sent. */
    async stop(): Promise<void> {
      isStopped = true
      clearInterval(poll)
      poll = undefined
      await Promise.all(running.values())
      await positions.release().catch(() => undefined)
    },

    purge: async (): Promise<void> => {},
  }
}

const describe = ({ name: receiver, failing_since: since }: AuditReceiverRow) => ({
  receiver,
  ...(since !== null && { since: new Date(since).toISOString() }),
})

const takesNone = 'a receiver of the audit log does not take events, which wait for it'
const takesAgain = 'a receiver of the audit log takes events again'
const removed = 'events of the audit log were removed before a receiver had them'
const changed =
  'the audit log does not have the event that a receiver has got: run einlass audit verify'

/** Whether one of these, of which `push_*` is all that begin so, is the type; with none of them every type is. */
export function matchesType(type: string, types: readonly string[]): boolean {
  if (types.length === 0) return true
  return types.some((one) => (one.endsWith('*') ? type.startsWith(one.slice(0, -1)) : type === one))
}

/** The events behind a place, and what is wrong with the log there. */
async function readBehind(
  db: Database,
  { seq, hash }: AuditReceiverRow,
  { head, size }: { readonly head: Head; readonly size: number },
): Promise<{ readonly events: readonly ListedEvent[]; readonly trouble: string | undefined }> {
  const rows = await db
    .selectFrom('audit_events')
    .select(['seq', 'at', 'type', 'data', 'hash'])
    .where('seq', '>=', seq)
    .orderBy('seq')
    .limit(size + 1)
    .execute()
  const before = rows[0]?.seq === seq ? rows.shift() : undefined
  const found = rows.slice(0, size)
  const isChanged = head.seq < seq || (before !== undefined && before.hash !== hash)
  const isComplete = found.length > 0 && found.every((row, at) => row.seq === seq + 1 + at)
  return {
    events: found.map((row) => ({ ...toEvent(row), hash: row.hash })),
    trouble: isChanged ? changed : isComplete ? undefined : removed,
  }
}
