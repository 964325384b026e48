/** What a load balancer asks: whether the process runs, and whether new browsers may be sent to it. */
import { sql } from 'kysely'
import type { Reply } from '../platform/http/reply.ts'
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
}

export function createHealth({ frame, db, checkWrites }: HealthOptions): Health {
  let leaving = false
  return {
    isAlive: () => frame.json({ status: 'ok' }),
    async isReady() {
      if (leaving) return frame.json({ status: 'leaving' }, 503)
      try {
        await sql`select 1`.execute(db)
        await checkWrites()
        return frame.json({ status: 'ok' })
      } catch {
        return frame.json({ status: 'no database' }, 503)
      }
    },
    leave() {
      leaving = true
    },
  }
}

const { get } = declarePlain<Health>()

export const healthRoutes: readonly FaceRoute<Health>[] = [
  get('/healthz', 'whether the process runs', (health) => health.isAlive()),
  get('/readyz', 'whether new browsers may be sent here', (health) => health.isReady()),
]
