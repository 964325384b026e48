/**
 * The metadata that an app may send when it registers itself (OpenID Connect Dynamic Client Registration 1.0 section 2, RFC
 * 7591 section 2), converted to settings of an app, and settings converted to the metadata of the answer. Unknown members are
 * ignored, as RFC 7591 requires; known ones that would weaken the app or are not available are refused.
 */
import { z } from 'zod'
import { appAddressSchema, isLoopbackHost } from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import type {
  RegistrationTerms,
  RegistrationToken,
} from '../../../identity/apps/registration-tokens.ts'
import type { RegistrationRequest } from '../../../identity/operations/registrations.ts'
import { personScopes } from './claims.ts'
import { findKeysProblem, mostRegisteredKeys } from './client-keys.ts'
import { assertionAudiences, httpsAddressSchema, signingAlgorithms } from './client-options.ts'
import { describePlace, nameSector } from './places.ts'
import { isPlainName } from './plain-name.ts'
import { type OidcAppSettings, oidcAppSettingsSchema, readSettings } from './settings.ts'
import { describeSignedRequests, requestAlgorithms } from './signed-requests.ts'

/** The terms of a registration token for its apps, in addition to their rule. */
export const registrationTermsSchema = z.strictObject({
  /** `optional`: for apps with a secret or a key that do not support PKCE. */
  pkce: z.enum(['required', 'optional']).optional(),
  /** For apps with a key, see `clientOptionsShape`. */
  assertionAudience: z.enum(assertionAudiences).optional(),
  /** Scopes that the apps may request; absent: all. */
  scopes: z.array(z.enum(personScopes)).optional(),
  /** Their `sector_identifier_uri` may be in `app_networks`; absent: only at a public address. */
  sectorInAppNetworks: z.literal(true).optional(),
})

/** The error codes of RFC 7591 section 3.2.2 that Einlass uses. */
export interface RegistrationProblem {
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  readonly description: string
}

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine(isPlainName, 'letters of one alphabet, digits 0 to 9, blanks and a few signs')

const authMethods = [
  ...(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const),
] as const
const uriSchema = z.string().max(2000)
const unsupported = z.never('not supported here').optional()

const metadataSchema = z.object({
  redirect_uris: z.array(uriSchema).min(1).max(20),
  client_name: nameSchema.optional(),
  application_type: z.enum(['web', 'native']).default('web'),
  response_types: z.array(z.literal('code')).length(1).default(['code']),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token']))
    .max(2)
    .refine((grants) => grants.includes('authorization_code'), 'with authorization_code')
    .default(['authorization_code']),
  token_endpoint_auth_method: z.enum(authMethods).default('client_secret_basic'),
  jwks: z.record(z.string(), z.unknown()).optional(),
  jwks_uri: appAddressSchema.optional(),
  id_token_signed_response_alg: z.enum(signingAlgorithms).default('RS256'),
  userinfo_signed_response_alg: z.enum(signingAlgorithms).optional(),
  subject_type: z.enum(['public', 'pairwise']).default('public'),
  sector_identifier_uri: httpsAddressSchema.optional(),
  scope: z.string().max(1000).optional(),
  post_logout_redirect_uris: z.array(uriSchema).max(20).default([]),
  backchannel_logout_uri: appAddressSchema.optional(),
  initiate_login_uri: httpsAddressSchema.optional(),
  contacts: z.array(z.string().max(200)).max(10).default([]),
  policy_uri: httpsAddressSchema.optional(),
  tos_uri: httpsAddressSchema.optional(),
  // Never loaded and never shown, but an invalid address is refused.
  logo_uri: appAddressSchema.optional(),
  client_uri: appAddressSchema.optional(),
  require_pushed_authorization_requests: z.boolean().default(false),
  dpop_bound_access_tokens: z.boolean().default(false),
  // Of an algorithm that is not supported, such as `none`, the app hears when it sends such a request.
  request_object_signing_alg: z.string().max(20).optional(),
  require_signed_request_object: z.boolean().default(false),
  // The app would get less than it requests.
  id_token_encrypted_response_alg: unsupported,
  userinfo_encrypted_response_alg: unsupported,
  tls_client_certificate_bound_access_tokens: z.literal(false).optional(),
  backchannel_user_code_parameter: z.literal(false).optional(),
})

type Metadata = z.output<typeof metadataSchema>

export interface MetadataOptions {
  readonly publicUrl: string
  readonly issuer: string
}

