/** The status of a response: whether a request was granted (SAML core section 3.2.2.2). */
import { build } from '../xml/build.ts'
import type { XmlElement } from '../xml/tree.ts'
import { readParts, readText, requireAttribute } from './read.ts'

const prefix = 'urn:oasis:names:tc:SAML:2.0:status:'

/** The codes that are written here, without their common beginning. */
export type StatusCode =
  | 'Success'
  | 'Requester'
  | 'Responder'
  | 'AuthnFailed'
  | 'InvalidNameIDPolicy'
  | 'NoAuthnContext'
  | 'NoPassive'
  | 'PartialLogout'
  | 'RequestDenied'
  | 'RequestUnsupported'
  | 'UnknownPrincipal'

export interface Status {
  /** The first level says which side caused the error. */
  readonly code: 'Success' | 'Requester' | 'Responder'
  readonly reason?: StatusCode
  /** For the log of the other side, in English. */
  readonly message?: string
}

export function buildStatus({ code, reason, message }: Status): XmlElement {
  const inner = reason && build('samlp:StatusCode', { Value: `${prefix}${reason}` })
  return build('samlp:Status', {}, [
    build('samlp:StatusCode', { Value: `${prefix}${code}` }, [inner]),
    message === undefined ? undefined : build('samlp:StatusMessage', {}, [message]),
  ])
}

export interface ReadStatus {
  /** URIs, as received. */
  readonly code: string
  readonly reason?: string
  readonly message?: string
  readonly isSuccess: boolean
}

export function readStatus(element: XmlElement): ReadStatus {
  const parts = readParts(element, [
    'samlp:StatusCode',
    'samlp:StatusMessage',
    'samlp:StatusDetail',
  ])
  const outer = parts.require('samlp:StatusCode')
  const code = requireAttribute(outer, 'Value')
  const inner = readParts(outer, ['samlp:StatusCode']).find('samlp:StatusCode')
  const message = parts.find('samlp:StatusMessage')
  return {
    code,
    isSuccess: code === `${prefix}Success`,
    ...(inner && { reason: requireAttribute(inner, 'Value') }),
    ...(message && { message: readText(message) }),
  }
}
