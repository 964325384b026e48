// How many complete logins a second of CPU gives: with the password hash against the bare hash, and without it
// against the floor.

import { ask } from '../control.ts'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { driveLogins } from '../logins.ts'
import { cpuSeconds, type Running, serverCore, type Target } from '../process.ts'

/** A server works so many times as long as the measurement before: for a while V8 goes on compiling what is used often. */
const warmUp = 2

/** Work per CPU second of a fresh server; throws when a single login went wrong. */
const measure = async (
  target: Target,
  hash: boolean,
  work: (running: Running, seconds: number) => Promise<number>,
  seconds: number,
): Promise<number> => {
  const running = await target.start({ hash, cores: serverCore })
  try {
    await work(running, seconds * warmUp)
    const before = await cpuSeconds(running.pid)
    const done = await work(running, seconds)
    return done / ((await cpuSeconds(running.pid)) - before)
  } finally {
    await running.close()
  }
}

const logins = (concurrency: number) => async (running: Running, seconds: number) => {
  const { good, bad } = await driveLogins({ url: running.url, concurrency, seconds })
  if (bad > 0) throw new Error(`${bad} of ${good + bad} logins failed`)
  return good
}

const bareHashes = (running: Running, seconds: number) =>
  ask<number>(running.control, `/hash?seconds=${seconds}`)

export const measureHashedLogins = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, seconds } = bench
  const rounds = await interleave(
    bench.rounds,
    () => measure(product, true, logins(8), seconds),
    () => measure(floor, true, bareHashes, seconds),
  )
  const goal = { of: 'ratio', atLeast: 0.75 } as const
  return [
    compare({
      name: 'complete logins with Argon2id',
      unit: 'per CPU-s',
      reference: 'the bare hash',
      rounds,
      goal,
    }),
  ]
}

export const measureBareLogins = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, seconds } = bench
  const rounds = await interleave(
    bench.rounds,
    () => measure(product, false, logins(16), seconds),
    () => measure(floor, false, logins(16), seconds),
  )
  const goal = { of: 'ratio', atLeast: 0.3 } as const
  return [
    compare({
      name: 'login page and password, hash removed',
      unit: 'per CPU-s',
      reference: bench.reference,
      rounds,
      goal,
    }),
  ]
}