/** Reads what the app requests, within the terms of its token. */
export function readRegistration(
  { publicUrl, issuer }: MetadataOptions,
  body: unknown,
  token: Pick<RegistrationToken, 'terms'>,
): { readonly request: RegistrationRequest } | { readonly problem: RegistrationProblem } {
  const read = metadataSchema.safeParse(body)
  if (!read.success) return { problem: describeProblem(read.error, (name) => name) }
  const metadata = read.data
  const foreign = findForbiddenAddress(metadata, publicUrl)
  if (foreign !== undefined) return { problem: foreign }
  const conflict = findConflict(metadata)
  if (conflict !== undefined) return { problem: conflict }
  const settings = oidcAppSettingsSchema.safeParse(toSettings(metadata, token.terms, issuer))
  if (!settings.success) {
    const findName = (name: string) => metadataNames[name as keyof OidcAppSettings] ?? name
    return { problem: describeProblem(settings.error, findName) }
  }
  const { client_name: name, redirect_uris: addresses, contacts } = metadata
  const about = { contacts, policyUri: metadata.policy_uri, termsUri: metadata.tos_uri }
  return {
    request: {
      protocol: 'oidc',
      name: name ?? describePlace(addresses[0] ?? '').place,
      settings: settings.data,
      about,
    },
  }
}

/** A browser is sent only to the app: not to a page of ours, and not from an app on a server to the machine of its user. */
function findForbiddenAddress(
  metadata: Metadata,
  publicUrl: string,
): RegistrationProblem | undefined {
  const own = new URL(publicUrl)
  for (const name of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    const urls = metadata[name].map((address) => URL.parse(address))
    const isOwn = urls.some((url) => url !== null && isOfServer(url, own))
    const isOpen = urls.every((url) => url?.protocol === 'https:' && !isLoopbackHost(url))
    if (isOwn) return describeWrong(name, 'none of this server')
    if (metadata.application_type === 'web' && !isOpen) {
      return describeWrong(name, 'https and no loopback host, but for native apps')
    }
  }
  const ownLink = linkNames.find((name) =>
    isOfServer(new URL(metadata[name] ?? 'about:blank'), own),
  )
  return ownLink && describeWrong(ownLink, 'none of this server')
}

/** Links that people open. A link to this server would make a page of the app look like one of ours. */
const linkNames = ['initiate_login_uri', 'policy_uri', 'tos_uri'] as const

/** With another port, or with the dot of a full domain name, a host looks the same. On a loopback host, other programs run. */
function isOfServer(url: URL, own: URL): boolean {
  if (isLoopbackHost(own)) return url.origin === own.origin
  return url.hostname.replace(/\.+$/, '') === own.hostname.replace(/\.+$/, '')
}

function describeWrong(name: string, rule: string): RegistrationProblem {
  const error = name === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  return { error, description: `${name}: ${rule}` }
}

/** Finds members that cannot be combined. */
function findConflict(metadata: Metadata): RegistrationProblem | undefined {
  const { token_endpoint_auth_method: method, jwks, jwks_uri: jwksUri } = metadata
  if (jwks !== undefined && jwksUri !== undefined) {
    return describeWrong('jwks', 'not beside jwks_uri')
  }
  const { keys } = Object(jwks)
  const wrong = Array.isArray(keys) ? findKeysProblem(keys, mostRegisteredKeys) : undefined
  if (wrong !== undefined) return describeWrong('jwks', wrong)
  const hasKeys = jwks !== undefined || jwksUri !== undefined
  if (method === 'private_key_jwt' && !hasKeys) {
    return describeWrong('jwks', 'needed for private_key_jwt, or jwks_uri')
  }
  if (metadata.require_signed_request_object && method !== 'private_key_jwt') {
    return describeWrong('require_signed_request_object', 'with private_key_jwt')
  }
  const { subject_type: type, sector_identifier_uri: sector, redirect_uris: addresses } = metadata
  const sectors = new Set(addresses.filter((one) => URL.canParse(one)).map(nameSector))
  const needsSector = type === 'pairwise' && sector === undefined && sectors.size > 1
  if (!needsSector) return undefined
  return describeWrong('sector_identifier_uri', 'needed for addresses of several hosts or schemes')
}

/** The name in the request of each setting that the app decides. */
const metadataNames: Readonly<Partial<Record<keyof OidcAppSettings, string>>> = {
  redirectUris: 'redirect_uris',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  backchannelLogoutUri: 'backchannel_logout_uri',
  startUrl: 'initiate_login_uri',
  scopes: 'scope',
  tokenEndpointAuthMethod: 'token_endpoint_auth_method',
  jwksUri: 'jwks_uri',
  subjectType: 'subject_type',
  sectorIdentifierUri: 'sector_identifier_uri',
}

