/**
 * The `claims` parameter of an authorization request (OpenID Connect Core 1.0 section 5.5): the part about the login, which is
 * the levels and the person. The library reads the rest.
 */
import { z } from 'zod'
import { isAtLeast } from '../../../identity/policy/assurance.ts'
import { personScopes, scopeClaims } from './claims.ts'

const request = z
  .looseObject({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
  })
  .nullish()
const requestsSchema = z.object({
  id_token: z.looseObject({ acr: request, sub: request }).optional(),
  userinfo: z.looseObject({ acr: request, sub: request }).optional(),
})

export interface RequestedLogin {
  /** Acceptable levels; absent: the request names none. */
  readonly acrValues?: readonly string[]
  /** The login must achieve one of them, otherwise the app gets an error. */
  readonly isEssential: boolean
  /** The person who must log in. */
  readonly subject?: string
}

/** The library has refused anything that is not JSON; other invalid values request nothing here. */
export function readRequestedLogin(claims: unknown): RequestedLogin {
  const read = requestsSchema.safeParse(parse(claims)).data ?? {}
  const acr = read.id_token?.acr ?? read.userinfo?.acr
  const subject = read.id_token?.sub?.value ?? read.userinfo?.sub?.value
  const values = [...(acr?.values ?? []), acr?.value].filter((one) => typeof one === 'string')
  return {
    ...(values.length > 0 && { acrValues: values }),
    isEssential: values.length > 0 && acr?.essential === true,
    ...(typeof subject === 'string' && { subject }),
  }
}

/** The names of all claims that a request names individually. */
export function listRequestedClaims(claims: unknown): string[] {
  const { id_token: ofToken, userinfo } = Object(parse(claims))
  return [...Object.keys(Object(ofToken)), ...Object.keys(Object(userinfo))]
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The level that the app gets. If the app requests a level as essential, it gets that level (section 5.5.1.1), even if the
 * login achieved a higher one. `undefined`: the login did not achieve it.
 */
export function nameReachedLevel(
  reached: string,
  { acrValues = [], isEssential }: RequestedLogin,
): string | undefined {
  if (!isEssential || acrValues.includes(reached)) return reached
  return acrValues.find((asked) => isAtLeast(reached, asked))
}

/** Of the claims that a request names individually, those that the app's scopes allow. */
export function listAllowedClaims(
  requested: Iterable<string>,
  appScopes: readonly string[] | undefined,
): string[] {
  const closed = personScopes.filter((scope) => appScopes?.includes(scope) === false)
  const refused = new Set<string>(closed.flatMap((scope) => scopeClaims[scope]))
  return [...requested].filter((claim) => !refused.has(claim))
}
