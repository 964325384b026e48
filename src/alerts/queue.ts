/**
 * Events that wait to be told. Owns the table `event_queue`: an event is put in with the change that it tells of, once
 * for each receiver, so it is there if and only if the change is; any node tells it. A node that dies between telling
 * an event and noting it costs a second copy with the same id.
 */
import { type Clock, hours, minutes, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Database, Queries } from '../storage/database.ts'
import type { EventRow } from '../storage/tables.ts'

export type ReceiverName = EventRow['receiver']

export interface AlertQueueOptions {
  readonly clock: Clock
  readonly random: Random
  readonly receivers: readonly ReceiverName[]
}

export function createAlertQueue({ clock, random, receivers }: AlertQueueOptions) {
  return {
    /** Queues one event for every receiver in the caller's transaction. Each copy has the same id in its body. */
    async enqueue(queries: Queries, type: string, facts: object): Promise<void> {
      const now = clock.now()
      const body = JSON.stringify({
        id: random.uuid(),
        type,
        at: new Date(now).toISOString(),
        ...facts,
      })
      for (const receiver of receivers) {
        await queries
          .insertInto('event_queue')
          .values({
            id: random.uuid(),
            receiver,
            type,
            body,
            status: 'waiting',
            attempts: 0,
            created_at: now,
            due_at: now,
            finished_at: null,
            reason: null,
          })
          .execute()
      }
    },
  }
}

/** What carries events somewhere. */
export interface Receiver {
  readonly name: ReceiverName
  /**
   * Tells one event, in at most a few seconds. Gives why it was not taken, as words that hold no secret and no address;
   * `undefined`: it was taken. Does not throw.
   */
  tell(event: AlertEvent): Promise<string | undefined>
}

export interface AlertEvent {
  readonly type: string
  /** JSON. */
  readonly body: string
  /** When it happened, in milliseconds since the epoch. */
  readonly createdAt: number
}

export interface AlertWorkerOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly receivers: readonly Receiver[]
}

/** How long a taken event belongs to its taker; longer than one attempt can take. */
const lease = minutes(1)
const firstWait = seconds(10)
const longestWait = hours(1)
const giveUpAfter = hours(72)
const keptFor = hours(24 * 30)
/** Finds what other nodes queued, and what is due again. */
const pollEvery = seconds(5)

export function createAlertWorker(options: AlertWorkerOptions) {
  const { db, clock, log, receivers } = options
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = false

  /** Each receiver has its own line: one that is away holds up no other. */
  async function tellAll(receiver: Receiver): Promise<void> {
    while (!stopped) {
      const event = await takeDue(options, receiver.name)
      if (event === undefined) return
      const reason = await receiver.tell({
        type: event.type,
        body: event.body ?? '',
        createdAt: event.created_at,
      })
      await settle(options, event, reason)
      if (reason !== undefined) return
    }
  }

  /** Tells all that is due. A receiver that did not take one is left alone until the next call. */
  function tellDue(): Promise<void> {
    running ??= Promise.all(receivers.map(tellAll))
      .then(() => undefined)
      .finally(() => {
        running = undefined
      })
    return running
  }

  function wake(): void {
    if (poll === undefined) return
    tellDue().catch((error: unknown) => log.error({ error }, 'queued events were not looked at'))
  }

  return {
    tellDue,

    start(): void {
      stopped = false
      poll ??= setInterval(wake, pollEvery).unref()
      wake()
    },

    /** Waits for what is being told. */
    async stop(): Promise<void> {
      stopped = true
      clearInterval(poll)
      poll = undefined
      await running?.catch(() => undefined)
    },

    /** How many events wait, on whichever node they were queued. */
    async countWaiting(): Promise<number> {
      const { count } = await db
        .selectFrom('event_queue')
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .where('status', '=', 'waiting')
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /** Forgets events that were told or given up a while ago. */
    async purge(): Promise<void> {
      await db
        .deleteFrom('event_queue')
        .where('status', '!=', 'waiting')
        .where('finished_at', '<', clock.now() - keptFor)
        .execute()
    },
  }
}

export type AlertWorker = ReturnType<typeof createAlertWorker>

/** Takes the oldest event that is due, for the time of the lease. One conditional update decides between takers. */
async function takeDue(
  { db, clock }: AlertWorkerOptions,
  receiver: ReceiverName,
): Promise<EventRow | undefined> {
  const now = clock.now()
  const due = await db
    .selectFrom('event_queue')
    .select('id')
    .where('status', '=', 'waiting')
    .where('receiver', '=', receiver)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('created_at')
    .limit(10)
    .execute()
  for (const { id } of due) {
    const taken = await db
      .updateTable('event_queue')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), due_at: now + lease }))
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .where('due_at', '<=', now)
      .returningAll()
      .executeTakeFirst()
    if (taken !== undefined) return taken
  }
  return undefined
}

async function settle(
  options: AlertWorkerOptions,
  event: EventRow,
  reason: string | undefined,
): Promise<void> {
  const { clock, log } = options
  const now = clock.now()
  const { id, receiver, type, attempts } = event
  const facts = { event: id, receiver, type, attempts }
  if (reason === undefined) {
    await note(options, event, { body: null, status: 'sent', finished_at: now, reason: null })
    return log.info(facts, 'an event was told')
  }
  const end = event.created_at + giveUpAfter
  if (now >= end) {
    await note(options, event, { body: null, status: 'failed', finished_at: now, reason })
    return log.error({ ...facts, reason }, 'an event could not be told and is given up')
  }
  const wait = Math.min(firstWait * 2 ** (attempts - 1), longestWait)
  await note(options, event, { due_at: Math.min(now + wait, end), reason })
  log.warn({ ...facts, reason }, 'an event was not told and is tried again')
}

/** Only for the attempt that took it: after its lease, the event may be another's. */
async function note(
  { db }: AlertWorkerOptions,
  { id, attempts }: EventRow,
  change: Partial<EventRow>,
): Promise<void> {
  await db
    .updateTable('event_queue')
    .set(change)
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .where('attempts', '=', attempts)
    .execute()
}
