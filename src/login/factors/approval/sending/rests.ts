/**
 * Pauses sending to a phone for which the provider accepts no more messages, so that the limit of one phone does not affect
 * others. It is held in memory: each node learns of the limit by one try of its own.
 */
import { type Clock, minutes } from '../../../../platform/kernel/clock.ts'
import type { Target } from './sender.ts'

/** The pause when the provider names no time. Firebase asks for at least a minute. */
const defaultRest = minutes(1)
/** The longest pause, whatever the provider says. A message is valid for minutes, and the next one may try again. */
const longestRest = minutes(10)
/** How many phones are remembered; the oldest entry is forgotten first. */
const maxPhones = 2000

export function createRests(clock: Clock) {
  const until = new Map<string, number>()
  return {
    /** @param retryAfter the provider's time to wait (ms); undefined: it named none */
    begin({ token }: Target, retryAfter = defaultRest): void {
      until.delete(token)
      until.set(token, clock.now() + Math.min(retryAfter, longestRest))
      const [oldest] = until.keys()
      if (until.size > maxPhones && oldest !== undefined) until.delete(oldest)
    },

    /** Whether a message to this phone would come too early. */
    has({ token }: Target): boolean {
      const end = until.get(token)
      if (end === undefined) return false
      if (clock.now() < end) return true
      until.delete(token)
      return false
    },
  }
}

export type Rests = ReturnType<typeof createRests>
