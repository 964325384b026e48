// How much OpenID Connect a second of CPU gives, against the bare library on its in-memory adapter and against the least
// code that keeps codes and tokens durably. All three once per round, the order turned each time.

import { type Bench, compare, type Figure, type Round } from '../figure.ts'
import { createUser, drive, type User, works } from '../oidc/client.ts'
import { type OidcServer, startFloor, startLibrary, startProduct } from '../oidc/targets.ts'
import { cpuSeconds } from '../process.ts'

const concurrency = 16
/** V8 goes on compiling for a while what is used often. */
const warmUp = 1

type Name = keyof typeof works
const names = Object.keys(works) as Name[]
/** Hot paths have a goal of their own, see docs/performance.md. */
const goals: Record<Name, number> = {
  'code flow of a browser that is logged in': 0.8,
  'refresh with rotation': 1,
  userinfo: 2,
  introspection: 2,
}

const servers = { product: startProduct, library: startLibrary, floor: startFloor }
type Kind = keyof typeof servers

/** Work per CPU second of a fresh server, for each kind of work. */
const measure = async (
  start: () => Promise<OidcServer>,
  seconds: number,
): Promise<Record<Name, number>> => {
  const server = await start()
  const { client, endpoints, pid } = server
  const users: User[] = []
  try {
    for (let index = 0; index < concurrency; index += 1) {
      users.push(createUser({ client, endpoints, index }))
    }
    const rates: [Name, number][] = []
    for (const name of names) {
      // The adapter of the bare library forgets all but its latest thousand records.
      for (const user of users) await user.logIn()
      await drive(users, works[name], seconds * warmUp)
      const before = await cpuSeconds(pid)
      const done = await drive(users, works[name], seconds)
      rates.push([name, done / ((await cpuSeconds(pid)) - before)])
    }
    return Object.fromEntries(rates) as Record<Name, number>
  } finally {
    for (const user of users) user.close()
    await server.close()
  }
}

export const measureOidc = async (bench: Bench): Promise<Figure[]> => {
  const seconds = Math.max(1, bench.seconds / 2)
  const rounds: Record<Kind, Record<Name, number>>[] = []
  const kinds = Object.keys(servers) as Kind[]
  for (let round = 0; round < bench.rounds; round += 1) {
    const results: [Kind, Record<Name, number>][] = []
    const order = round % 2 === 0 ? kinds : kinds.toReversed()
    for (const kind of order) results.push([kind, await measure(servers[kind], seconds)])
    rounds.push(Object.fromEntries(results) as Record<Kind, Record<Name, number>>)
  }
  const pair = (name: Name, reference: Kind): Round<number>[] =>
    rounds.map((one) => ({ value: one.product[name], referenceValue: one[reference][name] }))
  return names.flatMap((name) => [
    compare({
      name,
      unit: 'per CPU-s',
      reference: 'library in memory',
      rounds: pair(name, 'library'),
      goal: { of: 'ratio', atLeast: goals[name] },
    }),
    compare({
      name,
      unit: 'per CPU-s',
      reference: 'floor, durable',
      rounds: pair(name, 'floor'),
    }),
  ])
}
