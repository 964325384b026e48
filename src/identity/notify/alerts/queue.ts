/**
 * Alerts that wait to be delivered. Owns the table `event_queue`: an alert is queued in the transaction of the change
 * that it reports, once for each receiver, so there is an alert if and only if there is the change. Any node delivers it.
 * Does not own how work waits (storage/work-queue.ts). If a node stops between delivering an alert and noting it, the
 * receiver gets a second copy with the same id.
 */
import { type Clock, hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import type { EventRow } from '../../../platform/storage/tables.ts'
import { type AttemptResult, createWorkQueue } from '../../../platform/storage/work-queue.ts'

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

/** A place that alerts are delivered to. */
export interface Receiver {
  readonly name: ReceiverName
  /**
   * Delivers one alert, in at most a few seconds. Returns why the receiver did not take it, in words without secrets and
   * addresses; `undefined`: it was taken. Does not throw.
   */
  deliver(event: AlertEvent): Promise<string | undefined>
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

const times = {
  lease: minutes(1),
  firstWait: seconds(10),
  longestWait: hours(1),
  giveUpAfter: hours(72),
  retention: hours(24 * 30),
}
/** How often to look for alerts that other nodes queued or that are due again. */
const pollEvery = seconds(5)

export function createAlertWorker({ db, clock, log, receivers }: AlertWorkerOptions) {
  const queue = createWorkQueue({
    db,
    clock,
    table: 'event_queue',
    times,
    emptied: { body: null },
  })
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = false

  /** Each receiver has its own queue: one that does not answer delays no other. */
  async function deliverAll(receiver: Receiver): Promise<void> {
    while (!stopped) {
      const event = await queue.takeDue({ receiver: receiver.name })
      if (event === undefined) return
      const reason = await receiver.deliver({
        type: event.type,
        body: event.body ?? '',
        createdAt: event.created_at,
      })
      const result: AttemptResult =
        reason === undefined ? { type: 'sent' } : { type: 'later', reason }
      logAttempt(log, event, result, await queue.note(event, result))
      if (reason !== undefined) return
    }
  }

  /** Delivers all that is due. A receiver that did not take an alert gets no further one until the next call. */
  function deliverDue(): Promise<void> {
    running ??= Promise.all(receivers.map(deliverAll))
      .then(() => undefined)
      .finally(() => {
        running = undefined
      })
    return running
  }

  function wake(): void {
    if (poll === undefined) return
    deliverDue().catch((error: unknown) => log.error({ error }, 'queued events were not looked at'))
  }

  return {
    deliverDue,

    start(): void {
      stopped = false
      poll ??= setInterval(wake, pollEvery).unref()
      wake()
    },

    /** Waits for deliveries in progress. */
    async stop(): Promise<void> {
      stopped = true
      clearInterval(poll)
      poll = undefined
      await running?.catch(() => undefined)
    },

    measure: queue.measure,
    purge: queue.purge,
  }
}

export type AlertWorker = ReturnType<typeof createAlertWorker>

function logAttempt(
  log: Log,
  { id, receiver, type, attempts }: EventRow,
  result: AttemptResult,
  status: EventRow['status'],
): void {
  const facts = { event: id, receiver, type, attempts }
  if (result.type === 'sent') log.info(facts, 'an event was told')
  else if (status === 'failed')
    log.error({ ...facts, reason: result.reason }, 'an event could not be told and is given up')
  else log.warn({ ...facts, reason: result.reason }, 'an event was not told and is tried again')
}
