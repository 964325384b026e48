/** Cuts one of several servers off from PostgreSQL, while the others go on, or ends some of the connections of all of them. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Choices } from '../load/random.ts'
import type { Scene } from '../scene.ts'
import type { ChaosPostgres } from '../stage/postgres.ts'
import type { Cut, Relay } from '../stage/relay.ts'
import { repeat } from './repeat.ts'

/** Milliseconds. Longer than a server waits for the answer to a statement. */
const longestCut = 25_000
const shortestCut = 500

const faults: readonly (Cut | 'some ended')[] = ['silent', 'lost', 'refused', 'some ended']

export async function cutOffAgain(
  scene: Scene,
  {
    times,
    postgres,
    relays,
  }: {
    readonly times: number
    readonly postgres: ChaosPostgres
    /** One before each server. */
    readonly relays: readonly Relay[]
  },
): Promise<void> {
  const { choices, history } = scene
  await repeat(scene, times, async () => {
    const fault = choices.pick(faults)
    // A server that is cut off seems to have ended.
    history.reopen()
    if (fault === undefined || fault === 'some ended') {
      await endConnections(postgres, choices)
    } else {
      const relay = choices.pick(relays)
      relay?.cut(fault)
      await pause(choices.between(shortestCut, longestCut))
      relay?.mend()
    }
    history.reopen()
  })
}

/** Ends each connection of the servers with a probability of a half, as an administrator or a pooler can. */
async function endConnections({ url }: ChaosPostgres, choices: Choices): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name like 'einlass%' order by pid",
    )
    const ended = rows.flatMap(({ pid }) => (choices.isTrue(0.5) ? [pid] : []))
    await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [ended])
  } finally {
    await client.end()
  }
}
