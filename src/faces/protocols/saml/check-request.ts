/**
 * Checks what Einlass can grant of an app's request (SAML core section 3.4.1, profiles section 4.1.4). One function for each
 * rule, in their order. Until it is certain where an answer may go, a page shows the error; after that, the app gets it.
 */
import type { AuthnRequest, Status } from '#saml'
import type { App } from '../../../identity/apps/apps.ts'
import { matchAddress } from '../../../identity/apps/match-address.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { quoteReceived } from '../../../platform/kernel/text.ts'
import { listLevels } from './levels.ts'
import { findKind } from './name-ids.ts'
import type { Pending } from './pending.ts'
import type { SamlRefusalReason } from './refusals.ts'
import type { SamlAppSettings } from './settings.ts'

export interface RequestContext {
  readonly app: App
  readonly settings: SamlAppSettings
  readonly request: AuthnRequest
  readonly relayState: string | undefined
  /** The address at which the app must have sent the request. */
  readonly ownUrl: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export type CheckedRequest =
  | { readonly type: 'pending'; readonly pending: Pending }
  /** A page shows the refusal. */
  | { readonly type: 'refused'; readonly reason: SamlRefusalReason; readonly detail: string }
  /** The app gets the refusal. */
  | { readonly type: 'denied'; readonly pending: Pending; readonly status: Status }

/** An older request was stored before it arrived. */
const maxAge = minutes(10)
/** How far the clock of an app may be ahead. */
export const skew = minutes(3)
/** Bytes. The standard says 80, but apps store their return address in it. */
export const maxRelayState = 1024
const postBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'

export function checkRequest(context: RequestContext): CheckedRequest {
  const { request, relayState, ownUrl, now } = context
  const { consumer } = request
  const wrong = checkHead(request, { ownUrl, now })
  if (wrong !== undefined) return refused(wrong)
  if (Buffer.byteLength(relayState ?? '') > maxRelayState) return refused('relay_state_too_long')
  if (consumer.binding !== undefined && consumer.binding !== postBinding) {
    return refused('unsupported_binding')
  }
  const consumerUrl = findConsumer(context)
  if (consumerUrl === undefined) {
    const { url, index } = consumer
    return refused(
      'unknown_acs_url',
      `${quoteReceived(url ?? `index ${index}`)} is none of the app's`,
    )
  }
  const kind = findKind(request.nameIdFormat, context.settings.nameId)
  const pending = createPending(context, consumerUrl, kind ?? context.settings.nameId)
  if (request.namesSubject) return denied(pending, 'RequestUnsupported')
  if (kind === undefined) return denied(pending, 'InvalidNameIDPolicy')
  const { context: asked } = request
  if (asked === undefined) return { type: 'pending', pending }
  const levels = listLevels(asked)
  if (levels === undefined) return denied(pending, 'NoAuthnContext')
  return {
    type: 'pending',
    pending: { ...pending, acrValues: [...levels], classes: listAnswers(asked) },
  }
}

/** The classes that may be the answer: a class that was asked for is not better than itself. */
const listAnswers = ({ comparison, classes }: NonNullable<AuthnRequest['context']>): string[] =>
  comparison === 'better' ? [] : [...classes]

/** Returns what is wrong with a request that is not addressed to us or not new. */
export function checkHead(
  { destination, issuedAt }: Pick<AuthnRequest, 'destination' | 'issuedAt'>,
  { ownUrl, now }: Pick<RequestContext, 'ownUrl' | 'now'>,
): SamlRefusalReason | undefined {
  if (destination !== undefined && destination !== ownUrl) return 'wrong_destination'
  return issuedAt < now - maxAge || issuedAt > now + skew ? 'request_expired' : undefined
}

function refused(reason: SamlRefusalReason, detail: string = reason): CheckedRequest {
  return { type: 'refused', reason, detail }
}

function denied(pending: Pending, reason: NonNullable<Status['reason']>): CheckedRequest {
  return { type: 'denied', pending, status: { code: 'Requester', reason } }
}

/** Finds an address in the app's own settings. An address in a request only selects one of them. */
function findConsumer({ request, settings }: RequestContext): string | undefined {
  const { url, index } = request.consumer
  const { consumerUrls, consumerIndexes = {} } = settings
  if (url !== undefined) return matchAddress(consumerUrls, url)
  if (index === undefined) return consumerUrls[0]
  return Object.hasOwn(consumerIndexes, index) ? consumerIndexes[index] : undefined
}

function createPending(
  { app, request, relayState, now }: RequestContext,
  consumerUrl: string,
  nameId: Pending['nameId'],
): Pending {
  return {
    appId: app.id,
    requestId: request.id,
    consumerUrl,
    ...(relayState !== undefined && { relayState }),
    nameId,
    isForced: request.isForced,
    isPassive: request.isPassive,
    iat: now,
  }
}
