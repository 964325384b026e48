// The time from the start of the process to its first login page, with existing data, and the memory at rest afterwards.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, compare, type Figure, findLeast, interleave } from '../figure.ts'
import {
  type ColdStart,
  cpuMilliseconds,
  residentKib,
  serverCore,
  spawnPinned,
  stop,
  type Target,
} from '../process.ts'

const reachLogin = async (url: string, hasEnded: () => boolean): Promise<void> => {
  const end = performance.now() + 30_000
  while (performance.now() < end && !hasEnded()) {
    const reply = await fetch(`${url}/login`).catch(() => undefined)
    if (reply?.status === 200 && (await reply.text()).includes('type="password"')) return
    await sleep(2)
  }
  throw new Error(`no login page at ${url}`)
}

type Start = { milliseconds: number; cpu: number; mebibytes: number }

const startOnce = async ({ args, env, url }: ColdStart, rest: number): Promise<Start> => {
  const begin = performance.now()
  const { child, lastWords } = spawnPinned(serverCore, args, env)
  child.stdout.resume()
  const pid = child.pid ?? 0
  try {
    await reachLogin(url, () => child.exitCode !== null)
    const milliseconds = performance.now() - begin
    const cpu = await cpuMilliseconds(pid)
    await sleep(rest)
    return { milliseconds, cpu, mebibytes: (await residentKib(pid)) / 1024 }
  } catch (error) {
    throw new Error(`the cold start failed: ${lastWords()}`, { cause: error })
  } finally {
    await stop(child, 'SIGTERM')
  }
}

const measure = async (target: Target): Promise<Start> => {
  const coldStart = await target.prepareColdStart()
  try {
    // The very first start is not measured: it creates things that later starts reuse, such as a cache of compiled code.
    await startOnce(coldStart, 0)
    return await startOnce(coldStart, 1_500)
  } finally {
    await coldStart.cleanUp()
  }
}

export const measureStart = async (bench: Bench): Promise<Figure[]> => {
  const rounds = await interleave(
    bench.rounds,
    () => measure(bench.product),
    () => measure(bench.floor),
  )
  const figure = (name: string, unit: string, key: keyof Start, atMost: number) =>
    compare({
      name,
      unit,
      reference: bench.reference,
      rounds: findLeast(
        rounds.map(({ value, referenceValue }) => ({
          value: value[key],
          referenceValue: referenceValue[key],
        })),
      ),
      goal: { of: 'ratio', atMost },
    })
  return [
    figure('cold start to the login page', 'ms', 'milliseconds', 1.5),
    figure('cold start, time of the processor', 'ms', 'cpu', 1.6),
    figure('memory at rest', 'MiB', 'mebibytes', 1.3),
  ]
}
