/** Where the addresses of an app lead, in a form that a person can check: the name that an app gives itself proves nothing. */
import { isLoopbackHost } from '../../../identity/apps/app-address.ts'

/** Where an address leads, in a few characters: a host, or the scheme of an app on the device. */
export function describePlace(address: string) {
  const url = new URL(address)
  const { host, protocol } = url
  const isWeb = protocol === 'https:' || protocol === 'http:'
  const isOnDevice = !isWeb || isLoopbackHost(url)
  return { place: isWeb ? host : protocol.slice(0, -1), isOnDevice }
}

/**
 * Groups addresses by owner (OpenID Connect Core 1.0 section 8.1): by host, or by scheme. The owner of an address on the device
 * itself is unknown.
 */
export function nameSector(address: string): string {
  const url = new URL(address)
  if (isLoopbackHost(url)) return loopbackSector
  return url.host || url.protocol
}

export const loopbackSector = 'loopback'
