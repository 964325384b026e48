/** The plans of `npm run chaos`: the faults, how often each one happens, and on which database. */
import { join } from 'node:path'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { jumpAgain, prepareClock } from './faults/clock.ts'
import { cutOffAgain } from './faults/cut-off.ts'
import { breakDisk, fillDisk, slowDisk, type Trouble, troubleAgain } from './faults/disk.ts'
import {
  failOver,
  freezeNodesAgain,
  freezePostgresAgain,
  killPostgresAgain,
} from './faults/freeze.ts'
import { killAgain } from './faults/kill.ts'
import { cutAgain } from './faults/power.ts'
import { updateOnce } from './faults/update.ts'
import type { Hash } from './load/people.ts'
import type { Choices } from './load/random.ts'
import {
  during,
  type Figures,
  openOnDisk,
  openOnPostgres,
  openPostgresOnDisk,
  usePostgres,
  withScope,
} from './openings.ts'
import { findPlanted, losses } from './proof.ts'
import { rush } from './rush/rush.ts'
import { openScene } from './scene.ts'
import { soak } from './soak.ts'
import { hasten } from './stage/fast-clock.js'
import { makeFolder, startChaosPostgres } from './stage/postgres.ts'
import { startRelay } from './stage/relay.ts'
import { checkOutRelease, type Release } from './stage/release.ts'
import { startPair } from './stage/standby.ts'
import type { Tally } from './tally.ts'

export interface Order {
  readonly times: number
  readonly hash: Hash
  readonly choices: Choices
  readonly say: (text: string) => void
  /** Milliseconds between two logins of a person, in the soak. Absent: none. */
  readonly pause?: number
  /** In the soak: how many times as fast as the real clock that of servers and people runs. Absent: 1. */
  readonly speed?: number
  /** Where scenes note what they have judged. */
  readonly tally?: Tally
}

export interface Plan {
  readonly about: string
  /** The default number of faults. */
  readonly times: number
  /** What `times` counts. Absent: faults. */
  readonly trials?: 'minutes' | 'controls'
  run(order: Order): Promise<Figures>
}

/** Faults on one database, which the round creates. */
type Round = (t: Scope, order: Order) => Promise<Figures>

export const plans: Readonly<Record<string, Plan>> = {
  'kills-sqlite': plan('kill -9 of the server, on SQLite', 1_000, async (t, order) => {
    const scene = await openScene(t, order)
    return await during(scene, () => killAgain(scene, order.times))
  }),
  'kills-postgres': plan(
    'kill -9 of one of two servers, on PostgreSQL',
    1_000,
    async (t, order) => {
      const { scene } = await openOnPostgres(t, { ...order, nodes: 2 })
      return await during(scene, () => killAgain(scene, order.times, 2))
    },
  ),
  'power-sqlite': plan('power cut of the disk, on SQLite', 1_000, async (t, order) => {
    const { scene, disk } = await openOnDisk(t, order)
    return await during(scene, () => cutAgain(scene, { ...order, disk }))
  }),
  'power-postgres': plan('power cut of the disk, on PostgreSQL', 1_000, async (t, order) => {
    const { scene, disk, postgres } = await openPostgresOnDisk(t, order)
    return await during(scene, () => cutAgain(scene, { ...order, disk, postgres }))
  }),
  'power-control': {
    about: 'the same where less is flushed: the losses have to be found',
    times: 3,
    trials: 'controls',
    run: findLosses,
  },
  'full-disk': troublePlan('a disk that is full for a while', fillDisk),
  'slow-disk': troublePlan('a disk that takes a quarter of a second for each flush', slowDisk),
  'broken-disk': troublePlan('a disk each flush of which fails for a while', breakDisk),
  'frozen-server': plan('one of two servers is stopped for up to 12 s', 10, async (t, order) => {
    const { scene } = await openOnPostgres(t, { ...order, nodes: 2 })
    return await during(scene, () => freezeNodesAgain(scene, order.times, 2))
  }),
  'frozen-postgres': plan('PostgreSQL is stopped for up to 12 s', 10, async (t, order) => {
    const { scene, postgres } = await openOnPostgres(t, { ...order, nodes: 2 })
    return await during(scene, () => freezePostgresAgain(scene, postgres, order.times))
  }),
  'killed-postgres': plan('kill -9 of all processes of PostgreSQL', 100, async (t, order) => {
    const { scene, postgres } = await openOnPostgres(t, { ...order, nodes: 2 })
    return await during(scene, () => killPostgresAgain(scene, postgres, order.times))
  }),
  'cut-off': plan(
    'one of two servers is cut off from PostgreSQL',
    20,
    async (t, order) => {
      const postgres = await startChaosPostgres(t)
      const { port } = new URL(postgres.url)
      const relays = await Promise.all([0, 1].map(() => startRelay(t, port)))
      const scene = await openScene(t, {
        ...{ ...order, nodes: 2, storage: usePostgres(postgres.url) },
        servers: {
          settings: (node) => ({ storage: usePostgres(relays[node]?.url(postgres.url) ?? '') }),
        },
      })
      return await during(scene, () => cutOffAgain(scene, { ...order, postgres, relays }))
    },
    // Each cut lasts so long that people use up their codes and phones.
    10,
  ),
  failover: {
    about: 'kill -9 of PostgreSQL, whose synchronous standby takes over',
    times: 20,
    run: (order) =>
      inRounds(
        order,
        async (t) => {
          const pair = await startPair(t)
          const scene = await openScene(t, { ...order, storage: usePostgres(pair.url), nodes: 2 })
          return await during(scene, () => failOver(scene, pair))
        },
        1,
      ),
  },
  'rolling-update': {
    about: 'servers of the release before are replaced in turn, on PostgreSQL',
    times: 5,
    run: async (order) =>
      await withScope(async (t) => {
        const release = await checkOutRelease(t)
        return await inRounds(order, (t, order) => updateRound(t, order, release), 1)
      }),
  },
  'clock-jumps': plan('the clock jumps by up to half an hour, on SQLite', 20, async (t, order) => {
    const file = join(await makeFolder(t), 'clock')
    const scene = await openScene(t, { ...order, servers: { env: prepareClock(file) } })
    return await during(scene, () => jumpAgain(scene, file, order.times))
  }),
  rush: {
    about: 'so many minutes of twice as many logins as the processor can do, behind nginx',
    times: 5,
    trials: 'minutes',
    run: ({ times: minutes, say }) => withScope((t) => rush(t, { minutes, say })),
  },
  soak: {
    about: 'so many minutes of load: memory and handles do not grow, on SQLite',
    times: 10,
    trials: 'minutes',
    run: (order) =>
      withScope(async (t) => {
        const { times: minutes, pause = 0, speed = 1 } = order
        const env = speed === 1 ? {} : prepareFastClock(t, speed)
        const scene = await openScene(t, {
          ...{ ...order, crowd: { people: 6, phones: 4, pause } },
          // No session that is looked at again is that old.
          servers: { env, settings: () => ({ sessions: { idle: '1h', absolute: '10h' } }) },
        })
        const figures = await soak(scene, { minutes, speed }, order.say)
        return new Map([...Object.entries(figures), ...(await during(scene, async () => {}))])
      }),
  },
}

