/**
 * What is left of scopes that were granted when the app may ask for fewer by now. Owns that a scope taken from an app opens
 * nothing any more, also by tokens that are out.
 */
import type { AdapterPayload } from 'oidc-provider'
import { personScopes } from './claims.ts'
import { listAllowedClaims } from './requested-claims.ts'

/** @param allowed what the app may ask for; absent: all. Scopes of APIs are not of these, apis.ts has them. */
export function narrowScope(scope: string, allowed: readonly string[] | undefined): string {
  if (allowed === undefined) return scope
  const known = narrowed.get(allowed) ?? new Map<string, string>()
  const found = known.get(scope) ?? narrow(scope, allowed)
  // A person chooses the order of scopes, and may write one twice.
  if (known.size < mostNarrowed) narrowed.set(allowed, known.set(scope, found))
  return found
}

/** By the setting of an app, which is the same object for as long as it has not changed: most tokens have the same scopes. */
const narrowed = new WeakMap<readonly string[], Map<string, string>>()
const mostNarrowed = 100

function narrow(scope: string, allowed: readonly string[]): string {
  const closed: readonly string[] = personScopes.filter((one) => !allowed.includes(one))
  const names = scope.split(' ')
  return names.some((one) => closed.includes(one))
    ? names.filter((one) => !closed.includes(one)).join(' ')
    : scope
}

/** Whether it has scopes that a person has granted to an app. */
function holdsScopes(
  payload: AdapterPayload,
): payload is AdapterPayload & { readonly clientId: string } {
  const isOfApp = typeof payload.clientId === 'string'
  return isOfApp && (typeof payload.scope === 'string' || payload.openid !== undefined)
}

/** What was stored of a grant, a token or something else, with what of it its app may still have. */
export async function readNarrowed(
  stored: string,
  findAllowed: (clientId: string) => Promise<readonly string[] | undefined>,
): Promise<AdapterPayload> {
  const payload: AdapterPayload = JSON.parse(stored)
  return holdsScopes(payload)
    ? narrowPayload(payload, await findAllowed(payload.clientId))
    : payload
}

/** A grant or a token with what its app may still have of it. */
function narrowPayload(
  payload: AdapterPayload,
  allowed: readonly string[] | undefined,
): AdapterPayload {
  if (allowed === undefined) return payload
  const { scope } = payload
  const openid: OpenidPart | undefined = payload.openid ?? undefined
  return {
    ...payload,
    ...(typeof scope === 'string' && { scope: narrowScope(scope, allowed) }),
    ...(openid && { openid: narrowGrant(openid, allowed) }),
  }
}

/** What a grant says of the person. */
interface OpenidPart {
  readonly scope?: string | undefined
  readonly claims?: string[] | undefined
}

function narrowGrant({ scope, claims, ...rest }: OpenidPart, allowed: readonly string[]) {
  return {
    ...rest,
    ...(scope !== undefined && { scope: narrowScope(scope, allowed) }),
    ...(claims !== undefined && { claims: listAllowedClaims(claims, allowed) }),
  }
}
