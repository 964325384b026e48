// OpenID Connect operations per CPU second, compared with the bare library on its in-memory adapter and with the smallest code
// that stores codes and tokens durably. All three run at once in each round and are asked in short turns, because the speed of
// a shared machine changes within seconds.

import { type Bench, compare, type Figure, type Round } from '../figure.ts'
import { createUser, drive, type User, works } from '../oidc/client.ts'
import { type OidcServer, startFloor, startLibrary, startProduct } from '../oidc/targets.ts'
import { cpuSeconds } from '../process.ts'

const concurrency = 16
/** Warm-up in seconds, as V8 still compiles frequent code for a while. */
const warmUp = 1

type Name = keyof typeof works
const names = Object.keys(works) as Name[]
/** Hot paths have their own goals, see docs/performance.md. */
const goals: Record<Name, number> = {
  'code flow of a browser that is logged in': 0.8,
  'login from app to token, hash removed': 0.35,
  refresh: 1,
  userinfo: 2,
  introspection: 2,
}

const servers = { product: startProduct, library: startLibrary, floor: startFloor }
type Kind = keyof typeof servers

/** Seconds for which one server is asked before the next one is. */
const turn = 0.5

type Asked = { kind: Kind; server: OidcServer; users: User[] }

const open = async (kind: Kind): Promise<Asked> => {
  const server = await servers[kind]()
  const { client, endpoints } = server
  const users = Array.from({ length: concurrency }, (_, index) =>
    createUser({ client, endpoints, index }),
  )
  return { kind, server, users }
}

const close = async ({ server, users }: Asked): Promise<void> => {
  for (const user of users) user.close()
  await server.close()
}

const prepare = async ({ users }: Asked, name: Name, seconds: number): Promise<void> => {
  // The adapter of the bare library forgets all but its latest thousand records.
  for (const user of users) await user.logIn()
  await drive(users, works[name], seconds * warmUp)
}

/** Work of one kind per CPU second of each server. */
const measureWork = async (
  asked: readonly Asked[],
  name: Name,
  seconds: number,
): Promise<Record<Kind, number>> => {
  for (const one of asked) await prepare(one, name, seconds)
  const sums = asked.map((one) => ({ one, done: 0, spent: 0 }))
  for (let turns = 0; turns * turn < seconds; turns += 1) {
    for (const sum of turns % 2 === 0 ? sums : sums.toReversed()) {
      const { users, server } = sum.one
      const before = await cpuSeconds(server.pid)
      sum.done += await drive(users, works[name], turn)
      sum.spent += (await cpuSeconds(server.pid)) - before
    }
  }
  const rates = sums.map(({ one, done, spent }) => [one.kind, done / spent])
  return Object.fromEntries(rates) as Record<Kind, number>
}

type Rates = Record<Name, Record<Kind, number>>

const measureRound = async (kinds: readonly Kind[], seconds: number): Promise<Rates> => {
  const asked: Asked[] = []
  try {
    for (const kind of kinds) asked.push(await open(kind))
    const rates: [Name, Record<Kind, number>][] = []
    for (const name of names) rates.push([name, await measureWork(asked, name, seconds)])
    return Object.fromEntries(rates) as Rates
  } finally {
    for (const one of asked) await close(one)
  }
}

export const measureOidc = async (bench: Bench): Promise<Figure[]> => {
  const seconds = Math.max(1, bench.seconds / 2)
  const rounds: Rates[] = []
  const kinds = Object.keys(servers) as Kind[]
  for (let round = 0; round < bench.rounds; round += 1) {
    rounds.push(await measureRound(round % 2 === 0 ? kinds : kinds.toReversed(), seconds))
  }
  const pair = (name: Name, reference: Kind): Round<number>[] =>
    rounds.map((one) => ({ value: one[name].product, referenceValue: one[name][reference] }))
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