/** Makes the clock of this process as fast as that of the servers that get the environment. */
function prepareFastClock(t: Scope, speed: number): NodeJS.ProcessEnv {
  const beganAt = Date.now()
  t.after(hasten({ speed, beganAt }))
  return {
    NODE_OPTIONS: `--import=${new URL('./stage/fast-clock.js', import.meta.url).href}`,
    EINLASS_CHAOS_SPEED: String(speed),
    EINLASS_CHAOS_BEGAN: String(beganAt),
  }
}

function plan(about: string, times: number, round: Round, size?: number): Plan {
  return { about, times, run: (order) => inRounds(order, round, size) }
}

async function updateRound(t: Scope, order: Order, release: Release): Promise<Figures> {
  const { scene } = await openOnPostgres(t, { ...order, nodes: 2, release })
  return await during(scene, () => updateOnce(scene, 2))
}

function troublePlan(about: string, trouble: Trouble): Plan {
  return plan(`${about}, on SQLite`, 20, async (t, order) => {
    const { scene, disk } = await openOnDisk(t, order)
    return await during(scene, () => troubleAgain(scene, { ...order, disk, trouble }))
  })
}

async function findLosses(order: Order): Promise<Figures> {
  const found = new Map<string, number>()
  for (const planted of losses) {
    const fault = await findPlanted(planted, order)
    if (fault === undefined) throw new Error(`not found: ${planted.about}`)
    found.set(`faults until it found ${planted.about}`, fault)
  }
  return found
}

/** Faults on one database before a new one is used, so that checks stay short and people have codes left. */
const faultsOfRound = 50

/** Runs the faults in rounds, one after the other, each with its own cleanup, and sums their counts. */
async function inRounds(order: Order, round: Round, size = faultsOfRound): Promise<Figures> {
  const { times, say } = order
  const sum = new Map<string, number>()
  for (let done = 0; done < times; done += size) {
    const part = Math.min(size, times - done)
    const figures = await withScope((t) => round(t, { ...order, times: part }))
    for (const [what, value] of figures) sum.set(what, (sum.get(what) ?? 0) + value)
    const counted = ['logins', 'operations'].map((what) => `${sum.get(what)} ${what}`)
    say(`  ${done + part} of ${times}: ${counted.join(', ')}`)
  }
  return sum
}
