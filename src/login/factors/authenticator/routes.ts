/**
 * The HTTP side of devices: POST `/authenticator/v1/…`. Owns what is read, the statuses of errors, and which other origins may
 * ask. The files that it calls decide what a message means.
 */
import { longestMessage } from '#authenticator'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Config } from '../../../platform/config/schema.ts'
import { mediaType, readText } from '../../../platform/http/body.ts'
import { clientAddress, createRanges, sharedRanges } from '../../../platform/http/client.ts'
import type { Reply } from '../../../platform/http/reply.ts'
import type { PageRequest } from '../../../platform/http/request.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { DeviceStream } from '../factor.ts'
import { type DeviceError, type DeviceReply, type Refused, toSeconds } from './device-replies.ts'

export const devicePaths = [
  '/authenticator/v1/offer',
  '/authenticator/v1/enrol',
  '/authenticator/v1/fetch',
  '/authenticator/v1/answer',
  '/authenticator/v1/change',
  '/authenticator/v1/move',
] as const

export const streamPath = '/authenticator/v1/events'

export type DeviceAddress = 'offer' | 'enrol' | 'fetch' | 'answer' | 'change' | 'move'

/** How many messages one address may send in a minute. A phone with the app open asks twelve times. */
const perMinute = 240

export interface DeviceRouteOptions {
  readonly config: Pick<Config, 'trusted_proxies' | 'networks' | 'authenticator'>
  readonly clock: Clock
  readonly log: Log
  readonly handlers: Readonly<Record<DeviceAddress, (body: string) => Promise<DeviceReply>>>
  /** The device that wants to learn that something waits, or why it may not. */
  readonly checkListener: (body: string) => Promise<Listener>
}

export type Listener =
  | { readonly type: 'right'; readonly device: { readonly id: string } }
  | Refused

/** The topic that an open phone listens to. */
export const deviceTopic = (deviceId: string): string => `authenticator:${deviceId}`

export function createDeviceRoute(options: DeviceRouteOptions) {
  const { config, clock, handlers } = options
  const trusted = createRanges(config.trusted_proxies)
  const isShared = sharedRanges(config.networks).has
  const limit = createAddressLimit({ clock, isShared, limit: perMinute })
  const findAddress = ({ peer, headers }: PageRequest) =>
    clientAddress(peer ?? '', headers.get('x-forwarded-for') ?? undefined, trusted)

  const answerWith = async <Result extends DeviceReply | Listener>(
    request: PageRequest,
    address: string,
    handle: (body: string) => Promise<Result>,
  ): Promise<Result | Refused> => {
    const wait = limit.admit(findAddress(request))
    if (wait !== undefined) {
      return { type: 'refused', error: 'limit', reason: 'address', ...wait } as const
    }
    return await answer(options, request, address, handle)
  }
  /** `undefined`: the request is a message. */
  const refuseMethod = (request: PageRequest, allowed: string | undefined): Reply | undefined => {
    if (request.method === 'OPTIONS' && allowed !== undefined) return preflight(allowed)
    if (request.method === 'POST') return undefined
    return { ...bare, status: 405, headers: { allow: 'POST' } }
  }
  const { peers } = config.authenticator

  return {
    async answer(request: PageRequest): Promise<Reply> {
      const allowed = findAllowedOrigin(peers, request)
      const refused = refuseMethod(request, allowed)
      if (refused !== undefined) return refused
      const address = new URL(request.url).pathname.split('/').at(-1) ?? ''
      const handle = Object.hasOwn(handlers, address)
        ? handlers[address as DeviceAddress]
        : undefined
      if (handle === undefined) return { ...bare, status: 404, headers: {} }
      return createReply(options, await answerWith(request, address, handle), allowed)
    },

    async openStream(request: PageRequest): Promise<DeviceStream> {
      const allowed = findAllowedOrigin(peers, request)
      const refused = refuseMethod(request, allowed)
      if (refused !== undefined) return { type: 'refused', reply: refused }
      const listener = await answerWith(request, 'events', options.checkListener)
      if (listener.type !== 'right') {
        return { type: 'refused', reply: createReply(options, listener, allowed) }
      }
      const headers = { 'cache-control': 'no-store', ...(allowed && crossOrigin(allowed)) }
      return { type: 'open', topic: deviceTopic(listener.device.id), headers }
    },
  }
}

const bare = { cookies: [], body: null }

const isRightType = (request: PageRequest, address: string): boolean =>
  mediaType(request) === (address === 'offer' ? 'application/json' : 'application/jose')

async function answer<Result extends DeviceReply | Listener>(
  { log }: DeviceRouteOptions,
  request: PageRequest,
  address: string,
  handle: (body: string) => Promise<Result>,
): Promise<Result | Refused> {
  if (!isRightType(request, address)) return malformed('content_type')
  try {
    const reply = await handle(await readText(request, longestMessage))
    if (reply.type === 'refused') {
      log.info({ address, reason: reply.reason }, 'a phone was refused')
    }
    return reply
  } catch (error) {
    if (error instanceof Fault && error.status < 500) return malformed(error.code)
    // A device sends the same message again, so nothing is lost.
    log.error({ address, error }, 'a phone could not be answered')
    return { type: 'refused', error: 'unavailable', reason: 'unavailable', retryAfter: 5 }
  }
}

const malformed = (reason: string): Refused => ({ type: 'refused', error: 'malformed', reason })

const statuses = {
  malformed: 400,
  clock: 400,
  unknown: 404,
  used: 409,
  ended: 410,
  copied: 410,
  limit: 429,
  unavailable: 503,
} as const satisfies Record<DeviceError, number>

function createReply(
  { clock }: DeviceRouteOptions,
  reply: DeviceReply,
  allowed: string | undefined,
): Reply {
  const common = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allowed !== undefined && crossOrigin(allowed)),
  }
  if (reply.type === 'message') {
    const headers = { ...common, 'content-type': 'application/jose' }
    return { status: 200, headers, cookies: [], body: reply.body }
  }
  const { error, retryAfter } = reply
  const now = toSeconds(clock.now())
  return {
    status: statuses[error],
    headers: {
      ...common,
      'content-type': 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }),
    },
    cookies: [],
    body: JSON.stringify({ error, ...(error === 'clock' && { now }) }),
  }
}

/** The origin of an app that another server has served, when the configuration names it. */
function findAllowedOrigin(
  peers: readonly string[],
  { headers }: Pick<PageRequest, 'headers'>,
): string | undefined {
  const origin = headers.get('origin')
  return origin !== null && peers.includes(origin) ? origin : undefined
}

/** Without `allow-credentials`: no cookie is sent or looked at. */
const crossOrigin = (origin: string) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'retry-after',
  vary: 'origin',
})

function preflight(origin: string): Reply {
  return {
    status: 204,
    headers: {
      ...crossOrigin(origin),
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    },
    cookies: [],
    body: null,
  }
}
