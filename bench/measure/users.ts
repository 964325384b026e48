// What a login costs with a million users against a thousand, on each database: in a second of CPU of the server and of
// PostgreSQL together, and in time. All four bases once per round, the order turned each time.

import { resolve } from 'node:path'
import { type Bench, compare, type Figure, type Goal, type Round } from '../figure.ts'
import { driveLogins } from '../logins.ts'
import { cpuSeconds, serverCore, startScript } from '../process.ts'
import { flags } from '../product/target.ts'
import { cleanUsers } from '../users/clean.ts'
import {
  type EngineName,
  engines,
  locateDatabase,
  locateSqlite,
  prepareUsers,
  startUsersPostgres,
} from '../users/fixture.ts'
import { drawPerson, namePerson } from '../users/population.ts'

const counts = { few: 1_000, many: 1_000_000 } as const
type Size = keyof typeof counts

const concurrency = 16
/** V8 goes on compiling for a while what is used often. */
const warmUp = 1

/** Milliseconds of one login. */
type Cost = { cpu: number; time: number }

type Scene = {
  folder: string
  postgres: Awaited<ReturnType<typeof startUsersPostgres>>
  seconds: number
}

const measure = async (
  { folder, postgres, seconds }: Scene,
  engine: EngineName,
  size: Size,
  hash: boolean,
): Promise<Cost> => {
  const count = counts[size]
  const isLocal = engine === 'sqlite'
  const storage = isLocal ? locateSqlite(folder, count) : locateDatabase(postgres.url, count)
  await cleanUsers(storage, count)
  const running = await startScript({
    script: resolve(import.meta.dirname, '../product/server.ts'),
    flags,
    settings: { folder, hash, host: '127.0.0.1', config: { storage } },
    cores: serverCore,
  })
  const spent = async () =>
    (await cpuSeconds(running.pid)) + (isLocal ? 0 : await cpuSeconds(postgres.pid))
  let turn = 0
  // From anywhere in the base, so that what it needs is seldom in memory already.
  const next = () => namePerson(drawPerson(turn++, count))
  const drive = async (length: number) => {
    const { good, bad } = await driveLogins({
      url: running.url,
      concurrency,
      seconds: length,
      next,
    })
    if (bad > 0) throw new Error(`${bad} of ${good + bad} logins failed`)
    return good
  }
  try {
    await drive(seconds * warmUp)
    const [cpu, begin] = [await spent(), performance.now()]
    const done = await drive(seconds)
    const time = performance.now() - begin
    return { cpu: (1_000 * ((await spent()) - cpu)) / done, time: time / done }
  } finally {
    await running.close()
  }
}

const works = [
  { name: 'login with Argon2id', hash: true, goal: { of: 'ratio', atMost: 1.1 } },
  { name: 'login, hash removed', hash: false, goal: undefined },
] as const satisfies { name: string; hash: boolean; goal: Goal | undefined }[]

/** All that is measured in one round. */
const cases = works.flatMap(({ hash }) =>
  engines.flatMap((engine) =>
    (['few', 'many'] as const).map((size) => ({
      engine,
      size,
      hash,
      key: `${engine} ${size} ${hash}`,
    })),
  ),
)

type Results = Map<string, Cost>

const listFigures = (rounds: Results[]): Figure[] => {
  const pair = (of: keyof Cost, engine: EngineName, hash: boolean): Round<number>[] =>
    rounds.map((results) => ({
      value: results.get(`${engine} many ${hash}`)?.[of] ?? Number.NaN,
      referenceValue: results.get(`${engine} few ${hash}`)?.[of] ?? Number.NaN,
    }))
  return works.flatMap(({ name, hash, goal }) =>
    engines.flatMap((engine) => [
      compare({
        name: `${name}, a million users, ${engine}`,
        unit: 'CPU-ms',
        reference: 'a thousand users',
        rounds: pair('cpu', engine, hash),
        ...(goal && { goal }),
      }),
      compare({
        name: 'the same, in time',
        unit: 'ms',
        reference: 'a thousand users',
        rounds: pair('time', engine, hash),
      }),
    ]),
  )
}

export const measureUsers = async (bench: Bench): Promise<Figure[]> => {
  const folder = await prepareUsers(Object.values(counts), bench.say)
  const postgres = await startUsersPostgres(folder, ['taskset', '-c', serverCore])
  try {
    const seconds = Math.max(2, bench.seconds / 2)
    const rounds: Results[] = []
    for (let round = 0; round < bench.rounds; round += 1) {
      const results: Results = new Map()
      for (const { key, engine, size, hash } of round % 2 === 0 ? cases : cases.toReversed())
        results.set(key, await measure({ folder, postgres, seconds }, engine, size, hash))
      rounds.push(results)
    }
    return listFigures(rounds)
  } finally {
    await postgres.close()
  }
}
