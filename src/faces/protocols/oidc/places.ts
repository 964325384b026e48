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
