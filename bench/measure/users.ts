// The cost of a login with a million users compared with a thousand, on each database: CPU of the server and PostgreSQL
// together, and time. Both servers of a pair run at once and get the load in short turns, so that other work of the machine
// affects both equally.

import { resolve } from 'node:path'
import { type Bench, compare, type Figure, type Goal, type Round } from '../figure.ts'
import { driveLogins } from '../logins.ts'
import { cpuSeconds, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'
import { flags } from '../product/target.ts'
import { cleanUsers } from '../users/clean.ts'
import {
  userCounts as counts,
  type EngineName,
  engines,
  locateDatabase,
  locateSqlite,
  prepareUsers,
  readUsers,
  startUsersPostgres,
} from '../users/fixture.ts'
import { drawPerson, namePerson } from '../users/population.ts'

type Size = keyof typeof counts

const concurrency = 16
/** Turns for each server of a pair. */
const turns = 5
/** Warm-up in seconds, as V8 still compiles frequent code for a while. */
const warmUp = 2

/** Of one login, in milliseconds. */
type Cost = { cpu: number; time: number }

type Scene = {
  folder: string
  postgres: Awaited<ReturnType<typeof startUsersPostgres>>
  seconds: number
}

/** Starts a server with this many users, and sums the cost of its logins. */
const startSide = async (
  { folder, postgres }: Scene,
  engine: EngineName,
  size: Size,
  hash: boolean,
) => {
  const count = counts[size]
  const isLocal = engine === 'sqlite'
  const storage = isLocal ? locateSqlite(folder, count) : locateDatabase(postgres.url, count)
  await cleanUsers(storage, count)
  const running = await startScript({
    script: await packScript(resolve(import.meta.dirname, '../product/server.ts')),
    flags,
    settings: { folder, hash, host: '127.0.0.1', config: { storage } },
    cores: serverCore,
  })
  const spent = async () =>
    (await cpuSeconds(running.pid)) + (isLocal ? 0 : await cpuSeconds(postgres.pid))
  let turn = 0
  // Users from anywhere in the base, so that a login does not find its rows in the cache of the database.
  const next = () => namePerson(drawPerson(turn++, count))
  const { url } = running
  const drive = async (seconds: number) => {
    const { good, bad } = await driveLogins({ url, concurrency, seconds, next })
    if (bad > 0) throw new Error(`${bad} of ${good + bad} logins failed`)
    return good
  }
  const sum = { cpu: 0, time: 0, logins: 0 }
  return {
    drive,
    close: running.close,
    async measure(seconds: number) {
      const [cpu, begin] = [await spent(), performance.now()]
      sum.logins += await drive(seconds)
      sum.time += performance.now() - begin
      sum.cpu += 1_000 * ((await spent()) - cpu)
    },
    getCost: (): Cost => ({ cpu: sum.cpu / sum.logins, time: sum.time / sum.logins }),
  }
}

/** Measures the cost of a login with a million users and with a thousand. */
const measurePair = async (
  scene: Scene,
  engine: EngineName,
  hash: boolean,
): Promise<Round<Cost>> => {
  const few = await startSide(scene, engine, 'few', hash)
  const many = await startSide(scene, engine, 'many', hash).catch(async (error) => {
    await few.close()
    throw error
  })
  try {
    for (const side of [few, many]) await side.drive(scene.seconds * warmUp)
    for (let turn = 0; turn < turns; turn += 1)
      for (const side of turn % 2 === 0 ? [few, many] : [many, few])
        await side.measure(scene.seconds / turns)
    return { value: many.getCost(), referenceValue: few.getCost() }
  } finally {
    await Promise.all([few.close(), many.close()])
  }
}

const works = [
  { name: 'login with Argon2id', hash: true, goal: { of: 'ratio', atMost: 1.1 } },
  { name: 'login, hash removed', hash: false, goal: undefined },
] as const satisfies { name: string; hash: boolean; goal: Goal | undefined }[]

/** All cases of one round. */
const cases = works.flatMap((work) => engines.map((engine) => ({ ...work, engine })))

type Case = (typeof cases)[number]

const listFigures = ({ name, engine, goal }: Case, rounds: Round<Cost>[]): Figure[] => {
  const pick = (of: keyof Cost): Round<number>[] =>
    rounds.map(({ value, referenceValue }) => ({
      value: value[of],
      referenceValue: referenceValue[of],
    }))
  const reference = 'a thousand users'
  return [
    compare({
      ...{ name: `${name}, a million users, ${engine}`, unit: 'CPU-ms', reference },
      rounds: pick('cpu'),
      ...(goal && { goal }),
    }),
    compare({ name: 'the same, in time', unit: 'ms', reference, rounds: pick('time') }),
  ]
}

export const measureUsers = async (bench: Bench): Promise<Figure[]> => {
  const folder = await prepareUsers(Object.values(counts), bench.say)
  await readUsers(folder)
  const postgres = await startUsersPostgres(folder, ['taskset', '-c', serverCore])
  try {
    const seconds = Math.max(2, bench.seconds / 2)
    const rounds = cases.map((): Round<Cost>[] => [])
    for (let round = 0; round < bench.rounds; round += 1)
      for (const [at, { engine, hash }] of cases.entries())
        rounds[at]?.push(await measurePair({ folder, postgres, seconds }, engine, hash))
    return cases.flatMap((one, at) => listFigures(one, rounds[at] ?? []))
  } finally {
    await postgres.close()
  }
}
