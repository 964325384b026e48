/**
 * Errors that are planted on purpose, each of which the check has to find: otherwise a run that found nothing would say nothing.
 * Triggers in the database plant what a mistake in the product would do; nothing of the product is changed.
 */
import { sql } from 'kysely'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { EngineName } from '../src/platform/storage/database.ts'
import { killAgain } from './faults/kill.ts'
import { cutAgain } from './faults/power.ts'
import {
  during,
  type Figures,
  openOnDisk,
  openOnPostgres,
  openPostgresOnDisk,
  withScope,
} from './openings.ts'
import type { Order } from './plans.ts'
import { openScene, type Scene, ViolationError } from './scene.ts'
import { createTally } from './tally.ts'

export interface Planted {
  readonly about: string
  /** Causes so many faults at most, and throws what the check has found. */
  run(t: Scope, order: Order): Promise<Figures>
}

type Triggers = Readonly<Record<EngineName, readonly string[]>>

/** A recovery code is unused again as soon as it was used. */
const spentTwice: Triggers = {
  sqlite: [
    `create trigger planted after update of used_at on recovery_codes when new.used_at is not null
     begin update recovery_codes set used_at = null where id = new.id; end`,
  ],
  postgres: [
    `create function plant() returns trigger language plpgsql as
     'begin new.used_at := null; return new; end'`,
    `create trigger planted before update of used_at on recovery_codes
     for each row execute function plant()`,
  ],
}

/** One new session in five is gone before anybody comes back with it. */
const lostSession: Triggers = {
  sqlite: [
    `create trigger planted after insert on sessions when random() % 5 = 0
     begin delete from sessions where id = new.id; end`,
  ],
  postgres: [
    `create function plant() returns trigger language plpgsql as
     'begin if random() < 0.2 then delete from sessions where id = new.id; end if; return null; end'`,
    `create constraint trigger planted after insert on sessions deferrable initially deferred
     for each row execute function plant()`,
  ],
}

const plant = async ({ stage }: Scene, triggers: Triggers): Promise<void> =>
  await stage.inspect(async ({ db, engine }) => {
    for (const statement of triggers[engine]) await sql.raw(statement).execute(db)
  })

const onSqlite = (triggers: Triggers): Planted['run'] => {
  return async (t, order) => {
    const scene = await openScene(t, order)
    await plant(scene, triggers)
    return await during(scene, () => killAgain(scene, order.times))
  }
}

const onPostgres = (triggers: Triggers): Planted['run'] => {
  return async (t, order) => {
    const { scene } = await openOnPostgres(t, { ...order, nodes: 2 })
    await plant(scene, triggers)
    return await during(scene, () => killAgain(scene, order.times, 2))
  }
}

const synchronousNormal = new URL('./disk/synchronous-normal.js', import.meta.url).href

/** Servers that acknowledge writes before they are durable. */
export const losses: readonly Planted[] = [
  {
    about: 'a loss with synchronous=NORMAL on SQLite',
    async run(t, order) {
      const env = { NODE_OPTIONS: `--import=${synchronousNormal}` }
      const { scene, disk } = await openOnDisk(t, { ...order, servers: { env } })
      return await during(scene, () => cutAgain(scene, { ...order, disk }))
    },
  },
  {
    about: 'a loss with synchronous_commit=off on PostgreSQL',
    async run(t, order) {
      const options = ['-c', 'synchronous_commit=off']
      const { scene, disk, postgres } = await openPostgresOnDisk(t, order, options)
      return await during(scene, () => cutAgain(scene, { ...order, disk, postgres }))
    },
  },
]

export const plantedErrors: readonly Planted[] = [
  ...losses,
  { about: 'a code that can be spent twice, on SQLite', run: onSqlite(spentTwice) },
  { about: 'a code that can be spent twice, on PostgreSQL', run: onPostgres(spentTwice) },
  { about: 'a lost session, on SQLite', run: onSqlite(lostSession) },
  { about: 'a lost session, on PostgreSQL', run: onPostgres(lostSession) },
]

/** The number of the fault whose check has found it; `undefined`: it was not found in `order.times` faults. */
export async function findPlanted(planted: Planted, order: Order): Promise<number | undefined> {
  const tally = createTally()
  try {
    await withScope((t) => planted.run(t, { ...order, tally }))
    return undefined
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error
    order.say(error.message.split('\n').slice(0, 1).join())
    return tally.read().checks + 1
  }
}
