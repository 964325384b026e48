// How many complete logins one CPU second gives: with the password hash, compared with the floor and with the bare hash;
// without it, compared with the floor. Also the cost of a single login that shares nothing with others, at a hundred a second.

import { ask } from '../control.ts'
import { type Bench, compare, type Figure, interleave, percentile, type Round } from '../figure.ts'
import { driveLogins, paceLogins } from '../logins.ts'
import { cpuSeconds, type Running, serverCore, type Target, writtenKib } from '../process.ts'

/**
 * Logins before a rate is measured. V8 goes on compiling until frequent code has run some thousand times; then a server behaves
 * as after a day. Most of these logins are without the hash, which would take minutes.
 */
const warmUpLogins = 10_000
/** The warm-up of a short round, and of the hash itself, is this many times as long as the measurement. */
const warmUpTimes = 2
/** Seconds after which a slow machine ends the warm-up. */
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

/** Work per CPU second of a server, measured after a warm-up with the same work. */
const measure = async (running: Running, work: Work, seconds: number): Promise<number> => {
  await work(running, seconds * warmUpTimes)
  const before = await cpuSeconds(running.pid)
  const done = await work(running, seconds)
  return done / ((await cpuSeconds(running.pid)) - before)
}

/** Throws when any login failed. */
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

/**
 * Warms up without the hash. An earlier checkout cannot turn the hash off for a while; only the following warm-up prepares it.
 */
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

/** The costs of one login. */
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
