/** `FederationMetadata.xml`, from which parties of WS-Federation learn addresses and keys (WS-Federation 1.2 section 3). */
import { buildKeyInfo } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import type { XmlElement } from '../xml/tree.ts'

export interface TokenService {
  /** The issuer of its tokens. */
  readonly entityId: string
  /** Where browsers are sent to log in and out. */
  readonly url: string
  /** Base64 of DER; first the certificate that signs. */
  readonly certificates: readonly string[]
  readonly claims: readonly OfferedClaim[]
}

export interface OfferedClaim {
  readonly type: string
  readonly name: string
}

export function writeFederationMetadata(service: TokenService): string {
  const attributes = {
    'xsi:type': 'fed:SecurityTokenServiceType',
    protocolSupportEnumeration: 'http://docs.oasis-open.org/wsfed/federation/200706',
  }
  const root = build('md:EntityDescriptor', { entityID: service.entityId }, [
    build('md:RoleDescriptor', attributes, [
      ...service.certificates.map((certificate) =>
        build('md:KeyDescriptor', { use: 'signing' }, [buildKeyInfo(certificate)]),
      ),
      build('fed:TokenTypesOffered', {}, [
        build('fed:TokenType', { Uri: 'urn:oasis:names:tc:SAML:1.0:assertion' }),
      ]),
      build('fed:ClaimTypesOffered', {}, service.claims.map(buildClaim)),
      build('fed:SecurityTokenServiceEndpoint', {}, [buildEndpoint(service.url)]),
      build('fed:PassiveRequestorEndpoint', {}, [buildEndpoint(service.url)]),
    ]),
  ])
  // The value of xsi:type contains a prefix, which has to be declared.
  return canonicalize(root, { inclusivePrefixes: ['fed'] })
}

function buildEndpoint(url: string): XmlElement {
  return build('wsa:EndpointReference', {}, [build('wsa:Address', {}, [url])])
}

function buildClaim({ type, name }: OfferedClaim): XmlElement {
  return build('auth:ClaimType', { Uri: type, Optional: 'true' }, [
    build('auth:DisplayName', {}, [name]),
  ])
}
