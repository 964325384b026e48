/** The assertion of SAML 2.0: says who has logged in, when and how, to one app (SAML core section 2, profiles section 4.1). */
import { build } from '../xml/build.ts'
import type { XmlElement } from '../xml/tree.ts'
import { buildNameId, type NameId } from './name-id.ts'
import { buildIssuer, writeTime } from './write.ts'

export interface Assertion {
  /** An `xs:ID`. */
  readonly id: string
  readonly issuer: string
  /** Milliseconds since the epoch, like all times here. */
  readonly issuedAt: number
  /** From then on nobody may accept the assertion. */
  readonly notOnOrAfter: number
  readonly subject: AssertionSubject
  /** The entity id of the app. */
  readonly audience: string
  readonly login: AssertedLogin
  readonly attributes: readonly AssertedAttribute[]
}

export interface AssertionSubject {
  readonly nameId: NameId
  /** The address to which it is delivered. */
  readonly recipient: string
  /** The request that it answers; absent: there was no request. */
  readonly inResponseTo?: string | undefined
}

export interface AssertedLogin {
  readonly at: number
  /** The session, as this app knows it. */
  readonly sessionIndex: string
  /** When the session ends at the latest. */
  readonly sessionNotOnOrAfter?: number
  /** A URI. */
  readonly contextClass: string
}

export interface AssertedAttribute {
  /** A URI, if the format is that of URIs; else any text. */
  readonly name: string
  readonly friendlyName?: string
  readonly values: readonly string[]
}

/** How far the clock of an app may be behind, in milliseconds. */
const skew = 180_000

export function buildAssertion(assertion: Assertion): XmlElement {
  const { id, issuer, issuedAt, notOnOrAfter, audience, attributes } = assertion
  return build('saml:Assertion', { ID: id, Version: '2.0', IssueInstant: writeTime(issuedAt) }, [
    buildIssuer(issuer),
    buildSubject(assertion),
    build(
      'saml:Conditions',
      { NotBefore: writeTime(issuedAt - skew), NotOnOrAfter: writeTime(notOnOrAfter) },
      [build('saml:AudienceRestriction', {}, [build('saml:Audience', {}, [audience])])],
    ),
    buildAuthnStatement(assertion.login),
    attributes.length === 0
      ? undefined
      : build('saml:AttributeStatement', {}, attributes.map(buildAttribute)),
  ])
}

function buildSubject({ subject, notOnOrAfter }: Assertion): XmlElement {
  const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
  const data = {
    InResponseTo: subject.inResponseTo,
    NotOnOrAfter: writeTime(notOnOrAfter),
    Recipient: subject.recipient,
  }
  return build('saml:Subject', {}, [
    buildNameId(subject.nameId),
    build('saml:SubjectConfirmation', { Method: bearer }, [
      build('saml:SubjectConfirmationData', data),
    ]),
  ])
}

function buildAuthnStatement(login: AssertedLogin): XmlElement {
  const { at, sessionIndex, sessionNotOnOrAfter, contextClass } = login
  const attributes = {
    AuthnInstant: writeTime(at),
    SessionIndex: sessionIndex,
    SessionNotOnOrAfter:
      sessionNotOnOrAfter === undefined ? undefined : writeTime(sessionNotOnOrAfter),
  }
  return build('saml:AuthnStatement', attributes, [
    build('saml:AuthnContext', {}, [build('saml:AuthnContextClassRef', {}, [contextClass])]),
  ])
}

function buildAttribute({ name, friendlyName, values }: AssertedAttribute): XmlElement {
  const isUri = /^(?:urn:|https?:)/.test(name)
  const format = `urn:oasis:names:tc:SAML:2.0:attrname-format:${isUri ? 'uri' : 'basic'}`
  const attributes = { Name: name, NameFormat: format, FriendlyName: friendlyName }
  const written = values.map((value) => build('saml:AttributeValue', {}, [value]))
  return build('saml:Attribute', attributes, written)
}
