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
const perMinute = 120

/** Counts a request that is about to be kept. Gives how long to wait, in seconds, when there are too many. */
export type Admit = (request: IncomingMessage) => { readonly retryAfter: number } | undefined

export function createAdmission(
  clock: Clock,
  config: Pick<Config, 'trusted_proxies' | 'networks'>,
): Admit {
  const trusted = createRanges(config.trusted_proxies)
  const limit = createAddressLimit({
    clock,
    isShared: sharedRanges(config.networks).has,
    perMinute,
  })
  return (request) => limit.admit(findClientAddress(request, trusted))
}

function findClientAddress({ headers, socket }: IncomingMessage, trusted: Ranges): string {
  const header = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(header) ? header.join(',') : header
  return clientAddress(socket.remoteAddress ?? '', forwardedFor, trusted)
}
