/**
 * Slows down password tries from one address: 30 a minute, per node and in memory, beside the counters per name that the
 * database keeps. A right try does not count, so a house behind one address can log in; the tries of whole houses are
 * still best named in the configuration. Does not know what was tried.
 */
import { isIPv6 } from 'node:net'
import { type Clock, minutes } from '../kernel/clock.ts'

export interface AddressLimit {
  /** Counts one try. Gives how long to wait, in whole seconds, when it may not be made; then nothing was counted. */
  admit(address: string): { readonly retryAfter: number } | undefined
  /** Takes back one try that was right. One that could not be judged stays counted, or a full server would have no limit. */
  takeBack(address: string): void
}

export interface AddressLimitOptions {
  readonly clock: Clock
  /** Addresses that many people share. */
  readonly isShared: (address: string) => boolean
  readonly perMinute?: number
}

interface Bucket {
  tokens: number
  at: number
}

export function createAddressLimit(options: AddressLimitOptions): AddressLimit {
  const { clock, isShared, perMinute = 30 } = options
  // A bucket that was not touched for a minute is full, which is what an unknown one is.
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  let turnedAt = clock.now()

  function bucketOf(network: string): Bucket {
    const now = clock.now()
    if (now >= turnedAt + minutes(1)) {
      old = now >= turnedAt + minutes(2) ? new Map() : young
      young = new Map()
      turnedAt = now
    }
    const bucket = young.get(network) ?? old.get(network) ?? { tokens: perMinute, at: now }
    const gained = (Math.max(0, now - bucket.at) * perMinute) / minutes(1)
    bucket.tokens = Math.min(perMinute, bucket.tokens + gained)
    bucket.at = now
    young.set(network, bucket)
    return bucket
  }

  const isExempt = (address: string) => isLoopback(address) || isShared(address)

  return {
    admit(address) {
      if (isExempt(address)) return undefined
      const bucket = bucketOf(networkOf(address))
      if (bucket.tokens < 1) {
        return { retryAfter: Math.ceil(((1 - bucket.tokens) * 60) / perMinute) }
      }
      bucket.tokens -= 1
      return undefined
    },
    takeBack(address) {
      if (isExempt(address)) return
      const bucket = bucketOf(networkOf(address))
      bucket.tokens = Math.min(perMinute, bucket.tokens + 1)
    },
  }
}

/** No person is there: it is this machine, or a proxy that the configuration does not name and that everybody is behind. */
function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** Of IPv6 the first 64 bits: the rest is whatever the person's machine likes. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1).join('').split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array(Math.max(0, 8 - front.length - back.length)).fill('0')
  const groups = [...front, ...zeros, ...back].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
