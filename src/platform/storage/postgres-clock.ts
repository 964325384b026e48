/**
 * Computes the time of PostgreSQL's clock from its latest answer and the monotonic time since then. So a jump of this node's
 * clock shows at once, and the time stays known after the connection is lost.
 */
import type pg from 'pg'

export interface ServerClock {
  /** Asks `client`. Rejects as the query does. */
  ask(client: Pick<pg.Client, 'query'>): Promise<void>
  /** How far `now` is ahead, in milliseconds; `undefined`: there was no answer yet. */
  findOffset(now: number): number | undefined
}

/**
 * Milliseconds. A later answer that took longer is ignored, because its time is too uncertain: the error is half of the
 * duration.
 */
const longestTravel = 1_000

/** @param monotonic milliseconds since any moment, from a clock that does not jump */
export function createServerClock(monotonic: () => number): ServerClock {
  let latest: { readonly time: number; readonly at: number } | undefined
  return {
    async ask(client) {
      const sentAt = monotonic()
      const { rows } = await client.query<{ time: number }>(question)
      const travel = monotonic() - sentAt
      const time = rows[0]?.time
      if (time === undefined || (latest !== undefined && travel > longestTravel)) return
      latest = { time, at: sentAt + travel / 2 }
    },
    findOffset: (now) => latest && now - (latest.time + monotonic() - latest.at),
  }
}

const question = 'select (extract(epoch from clock_timestamp()) * 1000)::double precision as time'
