/**
 * The `claims` parameter of an authorization request (OpenID Connect Core 1.0 section 5.5), as far as it says something of the
 * login: which levels, and which person. What else it asks for is read by the library.
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
  /** One of them has to be reached, or the app gets an error. */
  readonly isEssential: boolean
  /** The person that it has to be. */
  readonly subject?: string
}

/** The library has refused what is no JSON; what it lets through and nobody can read asks for nothing here. */
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

/** The names of all claims that a request asks for one by one. */
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
 * The level that the app reads. One that asks for a level as essential gets it in its own words (section 5.5.1.1), although
 * the login may have reached more. `undefined`: it was not reached.
 */
export function nameReachedLevel(
  reached: string,
  { acrValues = [], isEssential }: RequestedLogin,
): string | undefined {
  if (!isEssential || acrValues.includes(reached)) return reached
  return acrValues.find((asked) => isAtLeast(reached, asked))
}

/** Of the claims that a request names one by one, those that the scopes of the app could open. */
export function listAllowedClaims(
  requested: Iterable<string>,
  appScopes: readonly string[] | undefined,
): string[] {
  const closed = personScopes.filter((scope) => appScopes?.includes(scope) === false)
  const refused = new Set<string>(closed.flatMap((scope) => scopeClaims[scope]))
  return [...requested].filter((claim) => !refused.has(claim))
}
