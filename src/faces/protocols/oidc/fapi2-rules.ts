/**
 * What an app with the profile `fapi2` may not do that other apps may: sign with RS256 or EdDSA, and sign a request without
 * `nbf`. The library and the other settings of such an app see to the rest, see fapi2.ts.
 */
import { decodeProtectedHeader } from 'jose'
import { fapiAlgorithms, profileMember } from './fapi2.ts'
import {
  type Client,
  InvalidClientAuth,
  InvalidDpopProof,
  type KoaContextWithOIDC,
} from './library.ts'

const isFapi = (client: Client | undefined) => client?.[profileMember] === 'fapi2'

const rule = 'an app with the profile fapi2 signs with ES256 or PS256'

/** The profile of the app of a request, in the library's terms. */
export const findLibraryProfile = (_ctx: unknown, client: Client | undefined) =>
  isFapi(client) ? '2.0' : undefined

/** Throws if the app must not authenticate with this algorithm. */
export function checkAssertionAlgorithm(client: Client, alg: unknown): void {
  if (isFapi(client) && !fapiAlgorithms.includes(alg)) throw new InvalidClientAuth(rule)
}

/** What is wrong with a signed request (FAPI 2.0 Message Signing section 5.3.1), beyond what is wrong of any app. */
export function findWrongRequest(
  client: Client,
  { claims, header }: { readonly claims: { nbf?: unknown }; readonly header: { alg?: unknown } },
): string | undefined {
  if (!isFapi(client)) return undefined
  if (!fapiAlgorithms.includes(header.alg)) return rule
  return claims.nbf === undefined ? 'a request object has an nbf' : undefined
}

/** Called before a DPoP proof is verified; throws if the app must not bind its tokens with this algorithm. */
export function checkProofAlgorithm(ctx: KoaContextWithOIDC): void {
  if (!isFapi(ctx.oidc?.client)) return
  if (!fapiAlgorithms.includes(readAlgorithm(ctx.get('dpop')))) throw new InvalidDpopProof(rule)
}

function readAlgorithm(proof: string): unknown {
  try {
    return decodeProtectedHeader(proof).alg
  } catch {
    return undefined
  }
}
