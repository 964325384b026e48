/** What `npm run chaos` can do: the list of faults, how often each comes, and on which database. */
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { killAgain } from './faults/kill.ts'
import type { Hash } from './load/people.ts'
import type { Choices } from './load/random.ts'
import { openScene, type Scene } from './scene.ts'
import { startChaosPostgres } from './stage/postgres.ts'

export interface Order {
  readonly times: number
  readonly hash: Hash
  readonly choices: Choices
  readonly say: (text: string) => void
}

/** What was done and seen, in the order of its first time. */
export type Figures = ReadonlyMap<string, number>

export interface Plan {
  readonly about: string
  /** How many faults, unless the caller says otherwise. */
  readonly times: number
  run(order: Order): Promise<{ readonly figures: Figures }>
}

export const plans: Readonly<Record<string, Plan>> = {
  'kills-sqlite': {
    about: 'kill -9 of the server, on SQLite',
    times: 1_000,
    run: (order) =>
      inRounds(order, async (t, times) => {
        const { hash, choices } = order
        const scene = await openScene(t, { hash, choices })
        return await during(scene, () => killAgain(scene, times))
      }),
  },
  'kills-postgres': {
    about: 'kill -9 of one of two servers, on PostgreSQL',
    times: 1_000,
    run: (order) =>
      inRounds(order, async (t, times) => {
        const { hash, choices } = order
        const postgres = await startChaosPostgres(t)
        const storage = { type: 'postgres', url: postgres.url, migrate: true } as const
        const scene = await openScene(t, { hash, choices, storage, nodes: 2 })
        return await during(scene, () => killAgain(scene, times, 2))
      }),
  },
}

/** Faults on one database; then a new one, so that checks stay short and people have codes. */
const faultsOfRound = 50

/** Runs parts of the whole one after the other, each with its own ends, and sums what they counted. */
export async function inRounds(
  { times, say }: Order,
  round: (t: Scope, times: number) => Promise<Figures>,
): Promise<{ figures: Figures }> {
  const sum = new Map<string, number>()
  for (let done = 0; done < times; done += faultsOfRound) {
    const part = Math.min(faultsOfRound, times - done)
    const figures = await withScope((t) => round(t, part))
    for (const [what, value] of figures) sum.set(what, (sum.get(what) ?? 0) + value)
    say(
      `  ${done + part} of ${times}: ${sum.get('logins')} logins, ${sum.get('operations')} operations`,
    )
  }
  return { figures: sum }
}

export async function withScope<Result>(work: (t: Scope) => Promise<Result>): Promise<Result> {
  const ends: (() => unknown)[] = []
  try {
    return await work({ after: (end) => void ends.push(end as () => unknown) })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** Does the work, and gives what the scene has counted by then. */
export async function during(scene: Scene, work: () => Promise<void>): Promise<Figures> {
  await work()
  const { history, counts } = scene
  return new Map([
    ['operations', history.countOperations()],
    ['things that are valid once', history.things.length],
    ['events of the audit log', await scene.stage.verifyAudit()],
    ...counts,
  ])
}
