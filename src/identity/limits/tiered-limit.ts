/**
 * Limits actions that anybody may begin without logging in and that leave a row: for an address, for the networks around
 * it, and where rows stay, for all together. So neither one network nor many can fill the database. Per node and in memory.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { AddressLimitOptions } from './address-limit.ts'
import { isLoopback } from './address-limit.ts'
import { type Buckets, createBuckets } from './buckets.ts'
import { listNetworks, listTiers } from './networks.ts'

export interface TieredLimitOptions extends Pick<AddressLimitOptions, 'isShared'> {
  readonly clock: Clock
  /** In each span, for an IPv4 address or the first 64 bits of an IPv6 one. `listTiers` has how much the networks around it have. */
  readonly limit: number
  /**
   * In each span, for all. A quarter of it is reserved for networks that have begun little, and no network has more than
   * another quarter of it by the number of its addresses. Absent: only networks have limits, so nobody is refused because of
   * others.
   */
  readonly total?: number
  /** Milliseconds; absent: a minute. */
  readonly span?: number
}

/** As `listTiers` has them. */
const allTimes = [1, 2, 4, 16]

/** How many times its limit for one subject a network has for all subjects together: it shall not use up what all have. */
const subjectsAtOnce = 4

/** How many of the reserved quarter one network (the widest around an address) may use in a minute. */
const littlePerMinute = 3

export interface TieredLimit {
  /** Counts one. If it may not begin, nothing is counted, and `retryAfter` is the wait in whole seconds. */
  admit(address: string): { readonly retryAfter: number } | undefined
  /**
   * As `admit`, for an action that may turn out to be right and is then given back.
   * @param about the subject of the action, where each subject has limits of its own in each network; all of them together have
   * four times as much there
   */
  take(address: string, about?: string): Taken
}

export type Taken =
  | { readonly type: 'taken'; giveBack(): void }
  | { readonly type: 'refused'; readonly retryAfter: number }

type Counts = readonly (readonly [Buckets, string])[]

const giveBackAll = (counts: Counts): Taken => ({
  type: 'taken',
  giveBack: () => counts.forEach(([buckets, key]) => void buckets.takeBack(key)),
})

/** When a later count refuses, the earlier ones are given back. */
function admitInAll(counts: Counts) {
  for (const [index, [buckets, key]] of counts.entries()) {
    const refused = buckets.admit(key)
    if (refused === undefined) continue
    for (const [taken, at] of counts.slice(0, index)) taken.takeBack(at)
    return refused
  }
  return undefined
}

type Share = (address: string) => Counts

/** What all networks share, and what is reserved for those that have begun little. */
function createShares({ total, ...options }: Omit<TieredLimitOptions, 'isShared' | 'limit'>): {
  readonly usual: Share
  /** `undefined`: nothing is reserved. */
  readonly few: Share | undefined
} {
  if (total === undefined) return { usual: () => [], few: undefined }
  const reserve = Math.floor(total / 4)
  const forAll = createBuckets({ ...options, limit: total - reserve })
  const forFew = createBuckets({ ...options, limit: reserve })
  const little = createBuckets({ ...options, limit: littlePerMinute })
  return {
    usual: () => [[forAll, '']],
    few: (address) => [
      [little, listNetworks(address)[0] ?? ''],
      [forFew, ''],
    ],
  }
}

export function createTieredLimit(options: TieredLimitOptions): TieredLimit {
  const { isShared, limit, total = Number.POSITIVE_INFINITY } = options
  const { usual, few } = createShares(options)
  const most = (times: number) =>
    Math.max(limit * Math.min(times, 4), Math.min(limit * times, Math.floor(total / 4)))
  const tiers = new Map(
    allTimes.map((times) => [
      times,
      {
        ofSubject: createBuckets({ ...options, limit: most(times) }),
        ofAllSubjects: createBuckets({ ...options, limit: most(times) * subjectsAtOnce }),
      },
    ]),
  )

  /** The largest network first, so that a full one adds no keys for its single addresses. */
  function listCounts(address: string, about: string): Counts {
    if (isShared(address)) return []
    return listTiers(address)
      .toReversed()
      .flatMap(({ network, times }) => {
        const tier = tiers.get(times)
        if (tier === undefined) return []
        const one = [tier.ofSubject, `${network} ${about}`] as const
        return about === '' ? [one] : [[tier.ofAllSubjects, network] as const, one]
      })
  }

  function take(address: string, about = ''): Taken {
    if (isLoopback(address)) return giveBackAll([])
    const counts = listCounts(address, about)
    const all: Counts = [...counts, ...usual(address)]
    const refused = admitInAll(all)
    if (refused === undefined) return giveBackAll(all)
    if (few === undefined) return { type: 'refused', ...refused }
    const [little, ...rest] = few(address)
    const reserved: Counts = [...(little ? [little] : []), ...counts, ...rest]
    return admitInAll(reserved) === undefined
      ? giveBackAll(reserved)
      : { type: 'refused', ...refused }
  }

  return {
    take,
    admit(address) {
      const taken = take(address)
      return taken.type === 'refused' ? { retryAfter: taken.retryAfter } : undefined
    },
  }
}
