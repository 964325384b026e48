/**
 * Wake-ups between nodes over LISTEN and NOTIFY. A wake-up may be lost or come twice (see kernel/events.ts), so nothing is
 * retried; after a lost connection everyone is woken.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Events } from '../kernel/events.ts'
import type { Log } from '../kernel/log.ts'
import { fromPostgres } from './errors.ts'
import type { ServerClock } from './postgres-clock.ts'
import { expectAnswer, type Pulse, watchAnswers } from './postgres-pulse.ts'

export interface RelayOptions {
  readonly url: string
  /** For NOTIFY. LISTEN has a connection of its own. */
  readonly pool: pg.Pool
  readonly local: Events
  readonly log: Log
  /** The name of this process, see `Nodes`. */
  readonly node: string
  /** Checks over the LISTEN connection whether the server answers. */
  readonly pulse: Pulse
  /** Queried over the same connection. */
  readonly serverClock: Pick<ServerClock, 'ask'>
}

export interface Relay {
  /** Wakes this node at once and the others through the database. */
  readonly events: Events
  close(): Promise<void>
}

const channel = 'einlass_events'

/** The key of the lock by which a node shows that it is alive. The first parameter is the node's name. */
export const nodeLock = `hashtextextended('einlass node ' || $1, 0)`

/** PostgreSQL refuses a payload of 8000 bytes. */
const longestPayload = 7_999
/** Instead of a topic that does not fit: everyone looks again. */
const everything = '*'

/** Resolves when the node listens, or when its first attempt failed and it will try again. */
export async function relayEvents(options: RelayOptions): Promise<Relay> {
  const { local, node } = options
  const notifier = createNotifier(options, node)
  const close = await listen(options, (payload) => {
    const [from, topic] = splitOnce(payload)
    if (from === node) return
    if (topic === everything) local.wakeAll()
    else local.wake(topic)
  })
  return {
    events: {
      wake(topic) {
        local.wake(topic)
        notifier(topic)
      },
      listen: local.listen,
      wakeAll: local.wakeAll,
    },
    close,
  }
}

/** One wake-up from a process that is no node: it does not listen, and disconnects after the wake-up. */
export async function notifyServers(
  { pool, log }: Pick<RelayOptions, 'pool' | 'log'>,
  topics: readonly string[],
): Promise<void> {
  if (topics.length === 0) return
  await notify(pool, randomUUID(), topics).catch((error: unknown) =>
    log.warn({ error: fromPostgres(error) }, 'wake-ups did not reach the servers'),
  )
}

async function notify(pool: pg.Pool, node: string, topics: Iterable<string>): Promise<void> {
  const payloads = [...topics].map((topic) => `${node} ${topic}`)
  await pool.query('select pg_notify($1, payload) from unnest($2::text[]) payload', [
    channel,
    payloads,
  ])
}

function splitOnce(payload: string): [string, string] {
  const at = payload.indexOf(' ')
  return [payload.slice(0, at), payload.slice(at + 1)]
}

/** Collects the topics of a turn, each once, and has one query under way at a time. */
function createNotifier({ pool, log }: RelayOptions, node: string): (topic: string) => void {
  let topics = new Set<string>()
  let busy = false
  const flush = async (): Promise<void> => {
    while (topics.size > 0) {
      const sent = topics
      topics = new Set()
      try {
        await notify(pool, node, sent)
      } catch (error) {
        log.warn({ error: fromPostgres(error) }, 'wake-ups did not reach the other nodes')
      }
    }
    busy = false
  }
  return (topic) => {
    const fits = Buffer.byteLength(`${node} ${topic}`) <= longestPayload
    topics.add(fits ? topic : everything)
    if (busy) return
    busy = true
    setImmediate(flush)
  }
}

/** What a node sends to itself to see whether anything arrives. */
const echo = '?'
/** Milliseconds. */
const echoLimit = 2_000

/**
 * Checks that wake-ups arrive. A pooler that accepts LISTEN forwards no notifications: the connection looks fine, and nobody is
 * ever woken. The echo is sent over another connection, as the answer to a query on this one may include it.
 */
function expectEcho(client: pg.Client, { node, pool, log }: RelayOptions): void {
  const payload = `${node} ${echo}`
  const timer = setTimeout(() => log.error({}, unheardText), echoLimit).unref()
  const hear = (heard: pg.Notification): void => {
    if (heard.payload === payload) stop()
  }
  const stop = (): void => {
    clearTimeout(timer)
    client.off('notification', hear).off('end', stop)
  }
  client.on('notification', hear).on('end', stop)
  notify(pool, node, [echo]).catch(stop)
}

const unheardText =
  'wake-ups do not arrive, so pages are slow and nodes do not know of one another: a pooler such as PgBouncer is between, so name PostgreSQL itself in storage.direct_url'

const firstPause = 100
const longestPause = 5_000

/** Keeps one listening connection. Returns a function that ends it. */
async function listen(
  options: RelayOptions,
  receive: (payload: string) => void,
): Promise<() => Promise<void>> {
  const { url, local, log, node, pulse, serverClock } = options
  let closed = false
  let pause = firstPause
  let timer: NodeJS.Timeout | undefined
  let current: pg.Client | undefined
  let unwatch = (): void => {}

  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      keepAlive: true,
      application_name: 'einlass events',
      connectionTimeoutMillis: 5_000,
    })
    current = client
    const lost = (error?: Error): void => {
      if (closed || current !== client) return
      current = undefined
      unwatch()
      log.warn(
        { error: error && fromPostgres(error), pause },
        'the connection for wake-ups was lost',
      )
      timer = setTimeout(reconnect, pause)
      pause = Math.min(pause * 2, longestPause)
      client.end().catch(() => undefined)
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ payload }) => receive(payload ?? ''))
    const answered = expectAnswer(pulse)
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      // A shared lock, as the server may not have noticed yet that the previous connection was lost.
      await client.query(`select pg_advisory_lock_shared(${nodeLock})`, [node])
      await serverClock.ask(client)
      pause = firstPause
      answered(true)
      expectEcho(client, options)
      unwatch = watchAnswers(() => serverClock.ask(client), lost)
    } catch (error) {
      answered(false)
      lost(error as Error)
    }
  }
  const reconnect = async (): Promise<void> => {
    await connect()
    // Also after a failure: waiting pages also poll.
    local.wakeAll()
  }

  await connect()
  return async () => {
    closed = true
    clearTimeout(timer)
    unwatch()
    await current?.end().catch(() => undefined)
  }
}
