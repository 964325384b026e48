/** The networks of an address: they represent one person or one company when only the address is known. */
import { isIPv6 } from 'node:net'

/** Node's first `isIPv6` compiles a pattern, which takes milliseconds. Most starts do not have to wait for it. */
const isWideAddress = (address: string): boolean => address.includes(':') && isIPv6(address)

/** For IPv6 the first 64 bits, because a person's machine chooses the others freely. */
export function readNetwork(address: string): string {
  return isWideAddress(address) ? writePrefix(readGroups(address), 64) : address
}

/**
 * The widest network first. IPv6: the prefixes of a company, a site and a household (RFC 6177); IPv4: the prefix of a
 * company, and the address.
 *
 *     listNetworks('2001:db8:1:203::1')   // 2001:db8:1::/48, 2001:db8:1:200::/56, 2001:db8:1:203::/64
 */
export function listNetworks(address: string): string[] {
  if (!isWideAddress(address)) return [address.replace(/\.\d+$/, '.0/24'), address]
  const groups = readGroups(address)
  return [48, 56, 64].map((bits) => writePrefix(groups, bits))
}

export interface NetworkTier {
  readonly network: string
  /** How many times the limit of one address the network has: more people are behind a larger one. */
  readonly times: number
}

/**
 * The networks that limits are for, the smallest first. As `listNetworks`, and for IPv4 also the first 16 bits: many
 * neighbouring networks of 256 addresses may belong to one attacker.
 */
export function listTiers(address: string): NetworkTier[] {
  const networks = listNetworks(address).toReversed()
  if (isWideAddress(address)) return weigh(networks, [1, 2, 4])
  return weigh([...networks, address.replace(/(\.\d+){2}$/, '.0.0/16')], [1, 2, 16])
}

const weigh = (networks: readonly string[], times: readonly number[]): NetworkTier[] =>
  networks.map((network, index) => ({ network, times: times[index] ?? 1 }))

/** The first four groups of 16 bits. */
function readGroups(address: string): number[] {
  const [head = '', tail] = address.split('%', 1).join('').split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array(Math.max(0, 8 - front.length - back.length)).fill('0')
  const groups = [...front, ...zeros, ...back].slice(0, 4)
  return groups.map((group) => Number.parseInt(group, 16))
}

/** @param bits 48 to 64 */
function writePrefix(groups: readonly number[], bits: number): string {
  const last = (groups[3] ?? 0) & (0xffff << (64 - bits)) & 0xffff
  return `${[...groups.slice(0, 3), last].map((group) => group.toString(16)).join(':')}::/${bits}`
}
