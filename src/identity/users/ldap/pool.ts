/**
 * Connections that are used again: at most so many, and callers wait for a free one, in the order of fair-queue.ts. Knows nothing
 * of what they are for.
 */
import { type Caller, createFairQueue } from '../../../platform/kernel/fair-queue.ts'

export interface Pool<Connection> {
  /**
   * Runs `work` alone on a connection. One that was open before may have been closed by the other side meanwhile: then `work`
   * runs once more on a new one, but for `isOnce`, which gets a connection that is surely open.
   */
  use<Result>(
    work: (connection: Connection) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>
  /** Closes those that nobody uses. */
  clear(): void
  close(): Promise<void>
}

export interface UseOptions {
  readonly isOnce?: boolean
  /** As in fair-queue.ts: absent for who is known, or has just proven something. */
  readonly from?: Caller | undefined
}

export interface PoolOptions<Connection> {
  readonly open: () => Promise<Closable & Connection>
  readonly limit: number
  /** Milliseconds that a caller waits for a connection. */
  readonly timeLimit: number
  /** Whether an error is what the other side has answered; after any other one the connection is closed. */
  readonly isAnswer: (error: unknown) => boolean
}

export interface Closable {
  readonly isConnected: boolean
  unbind(): Promise<void>
}

/** Every connection was in use for as long as a caller waits, or too many wait. Says nothing of the other side. */
export class PoolBusy extends Error {}

/** What `work` throws where it must not run again. The connection is closed. */
export class Final extends Error {}

/** Callers that wait, all together: far more than a directory that answers leaves waiting. */
const mostWaiting = 1000

/** Nothing keeps a connection open for longer without being used: milliseconds. */
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
        throw isMyTurn ? error : new PoolBusy('all connections are in use')
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
