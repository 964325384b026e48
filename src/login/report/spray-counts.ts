/**
 * Counts by which password spraying is noticed: one password for many names, many names from one network, one name from many
 * networks. Owns the numbers, per node and in memory. No password, name or network is stored, only digests under a key that
 * changes each hour; all counts end with it.
 */
import { type Clock, hours, isOver } from '../../platform/kernel/clock.ts'
import { hmac } from '../../platform/kernel/crypto.ts'
import type { Random } from '../../platform/kernel/random.ts'

export const sprayPatterns = ['one_password', 'one_network', 'one_name'] as const
export type SprayPattern = (typeof sprayPatterns)[number]

export interface FailedAttempt {
  readonly name: string
  /** `undefined`: it was not looked at. */
  readonly password: string | undefined
  /** `undefined`: many people share the network. */
  readonly network: string | undefined
}

/** How many different ones within an hour are spraying: more than the people of one house mistype. */
const limits: Readonly<Record<SprayPattern, number>> = {
  one_password: 30,
  one_network: 60,
  one_name: 30,
}

/** How many groups are counted at once for each pattern; beyond that, the one not seen for longest is forgotten. */
const maxGroups = 10_000

export interface SprayCounts {
  /** Counts an attempt. Returns the patterns whose limit this attempt exceeds; each is returned once in an hour. */
  note(attempt: FailedAttempt): SprayPattern[]
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
    groups: { one_password: createGroups(), one_network: createGroups(), one_name: createGroups() },
    found: new Set<SprayPattern>(),
  })
  let hour = begin()

  return {
    note({ name, password, network }) {
      if (isOver(hour.beganAt, hours(1), clock.now())) hour = begin()
      const { key, groups, found } = hour
      const digest = (text: string) => hmac(key, text).slice(0, 12)
      const seen = (pattern: SprayPattern, of: string | undefined, member: string | undefined) => {
        if (found.has(pattern) || of === undefined || member === undefined) return
        const size = groups[pattern].add(digest(of), digest(member), limits[pattern])
        if (size >= limits[pattern]) found.add(pattern)
      }
      const before = new Set(found)
      seen('one_password', password, name)
      seen('one_network', network, name)
      seen('one_name', name, network)
      return sprayPatterns.filter((pattern) => found.has(pattern) && !before.has(pattern))
    },
  }
}

/** The different members of each group, of the groups that were seen last. */
function createGroups() {
  const groups = new Map<string, Set<string>>()
  return {
    /** @returns how many members the group has, `most` at most */
    add(of: string, member: string, most: number): number {
      const members = groups.get(of) ?? new Set()
      groups.delete(of)
      groups.set(of, members)
      const [oldest] = groups.keys()
      if (groups.size > maxGroups && oldest !== undefined) groups.delete(oldest)
      if (members.size < most) members.add(member)
      return members.size
    },
  }
}
