/** Where the addresses of an app lead, as a person can check it: what an app calls itself says nothing. */
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
 * Which addresses are of one owner (OpenID Connect Core 1.0 section 8.1): those of a host, or of a scheme. Of those on the
 * device itself nobody can say it.
 */
export function nameSector(address: string): string {
  const url = new URL(address)
  if (isLoopbackHost(url)) return loopbackSector
  return url.host || url.protocol
}

export const loopbackSector = 'loopback'
