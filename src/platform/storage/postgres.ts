/**
 * PostgreSQL through pg and Kysely's own dialect. Owns the pool's time limits and turns every trouble with the
 * connection into `Fault('unavailable')`. Wake-ups between nodes are in postgres-events.ts.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { LogEvent, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import type { Nodes, OnQuery, OpenDatabase } from './database.ts'
import { fromPostgres } from './errors.ts'
import { newNodeName } from './node-name.ts'
import type { Parameter } from './parameters.ts'
import { checkParameter } from './parameters.ts'
import { createServerClock } from './postgres-clock.ts'
import type { Relay } from './postgres-events.ts'
import { nodeLock, notifyServers, relayEvents } from './postgres-events.ts'
import {
  fromConnecting,
  isPoolerAway,
  limitTransaction,
  type TimeLimits,
} from './postgres-pooler.ts'
import { createPulse, type Pulse } from './postgres-pulse.ts'
import {
  createStatementNames,
  isOutdatedPlan,
  type StatementNames,
  toConflict,
} from './postgres-statements.ts'
import {
  createDatabaseStatistics,
  type DatabaseStatistics,
  measureDatabase,
  measurePool,
} from './statistics.ts'
import type { Tables } from './tables.ts'
import { createWriteTroubles, type WriteTroubles } from './write-troubles.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** The address of PostgreSQL itself, if `url` is a pooler. */
  readonly directUrl?: string | undefined
  /** The most connections, without the one for wake-ups. */
  readonly connections?: number
  readonly log: Log
  readonly onQuery?: OnQuery
  /** Without time limits for statements: for a process that changes the schema. */
  readonly isPatient?: boolean
}

const connectionTimeout = 5_000
/**
 * The locks of a node that vanished inside a transaction keep others waiting for `idleInTransaction`. No transaction of a server or
 * a command waits for anything but PostgreSQL; the seconds are for a machine that is busy.
 */
const limits: TimeLimits = { statement: 10_000, idleInTransaction: 5_000 }
/** A change of the schema may compute for longer between two statements. */
const patientIdle = 10_000
/** Longer than the server's own limit: it applies only when the server does not answer at all. */
const answerTimeout = 15_000

/** Does not connect until the first query and does not migrate. */
export function openPostgres(options: PostgresOptions): Promise<OpenDatabase> {
  const { url, directUrl, log, onQuery } = options
  const hasPooler = directUrl !== undefined
  const pool = createPool(options)
  const troubles = createWriteTroubles()
  const pulse = createPulse()
  const statistics = createDatabaseStatistics()
  const serverClock = createServerClock(() => performance.now())
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: translating(pool, { troubles, pulse, statistics, hasPooler }),
    }),
    ...(onQuery && { log: ({ query }: LogEvent) => onQuery(query) }),
  })
  const relays: Relay[] = []
  const nodes = createNodes(pool)
  return Promise.resolve({
    db,
    engine: 'postgres',
    nodes,
    async shareEvents(local) {
      const node = nodes.own
      const relay = await relayEvents({
        ...{ url: directUrl ?? url, pool, local, log, node, pulse, serverClock },
      })
      relays.push(relay)
      return relay.events
    },
    wakeServers: (topics) => notifyServers({ pool, log }, topics),
    onTrouble: troubles.onTrouble,
    findClockOffset: serverClock.findOffset,
    metrics: [...statistics.metrics, ...measurePool(pool), measureDatabase(pool, log)],
    async close() {
      await Promise.all(relays.map((relay) => relay.close()))
      await db.destroy()
      if (!pool.ending) await pool.end()
    },
  })
}

/** A node holds a lock while its connection for wake-ups is open. */
function createNodes(pool: pg.Pool): Nodes {
  const own = newNodeName()
  return {
    own,
    async isGone(node) {
      if (node === own) return false
      try {
        const { rows } = await pool.query(`select pg_try_advisory_xact_lock(${nodeLock}) as free`, [
          node,
        ])
        return rows[0].free
      } catch (error) {
        throw fromPostgres(error)
      }
    },
  }
}

function createPool(options: PostgresOptions): pg.Pool {
  const { url, directUrl, connections = 10, log, isPatient = false } = options
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    keepAlive: true,
    application_name: 'einlass',
    connectionTimeoutMillis: connectionTimeout,
    ...(!isPatient && { query_timeout: answerTimeout }),
    // A pooler refuses these; limitTransaction() sets them for each transaction.
    ...(!isPatient && directUrl === undefined && { statement_timeout: limits.statement }),
    ...(directUrl === undefined && {
      idle_in_transaction_session_timeout: isPatient ? patientIdle : limits.idleInTransaction,
    }),
    types: { getTypeParser },
  })
  const report = (error: Error): void =>
    log.warn({ error: fromPostgres(error) }, 'a connection to PostgreSQL was lost')
  pool.on('error', report)
  // A connection that breaks between two queries, while it is checked out, has no other listener.
  pool.on('connect', (client) => client.on('error', report))
  return pool
}

