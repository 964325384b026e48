/** What a load balancer asks: whether the process runs, and whether new browsers may be sent to it. */
import { sql } from 'kysely'
import type { Reply } from '../platform/http/reply.ts'
import { seconds } from '../platform/kernel/clock.ts'
import type { Database } from '../platform/storage/database.ts'
import type { Frame } from './frame/frame.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export interface HealthOptions {
  readonly frame: Pick<Frame, 'json'>
  readonly db: Database
  /** Rejects when the database takes no writes. */
  readonly checkWrites: () => Promise<void>
}

export interface Health {
  isAlive(): Reply
  isReady(): Promise<Reply>
  /** From now on `isReady` says no, so that no new browsers are sent here. */
  leave(): void
  isLeaving(): boolean
}

export function createHealth({ frame, db, checkWrites }: HealthOptions): Health {
  let leaving = false
  return {
    isAlive: () => frame.json({ status: 'ok' }),
    async isReady() {
      if (leaving) return frame.json({ status: 'leaving' }, 503)
      const isUsable = await within(longestCheck, async () => {
        await sql`select 1`.execute(db)
        await checkWrites()
      })
      return isUsable ? frame.json({ status: 'ok' }) : frame.json({ status: 'no database' }, 503)
    },
    leave() {
      leaving = true
    },
    isLeaving: () => leaving,
  }
}

/** Milliseconds. A load balancer waits no longer than that, whatever hangs. */
const longestCheck = seconds(1)

/** Whether `work` ends well in time. */
async function within(limit: number, work: () => Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), limit)
  work().then(
    () => resolve(true),
    () => resolve(false),
  )
  return await promise.finally(() => clearTimeout(timer))
}

const { get } = declarePlain<Health>()

export const healthRoutes: readonly FaceRoute<Health>[] = [
  get('/livez', 'whether the process runs', (health) => health.isAlive()),
  get('/healthz', 'the same by its earlier name', (health) => health.isAlive()),
  get('/readyz', 'whether new browsers may be sent here', (health) => health.isReady()),
]
