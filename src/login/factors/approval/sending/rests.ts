/**
 * Pauses sending to a phone for which the provider accepts no more messages, so that the limit of one phone does not affect
 * others. It is held in memory: each node learns of the limit by one try of its own.
 */
import { type Clock, isOver, minutes } from '../../../../platform/kernel/clock.ts'
import type { Target } from './sender.ts'

/** The pause when the provider names no time. Firebase asks for at least a minute. */
const defaultRest = minutes(1)
/** The longest pause, whatever the provider says. A message is valid for minutes, and the next one may try again. */
const longestRest = minutes(10)
/** How many phones are remembered; the oldest entry is forgotten first. */
const maxPhones = 2000

export function createRests(clock: Clock) {
  const rests = new Map<string, { readonly since: number; readonly length: number }>()
  return {
    /** @param retryAfter the provider's time to wait (ms); undefined: it named none */
    begin({ token }: Target, retryAfter = defaultRest): void {
      rests.delete(token)
      rests.set(token, { since: clock.now(), length: Math.min(retryAfter, longestRest) })
      const [oldest] = rests.keys()
      if (rests.size > maxPhones && oldest !== undefined) rests.delete(oldest)
    },

    /** Whether a message to this phone would come too early. */
    has({ token }: Target): boolean {
      const rest = rests.get(token)
      if (rest === undefined) return false
      if (!isOver(rest.since, rest.length, clock.now())) return true
      rests.delete(token)
      return false
    },
  }
}

export type Rests = ReturnType<typeof createRests>
