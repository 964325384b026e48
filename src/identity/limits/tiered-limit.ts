/**
 * Limits what anybody may begin without logging in, and what leaves a row: for an address, for the networks around it, and for
 * all together. So neither one network nor many fill the database. Per node and in memory.
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
  /** In a minute, for all. A quarter of it is for networks that have begun little. */
  readonly total: number
}

/** What a network has of the part that is reserved for those that have begun little, in a minute. */
const littlePerMinute = 3

export interface TieredLimit {
  /** Counts one. Gives how long to wait, in whole seconds, when it may not be begun; then nothing was counted. */
  admit(address: string): { readonly retryAfter: number } | undefined
}

export function createTieredLimit(options: TieredLimitOptions): TieredLimit {
  const { clock, isShared, limit, total } = options
  const reserve = Math.floor(total / 4)
  const forAll = createBuckets({ clock, limit: total - reserve })
  const forFew = createBuckets({ clock, limit: reserve })
  const little = createBuckets({ clock, limit: littlePerMinute })
  // The narrowest first; listNetworks gives two networks for IPv4 and three for IPv6.
  const tiers = [1, 2, 4].map((times) => createBuckets({ clock, limit: limit * times }))

  /** Whatever is counted for a network is given back when a later count refuses. */
  function admitInAll(counts: readonly (readonly [Buckets, string])[]) {
    for (const [index, [buckets, key]] of counts.entries()) {
      const refused = buckets.admit(key)
      if (refused === undefined) continue
      for (const [taken, at] of counts.slice(0, index)) taken.takeBack(at)
      return refused
    }
    return undefined
  }

  return {
    admit(address) {
      if (isLoopback(address)) return undefined
      const networks = listNetworks(address)
      const [widest = ''] = networks
      // The widest first: a network that is full adds no key for each of its addresses.
      const counts = isShared(address)
        ? []
        : networks.flatMap((network, index) => {
            const buckets = tiers[networks.length - 1 - index]
            return buckets === undefined ? [] : [[buckets, network] as const]
          })
      const refused = admitInAll([...counts, [forAll, '']])
      if (refused === undefined) return undefined
      return admitInAll([[little, widest], ...counts, [forFew, '']]) && refused
    },
  }
}
