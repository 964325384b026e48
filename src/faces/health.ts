/** The answers for a load balancer: whether the process runs, and whether it may send new browsers here. */
import { sql } from 'kysely'
import type { Reply } from '../platform/http/reply.ts'
import { seconds } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Log } from '../platform/kernel/log.ts'
import type { Metric } from '../platform/kernel/metric.ts'
import type { Database } from '../platform/storage/database.ts'
import type { Frame } from './frame/frame.ts'
import { declarePlain, type FaceRoute } from './frame/route.ts'

export interface HealthOptions {
  readonly frame: Pick<Frame, 'json'>
  readonly db: Database
  /** Rejects when the database accepts no writes. */
  readonly checkWrites: () => Promise<void>
  /** Rejects when the database no longer fits this version of the program, with Fault `wrong_schema`. */
  readonly checkSchema: () => Promise<void>
  /** `false`: the clock of this node is too inaccurate. */
  readonly isClockRight: () => boolean
  /** Describes a problem of the sealing keys or of what they seal, in words. */
  readonly findKeyProblem: () => string | undefined
  readonly log: Log
}

export interface Health {
  isAlive(): Reply
  isReady(): Promise<Reply>
  /** After this call `isReady` is negative, so that no new browsers are sent here. */
  leave(): void
  isLeaving(): boolean
  readonly metric: Metric
}

export function createHealth(options: HealthOptions): Health {
  const { frame, db, checkWrites, checkSchema, isClockRight, findKeyProblem, log } = options
  let leaving = false
  let status: Status = 'ok'

  /** Logs one line when a problem begins, and one when it ends, however often a load balancer asks. */
  function note(now: Status, error: unknown): void {
    if (now === status) return
    status = now
    if (now === 'ok') log.info({}, 'this node is ready again')
    else log.error({ status, error }, 'this node is not ready')
  }

  async function find(): Promise<Status | 'leaving'> {
    if (leaving) return 'leaving'
    const { error } = await within(longestCheck, async () => {
      await sql`select 1`.execute(db)
      await checkSchema()
      await checkWrites()
    })
    const keyProblem = findKeyProblem()
    if (error !== undefined) note(findStatus(error), error)
    else if (!isClockRight()) note('wrong clock', error)
    else if (keyProblem !== undefined) note('wrong keys', new Error(keyProblem))
    else note('ok', error)
    return status
  }

  return {
    isAlive: () => frame.json({ status: 'ok' }),
    async isReady() {
      const found = await find()
      return frame.json({ status: found }, found === 'ok' ? 200 : 503)
    },
    metric: {
      name: 'einlass_ready',
      type: 'gauge',
      help: 'Whether new browsers may be sent here, as /readyz says.',
      read: async () => [{ labels: {}, value: (await find()) === 'ok' ? 1 : 0 }],
    },
    leave() {
      leaving = true
    },
    isLeaving: () => leaving,
  }
}

/** Milliseconds. A load balancer never waits longer, even if something hangs. */
const longestCheck = seconds(1)

type Status = 'ok' | 'no database' | 'wrong schema' | 'wrong clock' | 'wrong keys'

function findStatus(error: unknown): Status {
  return error instanceof Fault && error.code === 'wrong_schema' ? 'wrong schema' : 'no database'
}

/** Without an error, `work` succeeded in time. */
async function within(
  limit: number,
  work: () => Promise<void>,
): Promise<{ readonly error?: unknown }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly error?: unknown }>()
  const late = new Fault('unavailable', 'the database does not answer in time')
  const timer = setTimeout(() => resolve({ error: late }), limit)
  work().then(
    () => resolve({}),
    (error: unknown) => resolve({ error }),
  )
  return await promise.finally(() => clearTimeout(timer))
}

const { get } = declarePlain<Health>()

export const healthRoutes: readonly FaceRoute<Health>[] = [
  get('/livez', 'whether the process runs', (health) => health.isAlive()),
  get('/healthz', 'the same by its earlier name', (health) => health.isAlive()),
  get('/readyz', 'whether new browsers may be sent here', (health) => health.isReady()),
]
