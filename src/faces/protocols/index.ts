/** The protocols that apps can use. An app that names none uses the first. */
import { forwardAuth } from './forward-auth/protocol.ts'
import { oidc } from './oidc/protocol.ts'
import type { Protocol } from './protocol.ts'
import { saml } from './saml/protocol.ts'
import { wsfed } from './wsfed/protocol.ts'

export const protocols: readonly Protocol[] = [oidc, saml, wsfed, forwardAuth]

/** The paths that developers of apps need. Metrics name each of them separately. */
export const protocolAddresses: ReadonlySet<string> = new Set(
  protocols.flatMap(({ addresses }) => Object.values(addresses)),
)
