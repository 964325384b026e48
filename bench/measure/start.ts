// From the start of the process to its first login page, with data that exist, and the memory it then has at rest.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { residentKib, serverCore, spawnPinned, stop, type Target } from '../process.ts'

const reachLogin = async (url: string, hasEnded: () => boolean): Promise<void> => {
  const end = performance.now() + 30_000
  while (performance.now() < end && !hasEnded()) {
    const reply = await fetch(`${url}/login`).catch(() => undefined)
    if (reply?.status === 200 && (await reply.text()).includes('type="password"')) return
    await sleep(2)
  }
  throw new Error(`no login page at ${url}`)
}

const measure = async (target: Target): Promise<{ milliseconds: number; mebibytes: number }> => {
  const { args, env, url, cleanUp } = await target.prepareColdStart()
  const begin = performance.now()
  const { child, lastWords } = spawnPinned(serverCore, args, env)
  child.stdout.resume()
  try {
    await reachLogin(url, () => child.exitCode !== null)
    const milliseconds = performance.now() - begin
    await sleep(1500)
    return { milliseconds, mebibytes: (await residentKib(child.pid ?? 0)) / 1024 }
  } catch (error) {
    throw new Error(`the cold start failed: ${lastWords()}`, { cause: error })
  } finally {
    await stop(child)
    await cleanUp()
  }
}

export const measureStart = async (bench: Bench): Promise<Figure[]> => {
  const memory = new Map<Target, number[]>([
    [bench.product, []],
    [bench.floor, []],
  ])
  const run = (side: Target) => async () => {
    const { milliseconds, mebibytes } = await measure(side)
    memory.get(side)?.push(mebibytes)
    return milliseconds
  }
  const rounds = await interleave(bench.rounds + 2, run(bench.product), run(bench.floor))
  const memoryOf = (side: Target) => memory.get(side) ?? []
  return [
    compare({
      name: 'cold start to the login page',
      unit: 'ms',
      reference: 'floor',
      rounds,
      goal: { of: 'ratio', atMost: 1.8 },
    }),
    compare({
      name: 'memory at rest',
      unit: 'MiB',
      reference: 'floor',
      rounds: memoryOf(bench.product).map((value, round) => ({
        value,
        referenceValue: memoryOf(bench.floor)[round] ?? Number.NaN,
      })),
      goal: { of: 'ratio', atMost: 1.4 },
    }),
  ]
}
