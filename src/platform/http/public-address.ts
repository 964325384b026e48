/** Which addresses belong to the public network, and name resolution that lets a connection go nowhere else. */
import type { LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** The address is not allowed. The message says why and does not contain the address. */
export class Forbidden extends Error {}

/**
 * Resolves like the system, and fails when one of the addresses is not allowed. The connection uses the very addresses that
 * were checked, so a name that changes its address meanwhile gains nothing.
 */
export function createGuardedLookup(
  resolve: typeof lookup,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const isHidden = addresses.some(({ address }) => !isAllowed(address))
      if (isHidden || addresses.length === 0) {
        return callback(new Forbidden('not a public address'), [])
      }
      if (options.all === true) return callback(null, addresses)
      const [{ address, family }] = addresses as [LookupAddress]
      return callback(null, address, family)
    })
  }
}

/** Addresses that are not public: RFC 6890 and its later additions. */
const reserved = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv4')
}
/** Only this part of IPv6 is public. In it, Teredo, documentation, 6to4 and similar ranges are not. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address belongs to the public network. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !reserved.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !reserved.check(address, 'ipv6')
}
