/** Writes the metadata of an identity provider (SAML metadata section 2.4.3), for the apps that trust it. */
import { nameIdFormats } from '../messages/name-id.ts'
import { buildKeyInfo, type SigningKey, signElement } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import type { XmlElement } from '../xml/tree.ts'

export interface IdentityProvider {
  /** An `xs:ID` for the document. */
  readonly id: string
  readonly entityId: string
  /** Base64 of DER: the certificate that signs, and those that will sign soon or have signed until recently. */
  readonly certificates: readonly string[]
  /** One address for both bindings. */
  readonly singleSignOnUrl: string
  readonly singleLogoutUrl?: string
  /** `WantAuthnRequestsSigned`; absent: the document does not say it. */
  readonly wantsSignedRequests?: boolean
}

const binding = (name: string) => `urn:oasis:names:tc:SAML:2.0:bindings:HTTP-${name}`

export function writeIdentityProvider(provider: IdentityProvider, key: SigningKey): string {
  const { id, entityId, certificates, singleSignOnUrl, singleLogoutUrl } = provider
  const attributes = {
    WantAuthnRequestsSigned: provider.wantsSignedRequests?.toString(),
    protocolSupportEnumeration: 'urn:oasis:names:tc:SAML:2.0:protocol',
  }
  const root = build('md:EntityDescriptor', { ID: id, entityID: entityId }, [
    build('md:IDPSSODescriptor', attributes, [
      ...certificates.map(buildKey),
      ...buildServices('SingleLogoutService', singleLogoutUrl),
      ...Object.values(nameIdFormats).map((format) => build('md:NameIDFormat', {}, [format])),
      ...buildServices('SingleSignOnService', singleSignOnUrl),
    ]),
  ])
  return canonicalize(signElement(root, key, 0))
}

function buildKey(certificate: string): XmlElement {
  return build('md:KeyDescriptor', { use: 'signing' }, [buildKeyInfo(certificate)])
}

function buildServices(
  name: 'SingleLogoutService' | 'SingleSignOnService',
  url: string | undefined,
): XmlElement[] {
  if (url === undefined) return []
  return ['Redirect', 'POST'].map((one) =>
    build(`md:${name}`, { Binding: binding(one), Location: url }),
  )
}

export interface NewServiceProvider {
  readonly entityId: string
  readonly consumerUrls: readonly string[]
  readonly logoutUrl?: string
  readonly signingCertificate?: string
  readonly encryptionCertificate?: string
  readonly signsRequests?: boolean
  /** For a signed document: an `xs:ID`. */
  readonly id?: string
  /** `xs:dateTime`. */
  readonly validUntil?: string
  /** `xs:duration`. */
  readonly cacheDuration?: string
}

/** Writes the metadata of an app; signed if there is a key. */
export function writeServiceProvider(provider: NewServiceProvider, key?: SigningKey): string {
  const { signingCertificate, encryptionCertificate } = provider
  const attributes = {
    AuthnRequestsSigned: provider.signsRequests === true ? 'true' : undefined,
    protocolSupportEnumeration: 'urn:oasis:names:tc:SAML:2.0:protocol',
  }
  const keys = [
    { use: 'signing', certificate: signingCertificate },
    { use: 'encryption', certificate: encryptionCertificate },
  ].flatMap(({ use, certificate }) =>
    certificate === undefined
      ? []
      : [build('md:KeyDescriptor', { use }, [buildKeyInfo(certificate)])],
  )
  const consumers = provider.consumerUrls.map((url, index) =>
    build('md:AssertionConsumerService', {
      Binding: binding('POST'),
      Location: url,
      index: `${index}`,
    }),
  )
  const { id, validUntil, cacheDuration } = provider
  const head = { ID: id, entityID: provider.entityId, validUntil, cacheDuration }
  const root = build('md:EntityDescriptor', head, [
    build('md:SPSSODescriptor', attributes, [
      ...keys,
      ...buildServices('SingleLogoutService', provider.logoutUrl),
      ...consumers,
    ]),
  ])
  return canonicalize(key === undefined ? root : signElement(root, key, 0))
}
