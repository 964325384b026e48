/** The assertion of SAML 1.1, which Exchange, SharePoint and other parties of WS-Federation expect from AD FS. */
import { writeTime } from '../messages/write.ts'
import { type SigningKey, signElement } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import type { XmlElement } from '../xml/tree.ts'

export interface Claim {
  /** A URI such as `http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn`. */
  readonly type: string
  /** At least one. */
  readonly values: readonly string[]
}

export interface TokenInput {
  /** An `xs:ID`. */
  readonly id: string
  readonly issuer: string
  /** The realm of the app. */
  readonly audience: string
  /** Milliseconds since the epoch, like all times here. */
  readonly issuedAt: number
  readonly notOnOrAfter: number
  readonly claims: readonly Claim[]
  readonly login: { readonly at: number; readonly method: string }
}

/** Signed, with the signature as its last child. */
export function buildSignedToken(token: TokenInput, key: SigningKey): XmlElement {
  const attributes = {
    MajorVersion: '1',
    MinorVersion: '1',
    AssertionID: token.id,
    Issuer: token.issuer,
    IssueInstant: writeTime(token.issuedAt),
  }
  const conditions = {
    NotBefore: writeTime(token.issuedAt),
    NotOnOrAfter: writeTime(token.notOnOrAfter),
  }
  const assertion = build('saml1:Assertion', attributes, [
    build('saml1:Conditions', conditions, [
      build('saml1:AudienceRestrictionCondition', {}, [
        build('saml1:Audience', {}, [token.audience]),
      ]),
    ]),
    token.claims.length === 0
      ? undefined
      : build('saml1:AttributeStatement', {}, [
          buildSubject(),
          ...token.claims.map(buildAttribute),
        ]),
    build(
      'saml1:AuthenticationStatement',
      {
        AuthenticationMethod: token.login.method,
        AuthenticationInstant: writeTime(token.login.at),
      },
      [buildSubject()],
    ),
  ])
  return signElement(assertion, key)
}

/** The bearer of the token is its subject. */
function buildSubject(): XmlElement {
  return build('saml1:Subject', {}, [
    build('saml1:SubjectConfirmation', {}, [
      build('saml1:ConfirmationMethod', {}, ['urn:oasis:names:tc:SAML:1.0:cm:bearer']),
    ]),
  ])
}

/** Splits the type of a claim at its last slash; readers join the parts again. */
function buildAttribute({ type, values }: Claim): XmlElement {
  const at = type.lastIndexOf('/')
  const attributes = {
    AttributeName: type.slice(at + 1),
    AttributeNamespace: type.slice(0, Math.max(at, 0)),
  }
  const written = values.map((value) => build('saml1:AttributeValue', {}, [value]))
  return build('saml1:Attribute', attributes, written)
}
