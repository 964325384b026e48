/**
 * Limits actions that anybody may begin without logging in and that leave a row: for an address, for the networks around
 * it, and for all together. So neither one network nor many can fill the database. Per node and in memory.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { AddressLimitOptions } from './address-limit.ts'
import { isLoopback } from './address-limit.ts'
import { type Buckets, createBuckets } from './buckets.ts'
import { listNetworks } from './networks.ts'

export interface TieredLimitOptions extends Pick<AddressLimitOptions, 'isShared'> {
  readonly clock: Clock
  /** In a minute, for an IPv4 address or the first 64 bits of an IPv6 one. Each network around it has twice as much. */
  readonly limit: number
  /** In a minute, for all. A quarter of it is reserved for networks that have begun little. */
  readonly total: number
}

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

export function createTieredLimit(options: TieredLimitOptions): TieredLimit {
  const { clock, isShared, limit, total } = options
  const reserve = Math.floor(total / 4)
  const forAll = createBuckets({ clock, limit: total - reserve })
  const forFew = createBuckets({ clock, limit: reserve })
  const little = createBuckets({ clock, limit: littlePerMinute })
  // The narrowest first; listNetworks gives two networks for IPv4 and three for IPv6.
  const tiers = [1, 2, 4].map((times) => ({
    ofSubject: createBuckets({ clock, limit: limit * times }),
    ofAllSubjects: createBuckets({ clock, limit: limit * times * subjectsAtOnce }),
  }))

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

  function take(address: string, about = ''): Taken {
    if (isLoopback(address)) return giveBackAll([])
    const networks = listNetworks(address)
    const [widest = ''] = networks
    // The widest first, so that a full network adds no keys for its single addresses.
    const counts: Counts = isShared(address)
      ? []
      : networks.flatMap((network, index) => {
          const tier = tiers[networks.length - 1 - index]
          if (tier === undefined) return []
          const one = [tier.ofSubject, `${network} ${about}`] as const
          return about === '' ? [one] : [[tier.ofAllSubjects, network] as const, one]
        })
    const usual: Counts = [...counts, [forAll, '']]
    const refused = admitInAll(usual)
    if (refused === undefined) return giveBackAll(usual)
    const few: Counts = [[little, widest], ...counts, [forFew, '']]
    return admitInAll(few) === undefined ? giveBackAll(few) : { type: 'refused', ...refused }
  }

  return {
    take,
    admit(address) {
      const taken = take(address)
      return taken.type === 'refused' ? { retryAfter: taken.retryAfter } : undefined
    },
  }
}
