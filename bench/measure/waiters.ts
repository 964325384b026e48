// Browsers that wait for the phone: the memory of each one, how soon a browser gets its answer, and how long it takes when all
// are answered at once.

import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type PreparedWaiters } from '../control.ts'
import {
  type Bench,
  compare,
  type Figure,
  findLeast,
  type Goal,
  interleave,
  percentile,
  type Round,
} from '../figure.ts'
import { type Running, residentKib, serverCore, type Target } from '../process.ts'
import { openWaiters } from '../waiters.ts'

type Waiting = { kibEach: number; wakeP99: number; burst: number; lost: number }

const perSecond = 2_000

const withServer = async <Result>(
  target: Target,
  waiters: number,
  work: (running: Running) => Promise<Result>,
) => {
  const running = await target.start({ hash: false, cores: serverCore, waiters })
  try {
    return await work(running)
  } finally {
    await running.close()
  }
}

/** Opens all waiters and wakes them by the given path. Resolves with the memory of each one and the delays in milliseconds. */
const openAndWake = (target: Target, count: number, wakePath: string) =>
  withServer(target, count, async (running) => {
    const prepared = await ask<PreparedWaiters>(running.control, `/waiters?count=${count}`)
    // The first connections warm up code and buffers, which are not part of a waiter's cost.
    await (
      await openWaiters(running.url, { ...prepared, waiters: prepared.waiters.slice(0, 100) })
    ).close()
    await sleep(500)
    const before = await residentKib(running.pid)
    const waiters = await openWaiters(running.url, prepared)
    await sleep(1000)
    const kibEach = ((await residentKib(running.pid)) - before) / count
    const woken = await ask<number[]>(running.control, wakePath)
    const heard = await waiters.heard(5_000)
    await waiters.close()
    const delays = heard.flatMap((at, index) =>
      at === undefined ? [] : [Math.max(0, at - (woken[index] ?? 0))],
    )
    return { kibEach, delays, lost: count - delays.length }
  })

const measure = async (target: Target, count: number): Promise<Waiting> => {
  const inTurn = await openAndWake(target, count, `/wake?count=${count}&perSecond=${perSecond}`)
  const atOnce = await openAndWake(target, count, `/wake-all?count=${count}`)
  return {
    kibEach: inTurn.kibEach,
    wakeP99: percentile(inTurn.delays, 99),
    burst: percentile(atOnce.delays, 100),
    lost: inTurn.lost + atOnce.lost,
  }
}

const addUp = (rounds: Round<number>[]): Round<number>[] => [
  {
    value: rounds.reduce((sum, round) => sum + round.value, 0),
    referenceValue: rounds.reduce((sum, round) => sum + round.referenceValue, 0),
  },
]

export const measureWaiters = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, waiters } = bench
  const rounds = await interleave(
    Math.min(2, bench.rounds),
    () => measure(product, waiters),
    () => measure(floor, waiters),
  )
  const pick = (key: keyof Waiting) =>
    rounds.map(({ value, referenceValue }) => ({
      value: value[key],
      referenceValue: referenceValue[key],
    }))
  const figure = (name: string, unit: string, rounds: Round<number>[], goal: Goal) =>
    compare({
      name: `${waiters} waiting browsers: ${name}`,
      unit,
      reference: bench.reference,
      rounds,
      goal,
    })
  return [
    figure('memory of each', 'KiB', findLeast(pick('kibEach')), { of: 'ratio', atMost: 1.3 }),
    figure('wake-up p99', 'ms', findLeast(pick('wakeP99')), { of: 'value', atMost: 10 }),
    figure('all at once', 'ms', findLeast(pick('burst')), { of: 'value', atMost: 150 }),
    figure('lost', 'waiters', addUp(pick('lost')), { of: 'value', atMost: 0 }),
  ]
}