/** Object identifiers of the types `bigint` and `numeric` (the type of a sum of bigints). */
const numberTypes = new Set<number>([20, 1700])

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return numberTypes.has(oid) ? Number : pg.types.getTypeParser(oid, format)
}

interface Watched {
  readonly troubles: WriteTroubles
  readonly pulse: Pulse
  readonly statistics: DatabaseStatistics
  readonly hasPooler: boolean
}

/** The pool for Kysely, with checked parameters and with faults instead of pg's many kinds of errors. */
function translating(pool: pg.Pool, watched: Watched): PostgresPool {
  const names = createStatementNames()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await waitForConnection(pool, watched).catch((error: unknown) => {
        watched.statistics.noteFailure()
        throw error
      })
      return translatingClient(client, { names, ...watched })
    },
  }
}

const connectionPause = 100
const longestConnectionWait = 2_000

/**
 * If the server has no connection left, others soon return one, and a pooler soon restarts: a request that waits for that is
 * better than a 503.
 */
async function waitForConnection(
  pool: pg.Pool,
  { pulse, hasPooler }: Pick<Watched, 'pulse' | 'hasPooler'>,
): Promise<pg.PoolClient> {
  const isPassing = hasPooler ? isPoolerAway : hasNoneLeft
  const began = performance.now()
  for (;;) {
    try {
      return await connect(pool, pulse)
    } catch (error) {
      if (error instanceof Fault) throw error
      const isOver = performance.now() - began >= longestConnectionWait
      if (!isPassing(error) || isOver) throw fromConnecting(error)
      await sleep(connectionPause)
    }
  }
}

/** A connection that arrives when nobody waits for it any more is released. */
async function connect(pool: pg.Pool, pulse: Pulse): Promise<pg.PoolClient> {
  let isGivenUp = false
  try {
    return await pulse.guard(async () => {
      const client = await pool.connect()
      if (isGivenUp) client.release()
      return client
    })
  } catch (error) {
    isGivenUp = true
    throw error
  }
}

/** `too_many_connections`, of the server, the database or the role. */
const hasNoneLeft = (error: unknown) => error instanceof pg.DatabaseError && error.code === '53300'

function translatingClient(
  client: pg.PoolClient,
  { names, troubles, pulse, statistics, hasPooler }: Watched & { readonly names: StatementNames },
): PostgresPoolClient {
  let broken = false
  async function send<R>(text: string, values: Parameters): Promise<PostgresQueryResult<R>> {
    // The next transaction may get a connection that does not know the name.
    const name = hasPooler ? undefined : names.find(text)
    const sent = hasPooler ? limitTransaction(text, limits) : text
    const query = { text: sent, values: [...values], ...(name !== undefined && { name }) }
    try {
      return (await pulse.guard(() => client.query(query))) as unknown as PostgresQueryResult<R>
    } catch (error) {
      if (name === undefined || !isOutdatedPlan(error)) throw error
      names.forget()
      // Inside a transaction, the whole transaction has to begin anew.
      if (client.getTransactionStatus() !== 'I') throw toConflict(error)
      return await send(text, values)
    }
  }
  async function query<R>(
    text: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<R>> {
    const values = parameters.map(toPostgres)
    const begin = performance.now()
    try {
      const result = await send<R>(text, values)
      statistics.note(text, performance.now() - begin)
      return result
    } catch (error) {
      if (fromPostgres(error) instanceof Fault) statistics.noteFailure()
      // The late answer would be taken for the answer to the next query.
      broken ||= pulse.isSilent()
      if (error instanceof Fault) throw error
      broken ||= endsConnection(error)
      troubles.note(error)
      throw fromPostgres(error)
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || broken),
  }
}

/**
 * Whether the connection must not be used again: the server is closing it, or it still waits for the answer to an abandoned
 * query.
 */
function endsConnection(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|57P|25P03)/.test(error.code ?? '')
}

type Parameters = readonly (Parameter | boolean)[]

/** Kysely's own queries of the catalogue use booleans; a column of this schema refuses them by itself. */
function toPostgres(value: unknown, index: number): Parameter | boolean {
  return typeof value === 'boolean' ? value : checkParameter(value, index)
}
