/**
 * How many requests of apps an address may begin that have to be kept until a person has logged in. Does not know how long
 * such a request may be: that is its protocol's.
 */
import type { IncomingMessage } from 'node:http'
import { createAddressLimit } from '../../identity/limits/address-limit.ts'
import type { Config } from '../../platform/config/schema.ts'
import {
  clientAddress,
  createRanges,
  type Ranges,
  sharedRanges,
} from '../../platform/http/client.ts'
import type { Clock } from '../../platform/kernel/clock.ts'

/** More than a house behind one address begins in a minute. */
const requestsPerMinute = 120

/** Counts a request that is about to be kept. Gives how long to wait, in seconds, when there are too many. */
export type Admit = (request: IncomingMessage) => { readonly retryAfter: number } | undefined

export function createAdmission(
  clock: Clock,
  config: Pick<Config, 'trusted_proxies' | 'networks'>,
): Admit {
  const { admit } = createTryLimit(clock, config, requestsPerMinute)
  return (request) => admit(request)
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

function findClientAddress({ headers, socket }: IncomingMessage, trusted: Ranges): string {
  const header = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(header) ? header.join(',') : header
  return clientAddress(socket.remoteAddress ?? '', forwardedFor, trusted)
}
