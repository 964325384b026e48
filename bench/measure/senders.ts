// How many messages one CPU second hands over to each push service: a sender of the product compared with a bare client of the
// same library or transport.

import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { serverCore, spawnPinned } from '../process.ts'
import { type Provider, providers } from '../senders/providers.ts'
import type { Settings, Spent } from '../senders/where.ts'

const script = resolve(import.meta.dirname, '../senders/client.ts')

/** Messages per CPU second of a fresh process; throws when the push service missed a message or reported a mistake. */
export const measureSender = async (
  { where, arrived, mistakes }: Provider,
  { side, seconds }: Pick<Settings, 'side' | 'seconds'>,
): Promise<number> => {
  const before = arrived()
  const settings: Settings = { where, side, seconds }
  const { child, lastWords } = spawnPinned(serverCore, [script, JSON.stringify(settings)])
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`${where.name}, ${side}: ${lastWords()}`)
  const { sent, cpuSeconds }: Spent = JSON.parse(output)
  const missed = mistakes().length > 0 || arrived() - before < sent || sent === 0
  if (missed) throw new Error(`${where.name}, ${side}: ${mistakes()[0] ?? 'messages got lost'}`)
  return sent / cpuSeconds
}

const measureOne = async (bench: Bench, name: Provider['where']['name']): Promise<Figure> => {
  const { seconds } = bench
  const provider = await providers[name]()
  try {
    const rounds = await interleave(
      bench.rounds,
      () => measureSender(provider, { side: 'sender', seconds }),
      () => measureSender(provider, { side: 'bare', seconds }),
    )
    return compare({
      name: `messages handed over, ${name}`,
      unit: 'per CPU-s',
      reference: 'bare client',
      rounds,
      goal: { of: 'ratio', atLeast: 0.8 },
    })
  } finally {
    provider.close()
  }
}

export async function* measureSenders(bench: Bench): AsyncGenerator<Figure[]> {
  for (const name of ['sns', 'fcm', 'apns', 'webpush'] as const)
    yield [await measureOne(bench, name)]
}
