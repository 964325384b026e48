/** Connections that are used again: at most so many, and callers wait for a free one. Knows nothing of what they are for. */

export interface Pool<Connection> {
  /**
   * Runs `work` alone on a connection. One that was open before may have been closed by the other side meanwhile: then `work`
   * runs once more on a new one, but for `isOnce`, which gets a connection that is surely open.
   */
  use<Result>(
    work: (connection: Connection) => Promise<Result>,
    options?: { readonly isOnce?: boolean },
  ): Promise<Result>
  /** Closes those that nobody uses. */
  clear(): void
  close(): Promise<void>
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

/** Every connection was in use for as long as a caller waits. Says nothing of the other side. */
export class PoolBusy extends Error {}

/** What `work` throws where it must not run again. The connection is closed. */
export class Final extends Error {}

/** Nothing keeps a connection open for longer without being used: milliseconds. */
const idleTime = 60_000

export function createPool<Connection extends Closable>(
  options: PoolOptions<Connection>,
): Pool<Connection> {
  const { open, limit, timeLimit, isAnswer } = options
  const idle = new Map<Connection, NodeJS.Timeout>()
  const waiting: (() => void)[] = []
  let inUse = 0
  let isClosed = false

  async function takeTurn(): Promise<void> {
    if (inUse < limit) {
      inUse += 1
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(resolve), 1)
      reject(new PoolBusy('all connections are in use'))
    }, timeLimit)
    waiting.push(resolve)
    await promise.finally(() => clearTimeout(timer))
  }

  function leaveTurn(): void {
    const next = waiting.shift()
    if (next === undefined) inUse -= 1
    else next()
  }

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

  function clear(): void {
    for (let one = takeIdle(); one !== undefined; one = takeIdle()) discard(one)
  }

  return {
    async use(work, { isOnce = false } = {}) {
      await takeTurn()
      try {
        const before = isOnce ? undefined : takeIdle()
        if (before !== undefined) {
          try {
            return await useOne(before, work)
          } catch (error) {
            if (isAnswer(error) || error instanceof Final) throw error
          }
        }
        return await useOne(await open(), work)
      } finally {
        leaveTurn()
      }
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
