/** Good documents of each kind, as trees without a signature. */
import { buildAssertion } from '../messages/assertion.ts'
import { nameIdFormats } from '../messages/name-id.ts'
import { buildStatus } from '../messages/status.ts'
import { buildHead, buildIssuer } from '../messages/write.ts'
import { build } from '../xml/build.ts'
import type { XmlElement } from '../xml/tree.ts'

export const now = Date.UTC(2026, 10, 27, 12)

const head = {
  id: '_4f1c0a7d9e',
  issuer: 'https://app.example/metadata',
  issuedAt: now,
  destination: 'https://login.example/saml/sso',
}

const nameId = build('saml:NameID', { Format: nameIdFormats.persistent }, ['erika'])

export const documents = {
  AuthnRequest: build(
    'samlp:AuthnRequest',
    { ...buildHead(head), AssertionConsumerServiceURL: 'https://app.example/acs' },
    [buildIssuer(head.issuer), build('samlp:NameIDPolicy', { AllowCreate: 'true' })],
  ),
  LogoutRequest: build('samlp:LogoutRequest', buildHead(head), [
    buildIssuer(head.issuer),
    nameId,
    build('samlp:SessionIndex', {}, ['_session']),
  ]),
  LogoutResponse: build('samlp:LogoutResponse', buildHead({ ...head, inResponseTo: '_asked' }), [
    buildIssuer(head.issuer),
    buildStatus({ code: 'Success' }),
  ]),
  Response: build('samlp:Response', buildHead({ ...head, inResponseTo: '_asked' }), [
    buildIssuer(head.issuer),
    buildStatus({ code: 'Success' }),
  ]),
  EntityDescriptor: build('md:EntityDescriptor', { ID: head.id, entityID: head.issuer }, [
    build(
      'md:SPSSODescriptor',
      { protocolSupportEnumeration: 'urn:oasis:names:tc:SAML:2.0:protocol' },
      [
        build('md:AssertionConsumerService', {
          Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
          Location: 'https://app.example/acs',
          index: '0',
        }),
      ],
    ),
  ]),
} as const satisfies Readonly<Record<string, XmlElement>>

export type DocumentKind = keyof typeof documents

/** For a response: an assertion, which still has to be signed. */
export const assertion = buildAssertion({
  id: '_assertion',
  issuer: head.issuer,
  issuedAt: now,
  notOnOrAfter: now + 300_000,
  subject: {
    nameId: { value: 'erika', format: nameIdFormats.persistent },
    recipient: 'https://app.example/acs',
    inResponseTo: '_asked',
  },
  audience: 'https://app.example/metadata',
  login: { at: now, sessionIndex: '_session', contextClass: 'urn:einlass:acr:number' },
  attributes: [{ name: 'mail', values: ['erika@example.org'] }],
})
