/**
 * What is known about the other end of a connection: its address, also behind proxies that the configuration names,
 * a place for the address, and the browser in one word.
 */
import { BlockList, isIP } from 'node:net'

export interface NamedNetwork<Name> {
  readonly name: Name
  /** CIDR. */
  readonly ranges: readonly string[]
}

/** The addresses of some CIDR ranges. */
export interface Ranges {
  has(address: string): boolean
}

export function createRanges(cidrs: readonly string[]): Ranges {
  // Most installations have no ranges, and a look into a list makes an object of the address.
  if (cidrs.length === 0) return { has: () => false }
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return {
    has(address) {
      const version = isIP(address)
      return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/** The networks in which many people share one address. */
export function sharedRanges(
  networks: readonly { readonly ranges: readonly string[]; readonly shared: boolean }[],
): Ranges {
  return createRanges(networks.filter(({ shared }) => shared).flatMap(({ ranges }) => ranges))
}

/** No client's address. All clients whose address a proxy does not know share it, without the exceptions made for the proxy. */
export const noAddress = '0.0.0.0'

/**
 * The address that the request came from. `X-Forwarded-For` is read from its end, and only as far as each hop is a trusted
 * proxy: anybody can have written what stands before that. `noAddress` when a trusted proxy names something that is not an
 * address.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: Ranges,
): string {
  let address = plainAddress(peer)
  if (forwardedFor === undefined) return address
  const hops = forwardedFor.split(',').map((hop) => plainAddress(hop.trim()))
  while (trusted.has(address)) {
    const before = hops.pop()
    if (before === undefined) break
    if (isIP(before) === 0) return noAddress
    address = before
  }
  return address
}

/** Whether a connection from this peer comes from a trusted proxy. */
export function comesFrom(peer: string, trusted: Ranges): boolean {
  return trusted.has(plainAddress(peer))
}

/** Without the brackets, ports, zones and IPv4-in-IPv6 forms in which addresses come. */
function plainAddress(text: string): string {
  if (isIP(text) === 4) return text
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? text
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  const withoutZone = bare.split('%', 1).join('')
  return mapped ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare)?.[1] ?? withoutZone
}

/** Finds the first network that an address is in. */
export function createPlaces<Name>(
  networks: readonly NamedNetwork<Name>[],
): (address: string) => Name | undefined {
  const places = networks.map(({ name, ranges }) => ({ name, ranges: createRanges(ranges) }))
  return (address) => places.find(({ ranges }) => ranges.has(address))?.name
}

export interface Browser {
  readonly name: string
  readonly system: string | undefined
}

/** Order matters: most browsers also name the ones that they want to be taken for. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/\bTrident\//, 'Internet Explorer'],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** All that `readBrowser` finds. */
export const listBrowsers = (): Browser[] =>
  browsers.flatMap(([, name]) =>
    [undefined, ...systems.map(([, system]) => system)].map((system) => ({ name, system })),
  )

/** The browser in words a person knows. Only for people: the header proves nothing. */
export function readBrowser(userAgent: string | undefined): Browser | undefined {
  const agent = userAgent?.slice(0, 512) ?? ''
  const name = browsers.find(([pattern]) => pattern.test(agent))?.[1]
  if (name === undefined) return undefined
  return { name, system: systems.find(([pattern]) => pattern.test(agent))?.[1] }
}
