/** The protocols that apps may speak. An app that names none speaks the first. */
import { forwardAuth } from './forward-auth/protocol.ts'
import { oidc } from './oidc/protocol.ts'
import type { Protocol } from './protocol.ts'
import { saml } from './saml/protocol.ts'
import { wsfed } from './wsfed/protocol.ts'

export const protocols: readonly Protocol[] = [oidc, saml, wsfed, forwardAuth]

/** The paths that developers of apps are given, each of which metrics call by its own name. */
export const protocolAddresses: ReadonlySet<string> = new Set(
  protocols.flatMap(({ addresses }) => Object.values(addresses)),
)
