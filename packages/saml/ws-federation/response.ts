/** The answer of a token service to a browser (`wresult`): WS-Trust of February 2005, as AD FS writes it. */
import { writeTime } from '../messages/write.ts'
import type { SigningKey } from '../signature/sign.ts'
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { buildSignedToken, type TokenInput } from './assertion.ts'

/** `RequestSecurityTokenResponse` with a signed token of SAML 1.1. */
export function writeTokenResponse(token: TokenInput, key: SigningKey): string {
  const root = build('t:RequestSecurityTokenResponse', {}, [
    build('t:Lifetime', {}, [
      build('wsu:Created', {}, [writeTime(token.issuedAt)]),
      build('wsu:Expires', {}, [writeTime(token.notOnOrAfter)]),
    ]),
    build('wsp:AppliesTo', {}, [
      build('wsa:EndpointReference', {}, [build('wsa:Address', {}, [token.audience])]),
    ]),
    build('t:RequestedSecurityToken', {}, [buildSignedToken(token, key)]),
    build('t:TokenType', {}, ['urn:oasis:names:tc:SAML:1.0:assertion']),
    build('t:RequestType', {}, ['http://schemas.xmlsoap.org/ws/2005/02/trust/Issue']),
    build('t:KeyType', {}, ['http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey']),
  ])
  return canonicalize(root)
}
