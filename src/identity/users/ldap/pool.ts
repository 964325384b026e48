/**
 * Reuses connections: at most `limit` are open, and callers wait for a free one in the order of fair-queue.ts. Does not
 * know the purpose of the connections.
 */
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import { createFairQueue } from '../../../platform/kernel/fair-queue.ts'
import { findRequest } from '../../../platform/kernel/request-scope.ts'

export interface Pool<Connection> {
  /**
   * Runs `work` alone on a connection. The other side may have closed an idle connection meanwhile: then `work` runs
   * again on a new one. With `isOnce` it gets a new connection at once, so that it runs only once.
   */
  use<Result>(
    work: (connection: Connection) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>
  /** Closes idle connections. */
  clear(): void
  close(): Promise<void>
}

export interface UseOptions {
  readonly isOnce?: boolean
  /** As in fair-queue.ts; absent: a known browser, or a person who has just proven something. */
  readonly from?: Caller | undefined
}

export interface PoolOptions<Connection> {
  readonly open: () => Promise<Closable & Connection>
  readonly limit: number
  /** Milliseconds that a caller waits for a connection. */
  readonly timeLimit: number
  /** Whether an error is an answer of the other side. After any other error the connection is closed. */
  readonly isAnswer: (error: unknown) => boolean
}

export interface Closable {
  readonly isConnected: boolean
  unbind(): Promise<void>
}

/**
 * Every connection was in use for the whole time limit of a caller, or too many callers wait. Says nothing about the
 * other side.
 */
export class PoolBusy extends Error {}

/** An error with which `work` says that it must not run again. The connection is closed. */
export class Final extends Error {}

/** The limit of waiting callers: far more than ever wait for a directory that answers. */
const mostWaiting = 1000

/** How long an unused connection stays open, in milliseconds. */
const idleTime = 60_000

export function createPool<Connection extends Closable>(
  options: PoolOptions<Connection>,
): Pool<Connection> {
  const { open, limit, timeLimit, isAnswer } = options
  const idle = new Map<Connection, NodeJS.Timeout>()
  const queue = createFairQueue({ width: limit, limit: mostWaiting, reserved: mostWaiting / 4 })
  let isClosed = false

  function takeIdle(): Connection | undefined {
    for (const [connection, timer] of idle) {
      clearTimeout(timer)
      idle.delete(connection)
      if (connection.isConnected) return connection
    }
    return undefined
  }

  function keep(connection: Connection): void {
    if (isClosed || !connection.isConnected) {
      discard(connection)
      return
    }
    const timer = setTimeout(() => {
      idle.delete(connection)
      discard(connection)
    }, idleTime)
    timer.unref()
    idle.set(connection, timer)
  }

  async function useOne<Result>(
    connection: Connection,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await work(connection)
      keep(connection)
      return result
    } catch (error) {
      if (isAnswer(error)) keep(connection)
      else discard(connection)
      throw error
    }
  }

  async function useAny<Result>(
    work: (connection: Connection) => Promise<Result>,
    isOnce: boolean,
  ): Promise<Result> {
    const before = isOnce ? undefined : takeIdle()
    if (before === undefined) return await useOne(await open(), work)
    try {
      return await useOne(before, work)
    } catch (error) {
      if (isAnswer(error) || error instanceof Final) throw error
      return await useOne(await open(), work)
    }
  }

  function clear(): void {
    for (let one = takeIdle(); one !== undefined; one = takeIdle()) discard(one)
  }

  return {
    async use(work, { isOnce = false, from } = {}) {
      let isMyTurn = false
      const useInTurn = () => {
        isMyTurn = true
        return useAny(work, isOnce)
      }
      return await queue.run(useInTurn, { from, patience: timeLimit }).catch((error: unknown) => {
        // A client that has gone says nothing about the connections.
        const isAboutPool = !isMyTurn && findRequest()?.signal.aborted !== true
        throw isAboutPool ? new PoolBusy('all connections are in use') : error
      })
    },
    clear,
    async close() {
      isClosed = true
      clear()
    },
  }
}

function discard(connection: Closable): void {
  connection.unbind().catch(() => {})
}
