// How many complete logins a second of CPU gives: with the password hash against the floor's and the bare hash, without it
// against the floor's; and what a lone login costs that shares nothing with others, at a hundred a second.

import { ask } from '../control.ts'
import { type Bench, compare, type Figure, interleave, percentile, type Round } from '../figure.ts'
import { driveLogins, paceLogins } from '../logins.ts'
import { cpuSeconds, type Running, serverCore, type Target, writtenKib } from '../process.ts'

/**
 * Logins before a rate is taken, as V8 goes on compiling until what is used often has run some thousand times: by then a server is as
 * one that has been running for a day. Most of them are without the hash, which would make that take minutes.
 */
const warmUpLogins = 10_000
/** Of a short round, and of the hash itself: so many times as long as the measurement. */
const warmUpTimes = 2
/** Seconds in which a slow machine ends the warm-up. */
const longestWarmUp = 60

type Work = (running: Running, seconds: number) => Promise<number>

const withServer = async <Result>(
  target: Target,
  hash: boolean,
  work: (running: Running) => Promise<Result>,
): Promise<Result> => {
  const running = await target.start({ hash, cores: serverCore })
  try {
    return await work(running)
  } finally {
    await running.close()
  }
}

/** Work per CPU second of a server, after it has done the same for a while. */
const measure = async (running: Running, work: Work, seconds: number): Promise<number> => {
  await work(running, seconds * warmUpTimes)
  const before = await cpuSeconds(running.pid)
  const done = await work(running, seconds)
  return done / ((await cpuSeconds(running.pid)) - before)
}

/** Throws when a single login went wrong. */
const logins =
  (concurrency: number, most?: number): Work =>
  async ({ url }, seconds) => {
    const { good, bad } = await driveLogins({ url, concurrency, seconds, ...(most && { most }) })
    if (bad > 0) throw new Error(`${bad} of ${good + bad} logins failed`)
    return good
  }

const warmUp = async (running: Running, { rounds, seconds }: Bench): Promise<void> => {
  if (rounds === 1) await logins(16)(running, seconds * warmUpTimes)
  else await logins(16, warmUpLogins)(running, longestWarmUp)
}

/** Without the hash. An earlier checkout does not know how to leave it out for a while, and is warm by what follows alone. */
const warmUpBare = async (running: Running, bench: Bench): Promise<void> => {
  if (!(await ask<boolean | null>(running.control, '/hashing?on=no'))) return
  await warmUp(running, bench)
  await ask(running.control, '/hashing?on=yes')
}

const bareHashes: Work = (running, seconds) =>
  ask<number>(running.control, `/hash?seconds=${seconds}`)

type HashedRates = { logins: number; hashes: number }

const measureHashed = (target: Target, bench: Bench): Promise<HashedRates> =>
  withServer(target, true, async (running) => {
    await warmUpBare(running, bench)
    return {
      hashes: await measure(running, bareHashes, bench.seconds),
      logins: await measure(running, logins(8), bench.seconds),
    }
  })

export const measureHashedLogins = async (bench: Bench): Promise<Figure[]> => {
  const rounds = await interleave(
    bench.rounds,
    () => measureHashed(bench.product, bench),
    () => measureHashed(bench.floor, bench),
  )
  const against = (key: keyof HashedRates) =>
    rounds.map(({ value, referenceValue }) => ({
      value: value.logins,
      referenceValue: referenceValue[key],
    }))
  const common = { name: 'complete logins with Argon2id', unit: 'per CPU-s' }
  return [
    compare({
      ...common,
      reference: bench.reference,
      rounds: against('logins'),
      goal: { of: 'ratio', atLeast: 0.95 },
    }),
    compare({ ...common, reference: 'the bare hash', rounds: against('hashes') }),
  ]
}

export const measureBareLogins = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, seconds } = bench
  const rate = (target: Target) =>
    withServer(target, false, async (running) => {
      await warmUp(running, bench)
      return await measure(running, logins(16), seconds)
    })
  const rounds = await interleave(
    bench.rounds,
    () => rate(product),
    () => rate(floor),
  )
  return [
    compare({
      name: 'login page and password, hash removed',
      unit: 'per CPU-s',
      reference: bench.reference,
      rounds,
      goal: { of: 'ratio', atLeast: 0.5 },
    }),
  ]
}

const pace = 100

/** Of one login. */
type Lone = { cpu: number; median: number; p99: number; written: number }

const measureLone = (target: Target, bench: Bench): Promise<Lone> =>
  withServer(target, false, async (running) => {
    const { seconds } = bench
    const { url, pid } = running
    await warmUp(running, bench)
    const before = { cpu: await cpuSeconds(pid), written: await writtenKib(pid) }
    const { times, bad } = await paceLogins({ url, rate: pace, seconds })
    if (bad > 0) throw new Error(`${bad} of ${bad + times.length} logins failed`)
    return {
      cpu: (((await cpuSeconds(pid)) - before.cpu) * 1000) / times.length,
      written: ((await writtenKib(pid)) - before.written) / times.length,
      median: percentile(times, 50),
      p99: percentile(times, 99),
    }
  })

export const measurePacedLogins = async (bench: Bench): Promise<Figure[]> => {
  const rounds = await interleave(
    bench.rounds,
    () => measureLone(bench.product, bench),
    () => measureLone(bench.floor, bench),
  )
  const pick = (key: keyof Lone): Round<number>[] =>
    rounds.map(({ value, referenceValue }) => ({
      value: value[key],
      referenceValue: referenceValue[key],
    }))
  const figure = (name: string, unit: string, key: keyof Lone) =>
    compare({ name, unit, reference: bench.reference, rounds: pick(key) })
  return [
    figure(`login at ${pace} a second, hash removed`, 'CPU-ms', 'cpu'),
    figure('the same, time p50', 'ms', 'median'),
    figure('the same, time p99', 'ms', 'p99'),
    figure('the same, written to the disk', 'KiB', 'written'),
  ]
}
