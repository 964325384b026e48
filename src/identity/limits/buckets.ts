/**
 * Limits how often something is done in a period, by any key: per node and in memory. A bucket that was not used for one
 * period is full again, as a new one is, so it is forgotten.
 */
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'

export interface Buckets {
  /** Takes one. When the bucket is empty, it takes nothing and returns the wait in whole seconds. */
  admit(key: string): { readonly retryAfter: number } | undefined
  /** Puts one back. */
  takeBack(key: string): void
  /** How many keys are in memory. */
  size(): number
}

export interface BucketsOptions {
  readonly clock: Clock
  /** How many are admitted at once, and in each span. */
  readonly limit: number
  /** Milliseconds; absent: a minute. */
  readonly span?: number
}

interface Bucket {
  tokens: number
  at: number
}

export function createBuckets({ clock, limit, span = minutes(1) }: BucketsOptions): Buckets {
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  let turnedAt = clock.now()

  function refillBucket(key: string): Bucket {
    const now = clock.now()
    // The clock was set back. Otherwise nothing would be forgotten until it has caught up.
    if (now < turnedAt) turnedAt = now
    if (now >= turnedAt + span) {
      old = now >= turnedAt + 2 * span ? new Map() : young
      young = new Map()
      turnedAt = now
    }
    const bucket = young.get(key) ?? old.get(key) ?? { tokens: limit, at: now }
    const gained = (Math.max(0, now - bucket.at) * limit) / span
    bucket.tokens = Math.min(limit, bucket.tokens + gained)
    bucket.at = now
    young.set(key, bucket)
    return bucket
  }

  return {
    admit(key) {
      const bucket = refillBucket(key)
      if (bucket.tokens < 1) {
        return { retryAfter: Math.ceil(((1 - bucket.tokens) * span) / limit / seconds(1)) }
      }
      bucket.tokens -= 1
      return undefined
    },
    takeBack(key) {
      const bucket = refillBucket(key)
      bucket.tokens = Math.min(limit, bucket.tokens + 1)
    },
    size: () => young.size + old.size,
  }
}
