/**
 * Narrows granted scopes if the app may now request fewer. Owns that a scope removed from an app gives access to nothing, not
 * even with tokens that were issued before.
 */
import type { AdapterPayload } from 'oidc-provider'
import { personScopes } from './claims.ts'
import { listAllowedClaims } from './requested-claims.ts'

/** @param allowed the scopes that the app may request; absent: all. Scopes of APIs are not among them, see apis.ts. */
export function narrowScope(scope: string, allowed: readonly string[] | undefined): string {
  if (allowed === undefined) return scope
  const known = narrowed.get(allowed) ?? new Map<string, string>()
  const found = known.get(scope) ?? narrow(scope, allowed)
  // Any client can choose the order of scopes and repeat them.
  if (known.size < mostNarrowed) narrowed.set(allowed, known.set(scope, found))
  return found
}

/** By the setting of an app: it is the same object until the app changes. Most tokens have the same scopes. */
const narrowed = new WeakMap<readonly string[], Map<string, string>>()
const mostNarrowed = 100

function narrow(scope: string, allowed: readonly string[]): string {
  const closed: readonly string[] = personScopes.filter((one) => !allowed.includes(one))
  const names = scope.split(' ')
  return names.some((one) => closed.includes(one))
    ? names.filter((one) => !closed.includes(one)).join(' ')
    : scope
}

/** Whether it has scopes that a person granted to an app. */
function holdsScopes(
  payload: AdapterPayload,
): payload is AdapterPayload & { readonly clientId: string } {
  const isOfApp = typeof payload.clientId === 'string'
  return isOfApp && (typeof payload.scope === 'string' || payload.openid !== undefined)
}

/** The stored content of a grant, a token or another record, limited to what its app may still have. */
export async function readNarrowed(
  stored: string,
  findAllowed: (clientId: string) => Promise<readonly string[] | undefined>,
): Promise<AdapterPayload> {
  const payload: AdapterPayload = JSON.parse(stored)
  return holdsScopes(payload)
    ? narrowPayload(payload, await findAllowed(payload.clientId))
    : payload
}

/** A grant or a token, limited to what its app may still have. */
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

/** The part of a grant about the person. */
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
