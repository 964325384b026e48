/**
 * The claims that an app gets about a person: the claims of OpenID Connect Core 1.0 section 5.1 by scope, from the sources in
 * the app's settings or in the standard mapping. Owns scopes, claims and their JSON types. The ID token and the userinfo
 * endpoint contain the same claims.
 */
import type { AccountClaims } from 'oidc-provider'
import { z } from 'zod'
import {
  type FindVerifiedContacts,
  isVerifiedAddress,
} from '../../../identity/provisioning/verified-contacts.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import {
  createReleaseSchema,
  isListSource,
  type Person,
  type Release,
  type ReleaseValues,
  type Source,
} from '../release.ts'

/** The claims of each scope. `groups` is not standard, but most products request it. */
export const scopeClaims = {
  profile: [
    'name',
    'preferred_username',
    'given_name',
    'middle_name',
    'family_name',
    'nickname',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  groups: ['groups'],
} as const

/** All scopes that the library knows; others are names of APIs. */
export const oidcScopes = ['openid', 'offline_access', ...Object.keys(scopeClaims)]

export function isOidcScope(scope: string): boolean {
  return oidcScopes.includes(scope)
}

export const personScopes = Object.keys(scopeClaims) as (keyof typeof scopeClaims)[]

/** For the library's configuration. */
export function listScopeClaims(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(scopeClaims).map(([scope, claims]) => [scope, [...claims]]),
  )
}

const standard: Release = {
  name: 'displayName',
  preferred_username: 'username',
  given_name: 'attribute:givenName',
  middle_name: 'attribute:middleName',
  family_name: 'attribute:familyName',
  nickname: 'attribute:nickname',
  profile: 'attribute:profile',
  picture: 'attribute:picture',
  website: 'attribute:website',
  gender: 'attribute:gender',
  birthdate: 'attribute:birthdate',
  zoneinfo: 'attribute:zoneinfo',
  locale: 'attribute:locale',
  email: 'email',
  phone_number: 'attribute:phone',
  groups: 'groups',
}

/** Members of the claim `address` (section 5.1.1). */
const addressParts: Release = {
  street_address: 'attribute:street',
  locality: 'attribute:locality',
  region: 'attribute:region',
  postal_code: 'attribute:postalCode',
  country: 'attribute:country',
}

/** Claims about the token or the login. No setting may change them. */
const reserved = [
  'iss sub aud exp nbf iat jti nonce acr amr azp auth_time at_hash c_hash s_hash sid events',
  'email_verified phone_number_verified address scope client_id cnf act may_act token_type',
  '_claim_names _claim_sources',
].flatMap((names) => names.split(' '))

/** The allowed names of claims, in words. */
export const claimNameRule = 'a name of up to 200 printable characters that no token has of its own'

const claimNameSchema = z
  .string()
  .regex(/^[A-Za-z][\x21-\x7e]{0,199}$/, claimNameRule)
  .refine((name) => !reserved.includes(name) && !(name in Object.prototype), claimNameRule)

/** The setting of an app that changes the sources of claims and adds its own claims, which it gets with every scope. */
export const claimsSchema = createReleaseSchema(claimNameSchema)

/** The member with the app's own claims, which belong to no scope: the app gets them with every login. */
export const ownClaims: unique symbol = Symbol('claims of the app')

export type PersonClaims = AccountClaims & {
  readonly [ownClaims]: Readonly<Record<string, unknown>>
}

const ofScopes = new Set<string>(Object.values(scopeClaims).flat())

export interface ClaimsSource {
  readonly queries: Queries
  readonly releaseValues: ReleaseValues
  readonly findVerifiedContacts: FindVerifiedContacts
}

export interface ClaimsRequest {
  /** The granted scopes, separated by spaces. */
  readonly scope: string
  /** The names from the claims parameter (section 5.5). */
  readonly requested: readonly string[]
  /** The app's setting. */
  readonly mapping: Release
}

