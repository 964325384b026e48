/** Single logout (SAML core section 3.7): one side says that a session has ended, the other side answers. */
import type { ReceivedMessage } from '../bindings.ts'
import { type Reading, readSafely } from '../refusal.ts'
import { type SigningKey, signElement } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { buildNameId, type NameId, readNameId } from './name-id.ts'
import {
  type MessageHead,
  openMessage,
  readHead,
  readId,
  readParts,
  readText,
  readTime,
  refuse,
  type Trust,
} from './read.ts'
import { buildStatus, type ReadStatus, readStatus, type Status } from './status.ts'
import { buildHead, buildIssuer, type NewMessageHead, writeTime } from './write.ts'

export interface LogoutRequest extends MessageHead {
  readonly nameId: NameId
  /** Empty: all sessions of the person. */
  readonly sessionIndexes: readonly string[]
  /** Milliseconds since the epoch; from then on the request is too old. */
  readonly notOnOrAfter?: number
}

/** Refuses a request without a signature: otherwise anybody could end other people's sessions. */
export function readLogoutRequest(
  message: ReceivedMessage,
  keys: Trust['keys'],
): Reading<{ readonly request: LogoutRequest }> {
  return readSafely(() => {
    const { root } = openMessage(message, 'LogoutRequest', { keys, mustBeSigned: true })
    const parts = readParts(root, [
      'saml:Issuer',
      'ds:Signature',
      'samlp:Extensions',
      'saml:BaseID',
      'saml:NameID',
      'saml:EncryptedID',
      'samlp:SessionIndex*',
    ])
    const nameId = parts.find('saml:NameID') ?? refuse('a person without a plain name')
    const notOnOrAfter = readTime(root, 'NotOnOrAfter')
    return {
      request: {
        ...readHead(root, parts.require('saml:Issuer')),
        nameId: readNameId(nameId),
        sessionIndexes: parts.list('samlp:SessionIndex').map(readText),
        ...(notOnOrAfter !== undefined && { notOnOrAfter }),
      },
    }
  })
}

export interface LogoutResponse extends MessageHead {
  readonly inResponseTo: string
  readonly status: ReadStatus
}

export function readLogoutResponse(
  message: ReceivedMessage,
  keys: Trust['keys'],
): Reading<{ readonly response: LogoutResponse }> {
  return readSafely(() => {
    const { root } = openMessage(message, 'LogoutResponse', { keys, mustBeSigned: true })
    const parts = readParts(root, [
      'saml:Issuer',
      'ds:Signature',
      'samlp:Extensions',
      'samlp:Status',
    ])
    return {
      response: {
        ...readHead(root, parts.require('saml:Issuer')),
        inResponseTo: readId(root, 'InResponseTo'),
        status: readStatus(parts.require('samlp:Status')),
      },
    }
  })
}

export interface NewLogoutRequest extends NewMessageHead {
  readonly nameId: NameId
  readonly sessionIndex?: string
  /** Milliseconds since the epoch. */
  readonly notOnOrAfter?: number
}

/** With a key it is signed inside, for the POST binding. */
export function writeLogoutRequest(request: NewLogoutRequest, key?: SigningKey): string {
  const { notOnOrAfter, sessionIndex } = request
  const attributes = {
    ...buildHead(request),
    NotOnOrAfter: notOnOrAfter === undefined ? undefined : writeTime(notOnOrAfter),
  }
  const root = build('samlp:LogoutRequest', attributes, [
    buildIssuer(request.issuer),
    buildNameId(request.nameId),
    sessionIndex === undefined ? undefined : build('samlp:SessionIndex', {}, [sessionIndex]),
  ])
  return canonicalize(key === undefined ? root : signElement(root, key, 1))
}

export interface NewLogoutResponse extends NewMessageHead {
  readonly status: Status
}

/** With a key it is signed inside, for the POST binding. */
export function writeLogoutResponse(response: NewLogoutResponse, key?: SigningKey): string {
  const root = build('samlp:LogoutResponse', buildHead(response), [
    buildIssuer(response.issuer),
    buildStatus(response.status),
  ])
  return canonicalize(key === undefined ? root : signElement(root, key, 1))
}
