/** The answer to an app: a response with an assertion, or with the reason of an error (SAML core section 3.3.3). */
import type { KeyObject } from 'node:crypto'
import type { ReceivedMessage } from '../bindings.ts'
import {
  decryptAssertion,
  type EncryptionKey,
  encryptAssertion,
  type RandomBytes,
} from '../encryption.ts'
import { type Reading, readSafely } from '../refusal.ts'
import { type SigningKey, signElement } from '../signature/sign.ts'
import { verifyDocument } from '../signature/verify.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'
import { type Assertion, buildAssertion } from './assertion.ts'
import { type NameId, readNameId } from './name-id.ts'
import {
  type MessageHead,
  openMessage,
  readHead,
  readParts,
  readText,
  readUri,
  refuse,
  requireAttribute,
  requireTime,
} from './read.ts'
import { buildStatus, type ReadStatus, readStatus, type Status } from './status.ts'
import { buildHead, buildIssuer, type NewMessageHead } from './write.ts'

export interface SuccessResponse {
  readonly head: NewMessageHead
  readonly assertion: Assertion
  readonly key: SigningKey
  /** Absent: the browser that carries the assertion can read it. */
  readonly encryption?: { readonly key: EncryptionKey; readonly randomBytes: RandomBytes }
}

/** Signs the assertion, encrypts it if that is wanted, and then signs the response around it. */
export function writeResponse({ head, assertion, key, encryption }: SuccessResponse): string {
  const signed = signElement(buildAssertion(assertion), key, 1)
  const carried =
    encryption === undefined
      ? signed
      : encryptAssertion(signed, encryption.key, encryption.randomBytes)
  const root = build('samlp:Response', buildHead(head), [
    buildIssuer(head.issuer),
    buildStatus({ code: 'Success' }),
    carried,
  ])
  return canonicalize(signElement(root, key, 1))
}

export function writeErrorResponse(head: NewMessageHead, status: Status, key: SigningKey): string {
  const root = build('samlp:Response', buildHead(head), [
    buildIssuer(head.issuer),
    buildStatus(status),
  ])
  return canonicalize(signElement(root, key, 1))
}

/** What an app reads from a response. */
export interface ReadResponse extends MessageHead {
  readonly inResponseTo?: string
  readonly status: ReadStatus
  readonly assertion?: ReadAssertion
}

export interface ReadAssertion {
  readonly issuer: string
  readonly nameId: NameId
  readonly recipient: string
  readonly inResponseTo?: string
  /** Milliseconds since the epoch. */
  readonly notOnOrAfter: number
  readonly audience: string
  readonly sessionIndex?: string
  /** A URI. */
  readonly contextClass: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

export interface ResponseReader {
  readonly keys: readonly KeyObject[]
  /** Opens an encrypted assertion. */
  readonly privateKey?: KeyObject
}

/**
 * Reads like an app, but stricter: the response has to be signed as a whole. Does not check times, audience or recipient; the
 * app compares these.
 */
export function readResponse(
  message: ReceivedMessage,
  { keys, privateKey }: ResponseReader,
): Reading<{ readonly response: ReadResponse }> {
  return readSafely(() => {
    const trust = { keys, mustBeSigned: true }
    const { root } = openMessage(message, 'Response', trust)
    const parts = readParts(root, [
      'saml:Issuer',
      'ds:Signature',
      'samlp:Status',
      'saml:Assertion',
      'saml:EncryptedAssertion',
    ])
    const inResponseTo = findAttribute(root, 'InResponseTo')
    const assertion = findAssertion(parts, privateKey)
    return {
      response: {
        ...readHead(root, parts.require('saml:Issuer')),
        status: readStatus(parts.require('samlp:Status')),
        ...(inResponseTo !== undefined && { inResponseTo }),
        ...(assertion && { assertion: readAssertion(verifyDocument(assertion, keys)) }),
      },
    }
  })
}

function findAssertion(
  parts: ReturnType<typeof readParts>,
  privateKey: KeyObject | undefined,
): XmlElement | undefined {
  const encrypted = parts.find('saml:EncryptedAssertion')
  const plain = parts.find('saml:Assertion')
  if (encrypted === undefined) return plain
  if (plain !== undefined) refuse('two assertions')
  return decryptAssertion(encrypted, privateKey ?? refuse('an encrypted assertion without a key'))
}

function readAssertion(assertion: XmlElement): ReadAssertion {
  const parts = readParts(assertion, [
    'saml:Issuer',
    'ds:Signature',
    'saml:Subject',
    'saml:Conditions',
    'saml:AuthnStatement',
    'saml:AttributeStatement',
  ])
  const statement = parts.require('saml:AuthnStatement')
  const sessionIndex = findAttribute(statement, 'SessionIndex')
  const context = readParts(statement, ['saml:AuthnContext']).require('saml:AuthnContext')
  const classRef = readParts(context, ['saml:AuthnContextClassRef'])
  const attributes = parts.find('saml:AttributeStatement')
  return {
    issuer: readText(parts.require('saml:Issuer')),
    ...readSubject(parts.require('saml:Subject')),
    audience: readAudience(parts.require('saml:Conditions')),
    ...(sessionIndex !== undefined && { sessionIndex }),
    contextClass: readUri(classRef.require('saml:AuthnContextClassRef')),
    attributes: attributes === undefined ? {} : readAttributes(attributes),
  }
}

function readSubject(subject: XmlElement) {
  const parts = readParts(subject, ['saml:NameID', 'saml:SubjectConfirmation'])
  const confirmation = parts.require('saml:SubjectConfirmation')
  const data = readParts(confirmation, ['saml:SubjectConfirmationData']).require(
    'saml:SubjectConfirmationData',
  )
  const inResponseTo = findAttribute(data, 'InResponseTo')
  return {
    nameId: readNameId(parts.require('saml:NameID')),
    recipient: requireAttribute(data, 'Recipient'),
    ...(inResponseTo !== undefined && { inResponseTo }),
    notOnOrAfter: requireTime(data, 'NotOnOrAfter'),
  }
}

function readAudience(conditions: XmlElement): string {
  const restriction = readParts(conditions, ['saml:AudienceRestriction'])
  const audience = readParts(restriction.require('saml:AudienceRestriction'), ['saml:Audience'])
  return readUri(audience.require('saml:Audience'))
}

function readAttributes(statement: XmlElement): Record<string, readonly string[]> {
  const all = readParts(statement, ['saml:Attribute*']).list('saml:Attribute')
  return Object.fromEntries(
    all.map((one) => [
      requireAttribute(one, 'Name'),
      readParts(one, ['saml:AttributeValue*']).list('saml:AttributeValue').map(readText),
    ]),
  )
}
