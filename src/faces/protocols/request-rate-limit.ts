/**
 * How many requests of apps an address may begin that are stored until a person has logged in. Does not limit the length of
 * such a request: its protocol does.
 */
import type { IncomingMessage } from 'node:http'
import { createAddressLimit, isLoopback } from '../../identity/limits/address-limit.ts'
import { readNetwork } from '../../identity/limits/networks.ts'
import { createTieredLimit, type Taken } from '../../identity/limits/tiered-limit.ts'
import type { Config } from '../../platform/config/schema.ts'
import {
  clientAddress,
  createRanges,
  type Ranges,
  sharedRanges,
} from '../../platform/http/client.ts'
import type { Clock } from '../../platform/kernel/clock.ts'

/** More than all people behind one address begin in a minute. The networks around it may begin twice and four times as many. */
const requestsPerMinute = 120
/** For a whole node. Stored for half an hour each, the requests stay below 200,000 rows. */
const requestsPerMinuteInAll = 6000

/** Admits and records a request before it is stored. Returns the seconds to wait when there are too many. */
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

/**
 * As `Admit`, for requests that are given back when they turn out to be right.
 * @param about what is tried, if each such thing has limits of its own in each network
 */
export type Take = (request: IncomingMessage, about?: string) => Taken

/** @param limits in a minute, for an address and for a whole node; the networks around an address have twice and four times as much */
export function createTieredTries(
  clock: Clock,
  config: Pick<Config, 'trusted_proxies' | 'networks'>,
  limits: { readonly limit: number; readonly total: number },
): Take {
  const isShared = sharedRanges(config.networks).has
  const tiers = createTieredLimit({ clock, isShared, ...limits })
  const findAddress = createAddressSearch(config)
  return (request, about) => tiers.take(findAddress(request), about)
}

/** How often an address may try something in a minute. A correct try is taken back. */
export interface TryLimit {
  /** @param about what is tried, if each such thing has its own limit */
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

/** Finds the address that a request came from, behind trusted proxies. */
export function createAddressSearch(config: Pick<Config, 'trusted_proxies'>) {
  const trusted = createRanges(config.trusted_proxies)
  return (request: IncomingMessage): string => findClientAddress(request, trusted)
}

/** Finds the network that a request came from; `undefined`: many people share it, or it is this machine. */
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