function toSettings(
  metadata: Metadata,
  terms: RegistrationTerms,
  issuer: string,
): z.input<typeof oidcAppSettingsSchema> {
  const read = registrationTermsSchema.parse(terms)
  const { pkce, assertionAudience, scopes: allowed = personScopes } = read
  const method = metadata.token_endpoint_auth_method
  const hasKeys = method === 'private_key_jwt'
  const { jwks, jwks_uri: jwksUri, scope, initiate_login_uri: initiateUri } = metadata
  const asked = scope?.split(' ')
  const isPkceFree = pkce === 'optional' && method !== 'none' && metadata.application_type === 'web'
  return {
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    backchannelLogoutUri: metadata.backchannel_logout_uri,
    ...(initiateUri !== undefined && { startUrl: withIssuer(initiateUri, issuer) }),
    scopes: allowed.filter((one) => asked?.includes(one) !== false),
    // A key replaces the secret, so the method follows from it.
    tokenEndpointAuthMethod: method === 'private_key_jwt' ? undefined : method,
    ...(hasKeys && jwks !== undefined && { jwks: JSON.stringify(jwks) }),
    ...(hasKeys && { jwksUri, assertionAudience }),
    applicationType: metadata.application_type,
    signingAlgorithm: metadata.id_token_signed_response_alg,
    signedUserinfo: metadata.userinfo_signed_response_alg,
    pkce: isPkceFree ? 'optional' : 'required',
    subjectType: metadata.subject_type,
    sectorIdentifierUri: metadata.sector_identifier_uri,
    ...(metadata.require_pushed_authorization_requests && { requirePar: true as const }),
    ...(metadata.dpop_bound_access_tokens && { requireDpop: true as const }),
    ...(metadata.require_signed_request_object && { signedRequests: true as const }),
    requestAlgorithm: hasKeys ? findRequestAlgorithm(metadata) : undefined,
  }
}

const findRequestAlgorithm = ({ request_object_signing_alg: asked }: Metadata) =>
  requestAlgorithms.find((one) => one === asked)

/** OpenID Connect Core 1.0 section 4: from `iss` the app knows which server to use. */
function withIssuer(address: string, issuer: string): string {
  const url = new URL(address)
  url.searchParams.set('iss', issuer)
  return url.href
}

/** Shows no value, because anybody may have written it. RFC 6749 section 5.2 has the characters. */
function describeProblem(
  { issues: [issue] }: z.ZodError,
  findName: (name: string) => string,
): RegistrationProblem {
  const [member = ''] = issue?.path ?? []
  const rule = (issue?.message ?? '').replaceAll('"', "'").replaceAll(notAllowed, '?')
  return describeWrong(findName(String(member)) || 'the request', rule)
}

const notAllowed = /[^\x20-\x5b\x5d-\x7e]/g

/** An app as its registration response describes it (RFC 7591 section 3.2.1), without what only the app and this server know. */
export function describeRegistration(app: App): Readonly<Record<string, unknown>> {
  const settings = readSettings(app)
  const { jwks, jwksUri, scopes = personScopes, startUrl } = settings
  const hasKeys = jwks !== undefined || jwksUri !== undefined
  const { contacts = [], policyUri, termsUri } = app.registration ?? {}
  return {
    client_id: app.id,
    client_name: app.name,
    application_type: settings.applicationType,
    redirect_uris: settings.redirectUris,
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: hasKeys ? 'private_key_jwt' : settings.tokenEndpointAuthMethod,
    ...(jwks !== undefined && { jwks: JSON.parse(jwks) }),
    ...(jwksUri !== undefined && { jwks_uri: jwksUri }),
    id_token_signed_response_alg: settings.signingAlgorithm,
    ...(settings.signedUserinfo && { userinfo_signed_response_alg: settings.signedUserinfo }),
    subject_type: settings.subjectType,
    ...(settings.sectorIdentifierUri && { sector_identifier_uri: settings.sectorIdentifierUri }),
    scope: ['openid', 'offline_access', ...scopes].join(' '),
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    ...(settings.backchannelLogoutUri && { backchannel_logout_uri: settings.backchannelLogoutUri }),
    ...(startUrl !== undefined && { initiate_login_uri: withoutIssuer(startUrl) }),
    ...(contacts.length > 0 && { contacts }),
    ...(policyUri !== undefined && { policy_uri: policyUri }),
    ...(termsUri !== undefined && { tos_uri: termsUri }),
    ...(settings.requirePar && { require_pushed_authorization_requests: true }),
    ...(settings.requireDpop && { dpop_bound_access_tokens: true }),
    ...describeSignedRequests(settings),
  }
}

function withoutIssuer(address: string): string {
  const url = new URL(address)
  url.searchParams.delete('iss')
  return url.href
}
