/**
 * Limits attempts from one address, per node and in memory: logins with a password or a passkey (30 a minute, beside the
 * limits per name in the database), requests for new passwords, and requests of apps (120 a minute, the number is in
 * faces/protocols/request-rate-limit.ts). A successful attempt is taken back, so people behind one shared address can log
 * in; the configuration should name such an address. Does not know what was attempted.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import { createBuckets } from './buckets.ts'
import { readNetwork } from './networks.ts'

export interface AddressLimit {
  /**
   * Counts one attempt. If it is not allowed, nothing is counted, and `retryAfter` is the wait in whole seconds.
   * @param about the subject of the attempt, where each subject has a limit of its own
   */
  admit(address: string, about?: string): { readonly retryAfter: number } | undefined
  /** Takes back one attempt that was right, or that could not be judged. */
  takeBack(address: string, about?: string): void
}

export interface AddressLimitOptions {
  readonly clock: Clock
  /** Addresses that many people share. */
  readonly isShared: (address: string) => boolean
  readonly limit?: number
  /** The period of the limit in milliseconds; absent: a minute. */
  readonly span?: number
}

export function createAddressLimit(options: AddressLimitOptions): AddressLimit {
  const { isShared, limit = 30 } = options
  const buckets = createBuckets({ ...options, limit })
  const isExempt = (address: string) => isLoopback(address) || isShared(address)

  return {
    admit(address, about = '') {
      if (isExempt(address)) return undefined
      return buckets.admit(`${readNetwork(address)} ${about}`)
    },
    takeBack(address, about = '') {
      if (!isExempt(address)) buckets.takeBack(`${readNetwork(address)} ${about}`)
    },
  }
}

/**
 * A loopback address is no single person: it is this machine, or a proxy that the configuration does not name and that
 * everybody is behind.
 */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