/** The claims that the app may get for this request. */
export async function readClaims(
  source: ClaimsSource,
  user: Person,
  request: ClaimsRequest,
): Promise<PersonClaims> {
  const release = findSources(request)
  const values = await source.releaseValues(source.queries, user, release)
  const claims: Record<string, unknown> = {}
  const own: Record<string, unknown> = {}
  for (const [name, found] of values) {
    const from = release[name]
    if (from === undefined || name.startsWith(addressPrefix)) continue
    const into = ofScopes.has(name) ? claims : own
    into[name] = found.length === 1 && !isListSource(from) ? found[0] : found
  }
  const address = firstAddressPart in release ? readAddress(values) : undefined
  return {
    sub: user.id,
    ...claims,
    ...(await describeContacts(source, user, { claims, release })),
    ...(address !== undefined && { address }),
    [ownClaims]: own,
  }
}

interface Learned {
  readonly claims: Readonly<Record<string, unknown>>
  readonly release: Release
}

/** Sources of phone numbers that a directory or a system can verify. */
const phoneSources: readonly (Source | undefined)[] = ['attribute:phone', 'attribute:mobile']

/** If an app's setting takes a claim from another source, it is verified only if everything is. */
async function describeContacts(
  { queries, findVerifiedContacts }: ClaimsSource,
  user: Person,
  { claims, release }: Learned,
): Promise<Readonly<Record<string, boolean>>> {
  const [hasEmail, hasPhone] = ['email' in claims, 'phone_number' in claims]
  if (!hasEmail && !hasPhone) return {}
  const contacts = await findVerifiedContacts(queries, user)
  const isAll = contacts.mailDomains === 'all'
  const isOwnAddress = claims.email === user.email && user.email !== null
  const isNumber = phoneSources.includes(release.phone_number)
  return {
    ...(hasEmail && {
      email_verified: isAll || (isOwnAddress && isVerifiedAddress(contacts, user.email)),
    }),
    ...(hasPhone && { phone_number_verified: isAll || (isNumber && contacts.phoneNumbers) }),
  }
}

/** No claim has a space in its name. */
const addressPrefix = 'address '
/** If the address is requested, so are all its parts. */
const firstAddressPart = `${addressPrefix}street_address`

/** The chosen sources of each setting, by scopes: most requests of an app have the same scopes. */
const chosen = new WeakMap<Release, Map<string, Release>>()
const mostChosen = 100

function findSources(request: ClaimsRequest): Release {
  const { scope, requested, mapping } = request
  if (requested.length > 0) return chooseSources(request)
  const known = chosen.get(mapping) ?? new Map<string, Release>()
  const release = known.get(scope) ?? chooseSources(request)
  // Any client can choose the order of scopes and repeat them.
  if (known.size < mostChosen) chosen.set(mapping, known.set(scope, release))
  return release
}

/** Selects only requested sources. */
function chooseSources({ scope, requested, mapping }: ClaimsRequest): Release {
  const scopes = scope.split(' ')
  const wanted = new Set<string>(requested)
  for (const [name, claims] of Object.entries(scopeClaims)) {
    if (scopes.includes(name)) for (const claim of claims) wanted.add(claim)
  }
  if (wanted.has('email_verified')) wanted.add('email')
  if (wanted.has('phone_number_verified')) wanted.add('phone_number')
  const sources = Object.entries({ ...standard, ...mapping }).filter(
    ([name]) => wanted.has(name) || !ofScopes.has(name),
  )
  const address = Object.entries(addressParts).map(([name, source]) => [
    `${addressPrefix}${name}`,
    source,
  ])
  return Object.fromEntries(wanted.has('address') ? [...sources, ...address] : sources)
}

function readAddress(
  values: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, string>> | undefined {
  const read = (name: string) => values.get(`${addressPrefix}${name}`)?.[0]
  const parts = Object.keys(addressParts).flatMap((name) => {
    const value = read(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  if (parts.length === 0) return undefined
  const line = (...names: string[]) => names.flatMap((name) => read(name) ?? []).join(' ')
  const lines = [
    line('street_address'),
    line('postal_code', 'locality'),
    line('region'),
    line('country'),
  ]
  return { formatted: lines.filter((text) => text !== '').join('\n'), ...Object.fromEntries(parts) }
}
