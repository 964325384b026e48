// Measures the delay of the event loop: whether the server still answers at once while its cores hash passwords without a
// pause.

import { ask } from '../control.ts'
import { type Bench, compare, type Figure, findLeast, interleave } from '../figure.ts'
import { driveLogins } from '../logins.ts'
import { loadCore, serverCore, type Target } from '../process.ts'

const measure = async (target: Target, cores: string, seconds: number): Promise<number> => {
  const running = await target.start({ hash: true, cores })
  try {
    await driveLogins({ url: running.url, concurrency: 8, seconds: Math.min(1, seconds) })
    await ask(running.control, '/delay?watch=begin')
    await driveLogins({ url: running.url, concurrency: 8, seconds })
    return await ask<number>(running.control, '/delay')
  } finally {
    await running.close()
  }
}

const placements = [
  // Only the server's own hashes run on its core.
  {
    name: 'event loop delay p99 while hashing',
    cores: serverCore,
    goal: { of: 'value', atMost: 4 },
  },
  // The load, which comes from other machines in production, uses part of one of the server's cores.
  {
    name: 'event loop delay p99 while hashing, both cores',
    cores: `${serverCore},${loadCore}`,
  },
] as const

export async function* measureLoopDelay(bench: Bench): AsyncGenerator<Figure[]> {
  const { product, floor, seconds } = bench
  for (const { cores, ...figure } of placements) {
    const rounds = await interleave(
      bench.rounds,
      () => measure(product, cores, seconds),
      () => measure(floor, cores, seconds),
    )
    const common = { unit: 'ms', reference: bench.reference }
    yield [compare({ ...figure, ...common, rounds: findLeast(rounds) })]
  }
}
