/**
 * Counts by which password spraying is noticed: one password for many names, many names from one network or from the networks
 * around it, one name from many networks. Owns the numbers, per node and in memory. No password, name or network is stored, only
 * digests under a key that changes each hour; all counts end with it.
 */

import type { NetworkTier } from '../../identity/limits/networks.ts'
import { type Clock, hours, isOver } from '../../platform/kernel/clock.ts'
import { hmac } from '../../platform/kernel/crypto.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { createSprayGroups } from './spray-groups.ts'

export const sprayPatterns = ['one_password', 'one_network', 'one_name'] as const
export type SprayPattern = (typeof sprayPatterns)[number]

export interface FailedAttempt {
  readonly name: string
  /** A user has the name. */
  readonly isKnown: boolean
  /** `undefined`: it was not looked at. */
  readonly password: string | undefined
  /** The smallest first; none: many people share the network. */
  readonly networks: readonly NetworkTier[]
}

export interface FoundSpray {
  readonly pattern: SprayPattern
  /** The password, the network or the name. It is stored nowhere. */
  readonly subject: string
  /** How many there were within the hour, of the same pattern and of names that a user has or of other names. */
  readonly found: number
  /** Whether it has a report of its own. */
  readonly isReported: boolean
}

/** How many different ones within an hour are spraying: more than the people of one house mistype. */
const limits: Readonly<Record<SprayPattern, number>> = {
  one_password: 30,
  one_network: 60,
  one_name: 30,
}

/**
 * Beyond this number within an hour only the 20th, the 40th, the 80th and so on is reported. Names that nobody has are counted
 * apart, so that invented ones do not hide a real one.
 */
const reportedOnes = 10

export interface SprayCounts {
  /** Counts an attempt. Returns what exceeds its limit with this attempt; each is returned once in an hour. */
  note(attempt: FailedAttempt): FoundSpray[]
}

export function createSprayCounts({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}): SprayCounts {
  const begin = () => ({
    beganAt: clock.now(),
    key: random.bytes(32),
    groups: createSprayGroups(),
    found: new Map<string, number>(),
  })
  let hour = begin()

  function listPairs({ name, password, networks }: FailedAttempt) {
    const [smallest] = networks
    const { one_password, one_network, one_name } = limits
    return [
      ...(password === undefined ? [] : [['one_password', password, name, one_password] as const]),
      ...networks.map(
        ({ network, times }) => ['one_network', network, name, one_network * times] as const,
      ),
      ...(smallest === undefined ? [] : [['one_name', name, smallest.network, one_name] as const]),
    ]
  }

  return {
    note(attempt) {
      if (isOver(hour.beganAt, hours(1), clock.now())) hour = begin()
      const { key, groups, found } = hour
      return listPairs(attempt).flatMap(([pattern, subject, member, limit]) => {
        const counted = `${pattern} ${pattern === 'one_name' && attempt.isKnown}`
        const digest = (text: string) => hmac(key, text).slice(0, 12)
        const kind = `${counted} ${limit}`
        const isFull = groups.add({ kind, of: digest(subject), member: digest(member), limit })
        if (!isFull) return []
        const times = (found.get(counted) ?? 0) + 1
        found.set(counted, times)
        return [{ pattern, subject, found: times, isReported: mustReport(times) }]
      })
    },
  }
}

function mustReport(times: number): boolean {
  const doubled = Math.log2(times / reportedOnes)
  return doubled <= 0 || Number.isInteger(doubled)
}
