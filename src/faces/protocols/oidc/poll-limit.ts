/**
 * Limits how often an app may ask whether its request was answered (RFC 8628 section 3.5): once in the interval, for each
 * request and node. Owns the interval, which the answer to the request contains.
 */
import { type Clock, isOver, seconds } from '../../../platform/kernel/clock.ts'
import { SlowDown } from './library.ts'

/** Seconds. */
export const pollInterval = 5

/** Allows for inexact clocks and networks. */
const tolerance = seconds(1)
const mostRequests = 10_000

/** Throws `slow_down` for an app that asks too early. Memory is bounded: the oldest entry is removed first. */
export function createPollLimit(clock: Clock) {
  const asked = new Map<string, number>()
  return (id: string): void => {
    const now = clock.now()
    const before = asked.get(id)
    asked.delete(id)
    asked.set(id, now)
    if (asked.size > mostRequests) {
      const [oldest] = asked.keys()
      if (oldest !== undefined) asked.delete(oldest)
    }
    if (before !== undefined && !isOver(before, seconds(pollInterval) - tolerance, now)) {
      throw new SlowDown('asked again before the interval was over')
    }
  }
}
