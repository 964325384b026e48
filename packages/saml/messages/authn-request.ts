/** The request of an app to log a person in (SAML core section 3.4.1). */
import type { ReceivedMessage } from '../bindings.ts'
import { type Reading, readSafely } from '../refusal.ts'
import { type SigningKey, signElement } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'
import {
  type MessageHead,
  openMessage,
  readBoolean,
  readHead,
  readParts,
  readUri,
  refuse,
  type Trust,
} from './read.ts'
import { buildHead, buildIssuer, type NewMessageHead } from './write.ts'

const comparisons = ['exact', 'minimum', 'maximum', 'better'] as const

export interface RequestedContext {
  readonly comparison: (typeof comparisons)[number]
  /** URIs, the preferred one first. */
  readonly classes: readonly string[]
}

export interface AuthnRequest extends MessageHead {
  readonly isSigned: boolean
  readonly isForced: boolean
  readonly isPassive: boolean
  /** Where to send the response: to an address, or to the one with this index in the metadata. */
  readonly consumer: { readonly url?: string; readonly index?: number; readonly binding?: string }
  /** A URI. */
  readonly nameIdFormat?: string
  readonly context?: RequestedContext
  /** The request names the user who has to log in. */
  readonly namesSubject: boolean
}

export function readAuthnRequest(
  message: ReceivedMessage,
  trust: Trust,
): Reading<{ readonly request: AuthnRequest }> {
  return readSafely(() => {
    const { root, isSigned } = openMessage(message, 'AuthnRequest', trust)
    const parts = readParts(root, [
      'saml:Issuer',
      'ds:Signature',
      'samlp:Extensions',
      'saml:Subject',
      'samlp:NameIDPolicy',
      'saml:Conditions',
      'samlp:RequestedAuthnContext',
      'samlp:Scoping',
    ])
    const policy = parts.find('samlp:NameIDPolicy')
    const nameIdFormat = policy && findAttribute(policy, 'Format')
    const context = parts.find('samlp:RequestedAuthnContext')
    return {
      request: {
        ...readHead(root, parts.require('saml:Issuer')),
        isSigned,
        isForced: readBoolean(root, 'ForceAuthn'),
        isPassive: readBoolean(root, 'IsPassive'),
        consumer: readConsumer(root),
        ...(nameIdFormat !== undefined && { nameIdFormat }),
        ...(context && { context: readContext(context) }),
        namesSubject: parts.find('saml:Subject') !== undefined,
      },
    }
  })
}

function readConsumer(root: XmlElement): AuthnRequest['consumer'] {
  const url = findAttribute(root, 'AssertionConsumerServiceURL')
  const index = findAttribute(root, 'AssertionConsumerServiceIndex')
  const binding = findAttribute(root, 'ProtocolBinding')
  if (index !== undefined && !/^\d{1,5}$/.test(index)) refuse('an index that is no number')
  if (index !== undefined && url !== undefined) refuse('an index and an address')
  return {
    ...(url !== undefined && { url }),
    ...(index !== undefined && { index: Number(index) }),
    ...(binding !== undefined && { binding }),
  }
}

function readContext(element: XmlElement): RequestedContext {
  const parts = readParts(element, ['saml:AuthnContextClassRef*', 'saml:AuthnContextDeclRef*'])
  const comparison = findAttribute(element, 'Comparison') ?? 'exact'
  const known = comparisons.find((one) => one === comparison)
  const classes = parts.list('saml:AuthnContextClassRef').map(readUri)
  return {
    comparison: known ?? refuse('a comparison that does not exist'),
    classes,
  }
}

export interface NewAuthnRequest extends NewMessageHead {
  readonly consumerUrl?: string
  readonly isForced?: boolean
  readonly isPassive?: boolean
  readonly nameIdFormat?: string
  readonly context?: RequestedContext
}

/** Writes a request like an app. With a key it has a signature inside, for the POST binding. */
export function writeAuthnRequest(request: NewAuthnRequest, key?: SigningKey): string {
  const { context, nameIdFormat } = request
  const attributes = {
    ...buildHead(request),
    ForceAuthn: request.isForced === true ? 'true' : undefined,
    IsPassive: request.isPassive === true ? 'true' : undefined,
    AssertionConsumerServiceURL: request.consumerUrl,
  }
  const classes = context?.classes.map((one) => build('saml:AuthnContextClassRef', {}, [one]))
  const root = build('samlp:AuthnRequest', attributes, [
    buildIssuer(request.issuer),
    nameIdFormat === undefined
      ? undefined
      : build('samlp:NameIDPolicy', { Format: nameIdFormat, AllowCreate: 'true' }),
    classes && build('samlp:RequestedAuthnContext', { Comparison: context?.comparison }, classes),
  ])
  return canonicalize(key === undefined ? root : signElement(root, key, 1))
}
