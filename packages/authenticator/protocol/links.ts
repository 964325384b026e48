/**
 * The links that a page shows as a QR code and that the phone's camera opens. All secrets are in the fragment, which no server
 * and no log ever sees.
 */
import { readBytes, readOrigin } from './messages.ts'
import { type Read, readObject, readText } from './shape.ts'

/** The path of the app at every server. */
export const appPath = '/authenticator'

const readId = readText(64, /^[\w-]+$/)

const readEnrolLink = readObject({
  /** The server. */
  origin: readOrigin,
  registration: readId,
  /** 16 bytes in base64url, valid once and for some minutes. */
  secret: readBytes(16),
  /** The thumbprint of the key with which the server signs its messages to this device. */
  serverKey: readBytes(32),
})
export type EnrolLink = Read<typeof readEnrolLink>

const readApproveLink = readObject({
  origin: readOrigin,
  request: readId,
  /** 16 bytes in base64url, which replace the typed digits. */
  scan: readBytes(16),
})
export type ApproveLink = Read<typeof readApproveLink>

export type Link =
  | ({ readonly type: 'enrol' } & EnrolLink)
  | ({ readonly type: 'approve' } & ApproveLink)

/**
 * @example
 * buildEnrolLink({ origin: 'https://login.example.org', registration: 'r1', secret, serverKey })
 * // https://login.example.org/authenticator#enrol.1.r1.<secret>.<serverKey>
 */
export function buildEnrolLink({ origin, registration, secret, serverKey }: EnrolLink): string {
  return `${origin}${appPath}#enrol.1.${registration}.${secret}.${serverKey}`
}

export function buildApproveLink({ origin, request, scan }: ApproveLink): string {
  return `${origin}${appPath}#approve.1.${request}.${scan}`
}

/**
 * A link to a waiting request on this phone. It contains no secret, so anybody may send it: the code still has to be typed or
 * scanned.
 */
export function buildRequestLink({ origin, request }: Pick<ApproveLink, 'origin' | 'request'>) {
  return `${origin}${appPath}#request/${request}`
}

/** `undefined`: not a link of this protocol. Never throws. */
export function readLink(text: string): Link | undefined {
  if (text.length > 1024 || !URL.canParse(text)) return undefined
  const { origin, pathname, search, username, hash } = new URL(text)
  if (pathname !== appPath || search !== '' || username !== '') return undefined
  const [kind, version, id, secret, serverKey, ...more] = hash.slice(1).split('.')
  if (version !== '1' || more.length > 0) return undefined
  if (kind === 'enrol') {
    const link = readEnrolLink({ origin, registration: id, secret, serverKey })
    return link && { type: 'enrol', ...link }
  }
  if (kind !== 'approve' || serverKey !== undefined) return undefined
  const link = readApproveLink({ origin, request: id, scan: secret })
  return link && { type: 'approve', ...link }
}
