/** For commands, which send nothing: whether the configuration has a sender for the address of a phone. */
import { readFileSync } from 'node:fs'
import { ConfigMistakes } from '../../../../platform/config/mistakes.ts'
import type { Config } from '../../../../platform/config/schema.ts'
import type { Clock } from '../../../../platform/kernel/clock.ts'
import type { Random } from '../../../../platform/kernel/random.ts'
import { createSenderMetrics } from '../../approval/sending/metrics.ts'
import { openSenders } from './open.ts'
import type { PushSender, PushTarget } from './sender.ts'

export interface FindSenderOptions {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
}

/**
 * True also when the files of a sender cannot be read, which einlass config check explains, and when there is no sender at all,
 * which is reported for the whole factor.
 */
export function createFindSender({ config, clock, random }: FindSenderOptions) {
  let opened: Promise<readonly PushSender[] | undefined> | undefined
  const open = () =>
    openSenders({
      ...{ config: config.push.senders, clock, random, fetch },
      readFile: (path) => readFileSync(path, 'utf8'),
      metrics: createSenderMetrics(),
    }).catch((error: unknown) => {
      if (!(error instanceof ConfigMistakes)) throw error
      return undefined
    })
  return async (target: PushTarget): Promise<boolean> => {
    opened ??= open()
    const senders = await opened
    if (senders === undefined || senders.length === 0) return true
    return senders.some((sender) => sender.accepts(target))
  }
}
