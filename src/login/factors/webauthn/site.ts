/** The site that credentials belong to (WebAuthn Level 3). Owns for which public addresses there can be any. */
import { isIP } from 'node:net'

export interface RelyingParty {
  /** The host of the public address (WebAuthn Level 3 section 5.1.2, RP ID). */
  readonly rpId: string
  /** The public address: what a browser has to name as the page that asked. */
  readonly origin: string
}

/** `undefined`: browsers have no credentials for this address, because its host is an IP address or it is not https. */
export function findRelyingParty(publicUrl: string): RelyingParty | undefined {
  const { protocol, hostname, origin } = new URL(publicUrl)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0
  if (isAddress || (protocol !== 'https:' && !isLocal)) return undefined
  return { rpId: hostname, origin }
}
