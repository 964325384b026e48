// Whether the server still answers at once while every core hashes passwords: the delay of its event loop.

import { ask } from '../control.ts'
import { type Bench, compare, type Figure, interleave, leastOf } from '../figure.ts'
import { driveLogins } from '../logins.ts'
import { loadCore, serverCore, type Target } from '../process.ts'

// On both cores, as in production: the question is what the hashing threads leave to the loop.
const measure = async (target: Target, seconds: number): Promise<number> => {
  const running = await target.start({ hash: true, cores: `${serverCore},${loadCore}` })
  try {
    await driveLogins({ url: running.url, concurrency: 8, seconds: Math.min(1, seconds) })
    await ask(running.control, '/delay?watch=begin')
    await driveLogins({ url: running.url, concurrency: 8, seconds })
    return await ask<number>(running.control, '/delay')
  } finally {
    await running.close()
  }
}

export const measureLoopDelay = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, seconds } = bench
  const rounds = await interleave(
    bench.rounds,
    () => measure(product, seconds),
    () => measure(floor, seconds),
  )
  return [
    compare({
      name: 'event loop delay p99 while hashing',
      unit: 'ms',
      reference: 'floor',
      rounds: leastOf(rounds),
      goal: { of: 'value', atMost: 4 },
    }),
  ]
}
