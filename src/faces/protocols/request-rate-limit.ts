/**
 * How many requests of apps an address may begin that have to be kept until a person has logged in. Does not know how long
 * such a request may be: that is its protocol's.
 */
import type { IncomingMessage } from 'node:http'
import { createAddressLimit, isLoopback } from '../../identity/limits/address-limit.ts'
import { readNetwork } from '../../identity/limits/networks.ts'
import { createTieredLimit } from '../../identity/limits/tiered-limit.ts'
import type { Config } from '../../platform/config/schema.ts'
import {
  clientAddress,
  createRanges,
  type Ranges,
  sharedRanges,
} from '../../platform/http/client.ts'
import type { Clock } from '../../platform/kernel/clock.ts'

/** More than a house behind one address begins in a minute. The networks around it have twice and four times as much. */
const requestsPerMinute = 120
/** For all of a node together: what is kept for half an hour stays below 200,000 rows. */
const requestsPerMinuteInAll = 6000

/** Counts a request that is about to be kept. Gives how long to wait, in seconds, when there are too many. */
export type Admit = (request: IncomingMessage) => { readonly retryAfter: number } | undefined

export function createAdmission(
  clock: Clock,
  config: Pick<Config, 'trusted_proxies' | 'networks'>,
): Admit {
  const limit = createTieredLimit({
    clock,
    isShared: sharedRanges(config.networks).has,
    limit: requestsPerMinute,
    total: requestsPerMinuteInAll,
  })
  const findAddress = createAddressSearch(config)
  return (request) => limit.admit(findAddress(request))
}

/** How often an address may try something in a minute; what was right is taken back. */
export interface TryLimit {
  /** @param about what is tried, where each has a limit of its own */
  admit(request: IncomingMessage, about?: string): ReturnType<Admit>
  takeBack(request: IncomingMessage, about?: string): void
}

export function createTryLimit(
  clock: Clock,
  config: Pick<Config, 'trusted_proxies' | 'networks'>,
  perMinute: number,
): TryLimit {
  const limit = createAddressLimit({
    clock,
    isShared: sharedRanges(config.networks).has,
    limit: perMinute,
  })
  const findAddress = createAddressSearch(config)
  return {
    admit: (request, about) => limit.admit(findAddress(request), about),
    takeBack: (request, about) => limit.takeBack(findAddress(request), about),
  }
}

/** Finds the address that a request came from, behind proxies that are trusted. */
export function createAddressSearch(config: Pick<Config, 'trusted_proxies'>) {
  const trusted = createRanges(config.trusted_proxies)
  return (request: IncomingMessage): string => findClientAddress(request, trusted)
}

/** Finds the network that a request came from; `undefined`: one that many people share, or this machine. */
export function createNetworkSearch(config: Pick<Config, 'trusted_proxies' | 'networks'>) {
  const findAddress = createAddressSearch(config)
  const shared = sharedRanges(config.networks)
  return (request: IncomingMessage): string | undefined => {
    const address = findAddress(request)
    return shared.has(address) || isLoopback(address) ? undefined : readNetwork(address)
  }
}

function findClientAddress({ headers, socket }: IncomingMessage, trusted: Ranges): string {
  const header = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(header) ? header.join(',') : header
  return clientAddress(socket.remoteAddress ?? '', forwardedFor, trusted)
}
