/**
 * Which signed assertions prove an app (RFC 7523, OpenID Connect Core 1.0 section 9), beyond what the library checks: it takes
 * any audience that RFC 7523 allows. Owns the audience, the type and the times. Called after the signature was verified, so
 * only the app itself can cause these refusals.
 */
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { audienceProperty } from './client-options.ts'
import { checkAssertionAlgorithm } from './fapi2-rules.ts'
import { InvalidClientAuth } from './library.ts'

/** Seconds. A client assertion is stored this long, so that it is used only once. Some libraries issue theirs for an hour. */
const longestAssertion = 65 * 60
/** Seconds by which an app's clock may be ahead, as in FAPI 2.0 Security Profile section 5.3.2.1. */
const mostAhead = 60

interface Assertion {
  readonly aud?: unknown
  readonly exp?: unknown
  readonly iat?: unknown
}

/** Throws if an assertion with a valid signature is no proof. */
export function checkAssertion(
  { oidc }: KoaContextWithOIDC,
  { aud, exp, iat }: Assertion,
  { typ, alg }: { readonly typ?: unknown; readonly alg?: unknown },
  client: Client,
): void {
  const now = Date.now() / 1000
  if (!(Number(exp) - now <= longestAssertion)) {
    throw new InvalidClientAuth('a client_assertion ends within an hour')
  }
  if (iat !== undefined && !(Number(iat) <= now + mostAhead)) {
    throw new InvalidClientAuth('a client_assertion is issued in the future: look at the clocks')
  }
  if (!isAssertionType(typ)) throw new InvalidClientAuth('typ is of another kind of JWT')
  checkAssertionAlgorithm(client, alg)
  if (client[audienceProperty] === 'endpoint' || aud === oidc.issuer) return
  const error = new InvalidClientAuth(
    `aud of a client_assertion is ${oidc.issuer}, as one string; for an app that cannot: app change --assertion-audience endpoint`,
  )
  throw Object.assign(error, { refusal: 'assertion_audience' })
}

/** Another kind of JWT that the app signs with the same key must not prove it (RFC 8725 section 3.11). */
function isAssertionType(typ: unknown): boolean {
  if (typ === undefined) return true
  return /^(application\/)?(jwt|client-authentication\+jwt)$/i.test(String(typ))
}
