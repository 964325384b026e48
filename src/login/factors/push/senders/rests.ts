/**
 * Leaves a phone alone whose provider takes no more messages for it, so that one phone's limit is nobody else's trouble
 * and is not made worse. Kept in memory: another node asks the provider once for itself.
 */
import { type Clock, minutes } from '../../../../platform/kernel/clock.ts'
import type { PushTarget } from './sender.ts'

/** Where the provider names no time. Firebase asks for at least this long. */
const defaultRest = minutes(1)
/** The longest that is believed. A message lives for minutes, and the next one may ask again. */
const longestRest = minutes(10)
/** Phones that are kept in mind; beyond, the one that began first is forgotten. */
const maxPhones = 2000

export function createRests(clock: Clock) {
  const until = new Map<string, number>()
  return {
    /** @param retryAfter as the provider said (ms); undefined: it said nothing */
    begin({ token }: PushTarget, retryAfter = defaultRest): void {
      until.delete(token)
      until.set(token, clock.now() + Math.min(retryAfter, longestRest))
      const [oldest] = until.keys()
      if (until.size > maxPhones && oldest !== undefined) until.delete(oldest)
    },

    /** Whether a message to this phone would come too early. */
    has({ token }: PushTarget): boolean {
      const end = until.get(token)
      if (end === undefined) return false
      if (clock.now() < end) return true
      until.delete(token)
      return false
    },
  }
}

export type Rests = ReturnType<typeof createRests>
