/**
 * Twice as many logins as the processor can do, behind nginx as it is shipped, and beside a neighbour that uses the processor
 * too. Server and neighbour share one core; people and proxy have another one. Owns what has to hold.
 */

import { resolve } from 'node:path'
import { ask } from '../../bench/control.ts'
import { percentile } from '../../bench/figure.ts'
import { driveLogins } from '../../bench/logins.ts'
import { cpuSeconds, serverCore, spawnPinned, startScript, stop } from '../../bench/process.ts'
import { packScript } from '../../bench/product/packed-script.ts'
import { flags, makeData } from '../../bench/product/target.ts'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { startBalancer } from '../../test/support/balancers.ts'
import { ViolationError } from '../scene.ts'
import { createPeople, type Seen } from './people.ts'

/** Seconds in which the capacity is measured, and before that the server is warmed up. */
const measured = 20
const warmUp = 10
/** How many times as many people come as can be served. */
const excess = 2
/**
 * What has to be reached: of the capacity; milliseconds of those who get in, and beside them two turns, which take seconds on a
 * machine that has much else to do.
 */
const leastPart = 0.9
const longestAnswer = 6000
const turns = 2

const server = resolve(import.meta.dirname, '../../bench/product/server.ts')

export async function rush(
  t: Scope,
  { minutes, say }: { readonly minutes: number; readonly say: (text: string) => void },
): Promise<Map<string, number>> {
  const { folder, remove } = await makeData(0)
  const running = await startScript({
    script: await packScript(server),
    flags,
    settings: {
      folder,
      hash: true,
      host: '127.0.0.1',
      config: { trusted_proxies: ['127.0.0.1/32'] },
    },
    cores: serverCore,
    cleanUp: remove,
  })
  t.after(() => running.close())
  const neighbour = spawnPinned(serverCore, ['-e', 'for (;;);'])
  const end = () => neighbour.child.kill('SIGKILL')
  process.on('exit', end)
  t.after(() => stop(neighbour.child))
  const port = await findPort()
  const own = Number(new URL(running.url).port)
  await startBalancer(t, 'nginx', { port, nodes: [own, own] })
  const proxy = `http://127.0.0.1:${port}`

  const load = { url: proxy, concurrency: 4 }
  await driveLogins({ ...load, seconds: warmUp })
  // What the neighbour gets of the core says how much there was to get, also while other programs run on the machine.
  const getShare = () => cpuSeconds(neighbour.child.pid ?? 0)
  const shareBefore = await getShare()
  const { good } = await driveLogins({ ...load, seconds: measured })
  const capacity = good / measured
  const perShare = good / ((await getShare()) - shareBefore)
  say(`  ${capacity.toFixed(1)} logins a second beside the neighbour`)

  const people = createPeople({ proxy, publicUrl: running.url })
  t.after(people.close)
  const before = await ask<number>(running.control, '/hashed')
  const seconds = minutes * 60
  const rushBefore = await getShare()
  const shareAtEnd = await people.come(capacity * excess, seconds, getShare)
  const expected = perShare * (shareAtEnd - rushBefore)
  const hashed = (await ask<number>(running.control, '/hashed')) - before
  return judge(people.seen, { turn: 1000 / capacity, expected, hashed })
}

interface Measured {
  /** Milliseconds from one login to the next. */
  readonly turn: number
  /** As many logins as the capacity allows. */
  readonly expected: number
  /** How many passwords were hashed. */
  readonly hashed: number
}

function judge(seen: Seen, { turn, expected, hashed }: Measured): Map<string, number> {
  const part = seen.loggedIn / expected
  const p99 = percentile(seen.times, 99)
  // A browser may be closed while its hash is computed.
  const forNobody = hashed - seen.times.length
  const figures = new Map([
    ['logins', seen.loggedIn],
    ['% of the capacity logged in', Math.round(part * 100)],
    ['ms at most in 99 of 100 answers to those who got in', Math.round(p99)],
    ['times a person was told to come back', seen.refused],
    ['answers by the proxy or lost', seen.byProxy],
    ['browsers closed while they waited', seen.left],
    ['hashes that no answer came of', forNobody],
  ])
  const broken = [
    part < leastPart && 'too few people got in',
    p99 > longestAnswer + turns * turn && 'people waited too long for their answer',
    seen.byProxy > 0 && 'people got an answer that was not ours',
    forNobody > Math.max(1, seen.left / 4) && 'passwords were hashed for nobody',
  ].filter((one) => one !== false)
  if (broken.length === 0) return figures
  const text = [...figures].map(([what, value]) => `${value} ${what}`).join(', ')
  throw new ViolationError(`${broken.join('; ')}: ${text}`)
}
