/**
 * The options of an app beyond a code flow with a secret: keys or certificates in place of the secret, further grants, tokens
 * for APIs, and stricter rules. Owns these settings, which combinations are allowed, and the metadata that the library reads
 * (OpenID Connect Dynamic Client Registration 1.0 section 2, RFC 7591, RFC 8705, RFC 9126, RFC 9449).
 */
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import { addressRule } from '../fields.ts'
import type { SettingField } from '../protocol.ts'
import { findKeysProblem, keySizeRule, mostKeys } from './client-keys.ts'
import { nameSector } from './places.ts'
import { describeSignedRequests, type SignedRequests } from './signed-requests.ts'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
/** OpenID Connect Client-Initiated Backchannel Authentication Core 1.0 section 10.1. */
export const cibaGrant = 'urn:openid:params:grant-type:ciba'

/** The grants in addition to the code flow, by the names that an administrator types. */
const grantTypes = {
  client_credentials: 'client_credentials',
  device_code: deviceGrant,
} as const

export type FurtherGrant = keyof typeof grantTypes

const grantNames = Object.keys(grantTypes) as [FurtherGrant, ...FurtherGrant[]]

export const signingAlgorithms = ['RS256', 'ES256'] as const

const resourceRule =
  'URI=SCOPES, where URI is an https address or a URN in ASCII, and SCOPES are names with commas between'
const scopesPattern = /^[A-Za-z0-9._:/-]{1,100}(,[A-Za-z0-9._:/-]{1,100}){0,49}$/
const thumbprintRule = 'the SHA-256 of the certificate: 64 hexadecimal digits, also with colons'

const jwksRule = `a JWK Set with public keys only, at most ${mostKeys}, ${keySizeRule}`

const jwksSchema = z.string().max(65_536).refine(isPublicKeySet, jwksRule)

function isPublicKeySet(text: string): boolean {
  try {
    const { keys } = JSON.parse(text)
    const isPublic = (key: object) => 'kty' in key && key.kty !== 'oct' && !('d' in key)
    return (
      Array.isArray(keys) &&
      keys.length > 0 &&
      findKeysProblem(keys, mostKeys) === undefined &&
      keys.every((key) => Object(key) === key && isPublic(key))
    )
  } catch {
    return false
  }
}

export const httpsAddressSchema = appAddressSchema.refine(
  (text) => text.startsWith('https:'),
  'an https address',
)

/**
 * `issuer`: one string, the issuer (RFC 7523bis; FAPI 2.0 Security Profile section 5.3.2.1). `endpoint`: also a list, the token
 * endpoint or the endpoint that is called, as in RFC 7523 section 3.
 */
export const assertionAudiences = ['issuer', 'endpoint'] as const

export const clientOptionsShape = {
  /** Public keys with which the app authenticates (`private_key_jwt`), in place of a secret. */
  jwks: jwksSchema.optional(),
  jwksUri: appAddressSchema.optional(),
  /** Whom its assertions name as their audience; absent: the issuer. */
  assertionAudience: z.enum(assertionAudiences).optional(),
  /** A certificate with which the app authenticates (`tls_client_auth`), in place of a secret. One of these three. */
  certificateSubject: z.string().min(1).max(1000).optional(),
  certificateHost: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}$/)
    .optional(),
  certificateThumbprint: z
    .string()
    .transform((text) => text.replaceAll(':', '').toLowerCase())
    .pipe(z.string().regex(/^[0-9a-f]{64}$/))
    .optional(),
  grants: z.array(z.enum(grantNames)).max(grantNames.length).optional(),
  /** The app may ask the phones of people who are not in a browser (CIBA, poll mode). */
  ciba: z.literal(true).optional(),
  /** APIs by their URIs, each with its scopes. */
  resources: z
    .record(
      z.string().regex(/^(https?:\/\/|urn:)[\x21-\x7e]{1,500}$/),
      z.string().regex(scopesPattern),
    )
    .optional(),
  /** Access tokens are for the first API if a request names none. */
  jwtAccessTokens: z.literal(true).optional(),
  requirePar: z.literal(true).optional(),
  requireDpop: z.literal(true).optional(),
  certificateBoundTokens: z.literal(true).optional(),
  signedUserinfo: z.enum(signingAlgorithms).optional(),
  /** The app may introspect tokens of other apps: it is an API. */
  introspects: z.literal(true).optional(),
  /** `pairwise`: the app identifies each person by an id that no other app has. */
  subjectType: z.enum(['public', 'pairwise']).default('public'),
  /** Apps that name the same host here get the same id for a person, wherever they are. */
  sectorIdentifierUri: httpsAddressSchema.optional(),
} as const

export type ClientOptions = z.output<z.ZodObject<typeof clientOptionsShape>>

const keysRule =
  'either keys or a certificate, and of either kind one. Both with --signed-requests or --request-algorithm'

export const clientOptionsFields: { readonly [Name in keyof ClientOptions]-?: SettingField } = {
  jwks: {
    kind: 'text',
    option: 'jwks',
    value: 'JSON',
    help: 'Public keys with which it authenticates, in place of a secret (private_key_jwt)',
    allowed: jwksRule,
  },
  jwksUri: {
    kind: 'text',
    option: 'jwks-uri',
    value: 'URL',
    help: 'Where these keys are published',
    allowed: addressRule,
  },
  assertionAudience: {
    kind: 'text',
    option: 'assertion-audience',
    value: 'WHOM',
    help: 'What it signs with these keys names as aud: issuer, or endpoint for an app that sends the address of an endpoint or a list; else issuer',
    allowed: assertionAudiences.join(', '),
  },
  certificateSubject: {
    kind: 'text',
    option: 'certificate-subject',
    value: 'DN',
    help: 'Subject of the certificate with which it authenticates, in place of a secret (mTLS)',
    allowed: 'a distinguished name such as CN=app,O=Example',
  },
  certificateHost: {
    kind: 'text',
    option: 'certificate-host',
    value: 'HOST',
    help: 'DNS name in that certificate, in place of its subject',
    allowed: 'a host name',
  },
  certificateThumbprint: {
    kind: 'text',
    option: 'certificate-thumbprint',
    value: 'SHA256',
    help: 'Exactly this certificate, from any issuer',
    allowed: thumbprintRule,
  },
  grants: {
    kind: 'texts',
    option: 'grant',
    value: 'GRANT',
    help: `Besides the code flow: ${grantNames.join(', ')}`,
    allowed: `each once: ${grantNames.join(', ')}`,
  },
  ciba: {
    kind: 'switch',
    option: 'ciba',
    help: 'It may ask a person to approve on the phone, without a browser (CIBA, poll mode)',
  },
  resources: {
    kind: 'pairs',
    option: 'resource',
    value: 'URI=SCOPES',
    help: 'An API for which it gets access tokens as JWTs (RFC 9068), and the scopes there',
    allowed: resourceRule,
  },
  jwtAccessTokens: {
    kind: 'switch',
    option: 'jwt-access-tokens',
    help: 'Access tokens are for the first --resource if a request names none',
  },
  requirePar: {
    kind: 'switch',
    option: 'require-par',
    help: 'Authorization requests must be pushed (RFC 9126)',
  },
  requireDpop: {
    kind: 'switch',
    option: 'require-dpop',
    help: 'Tokens are bound to a key of the app (RFC 9449)',
  },
  certificateBoundTokens: {
    kind: 'switch',
    option: 'certificate-bound-tokens',
    help: 'Tokens are bound to the certificate of the app (RFC 8705)',
  },
  signedUserinfo: {
    kind: 'text',
    option: 'signed-userinfo',
    value: 'ALG',
    help: `Sign the answer of the userinfo endpoint: ${signingAlgorithms.join(' or ')}`,
    allowed: signingAlgorithms.join(', '),
  },
  introspects: {
    kind: 'switch',
    option: 'introspects',
    help: 'It is an API and may ask about tokens of other apps (RFC 7662)',
  },
  subjectType: {
    kind: 'flag',
    option: 'pairwise',
    help: 'It knows each person by an id that no other app has. Turned on or off later, it takes everybody for somebody new',
    on: 'pairwise',
    off: 'public',
  },
  sectorIdentifierUri: {
    kind: 'text',
    option: 'sector-identifier-uri',
    value: 'URL',
    help: 'With --pairwise: apps with this host know a person by the same id. The address is not fetched',
    allowed: 'an https address',
  },
}

interface Combined extends ClientOptions, SignedRequests {
  readonly redirectUris: readonly string[]
  readonly tokenEndpointAuthMethod: string
}

/** Reports settings that cannot be combined. */
export function checkClientOptions(settings: Combined, context: z.core.$RefinementCtx): void {
  for (const [path, message] of listConflicts(settings)) {
    context.addIssue({ code: 'custom', path: [path], message, input: settings })
  }
}

type Conflict = readonly [keyof Combined, string]

function* listConflicts(settings: Combined): Generator<Conflict> {
  const { grants = [], redirectUris, resources } = settings
  if (redirectUris.length === 0 && grants.length === 0 && !settings.ciba) {
    yield ['redirectUris', 'at least one address, or an app with --ciba or a --grant of its own']
  }
  yield* listProofConflicts(settings)
  const [first] = listProofs(settings)
  if (settings.assertionAudience === 'endpoint' && first !== 'jwks' && first !== 'jwksUri') {
    yield ['assertionAudience', 'endpoint only with --jwks or --jwks-uri']
  }
  if (settings.jwtAccessTokens && resources === undefined) {
    yield ['resources', 'at least one API with --jwt-access-tokens']
  }
  if (settings.tokenEndpointAuthMethod === 'none') yield* listPublicConflicts(settings)
  if (settings.subjectType === 'pairwise') yield* listPairwiseConflicts(settings)
}

/** An app with both authenticates with the certificate, and signs its requests with the keys. */
function* listProofConflicts(settings: Combined): Generator<Conflict> {
  const { signedRequests, requestAlgorithm } = settings
  const keys = keyNames.filter((name) => settings[name] !== undefined)
  const certificates = listCertificates(settings)
  const signs = signedRequests === true || requestAlgorithm !== undefined
  if (signs && keys.length === 0) {
    const setting = signedRequests ? 'signedRequests' : 'requestAlgorithm'
    yield [setting, 'for an app with --jwks or --jwks-uri, the keys with which it signs']
  }
  const beside = keys.length > 0 && !signs ? certificates[0] : undefined
  const second = keys[1] ?? certificates[1] ?? beside
  if (second !== undefined) yield [second, keysRule]
}

/** An app that cannot authenticate. */
function* listPublicConflicts(settings: Combined): Generator<Conflict> {
  const { grants = [] } = settings
  const [proof] = listProofs(settings)
  if (proof !== undefined) yield [proof, 'none for a public app']
  if (grants.some((grant) => grant !== 'device_code')) {
    yield ['grants', 'only device_code for a public app']
  }
  if (settings.introspects) {
    yield ['introspects', 'not with --public: the app has to prove who it is']
  }
  if (settings.ciba) yield ['ciba', 'not with --public: the app has to prove who it is']
}

/** OpenID Connect Core 1.0 section 8.1: otherwise it is unknown which owner the id is for. */
function* listPairwiseConflicts(settings: Combined): Generator<Conflict> {
  const { grants = [], redirectUris, jwksUri, sectorIdentifierUri, ciba } = settings
  if (ciba) yield ['ciba', 'not with --pairwise']
  if (sectorIdentifierUri !== undefined) return
  const sectors = new Set(redirectUris.map(nameSector))
  if (sectors.size > 1) {
    yield ['redirectUris', 'addresses of one host with --pairwise, or a --sector-identifier-uri']
  }
  if (jwksUri === undefined && grants.some((grant) => grant !== 'client_credentials')) {
    yield ['grants', 'no device_code with --pairwise and without --jwks-uri']
  }
}

const keyNames = ['jwks', 'jwksUri'] as const
const certificateNames = ['certificateSubject', 'certificateHost', 'certificateThumbprint'] as const

function listProofs(settings: ClientOptions) {
  return [...keyNames, ...certificateNames].filter((name) => settings[name] !== undefined)
}

function listCertificates(settings: ClientOptions) {
  return certificateNames.filter((name) => settings[name] !== undefined)
}

/** Whether the app authenticates with a key or a certificate, and not with a secret. */
export function hasOwnProof(settings: ClientOptions): boolean {
  return listProofs(settings).length > 0
}

/** A member that the library does not know, stored with its metadata. */
export const resourcesProperty = 'einlass_resources'
export const jwtProperty = 'einlass_jwt_access_tokens'
export const introspectsProperty = 'einlass_introspects'
export const audienceProperty = 'einlass_assertion_audience'
export const clientProperties = [
  ...[resourcesProperty, jwtProperty, introspectsProperty],
  audienceProperty,
]

/** The prefix of a subject that means one certificate. No distinguished name begins like this. */
export const thumbprintPrefix = 'x5t#S256:'

/** The library's metadata for these settings. */
export function describeClientOptions(
  settings: ClientOptions & SignedRequests & { readonly redirectUris: readonly string[] },
): Partial<ClientMetadata> {
  const { grants = [], redirectUris, signedUserinfo, subjectType, ciba = false } = settings
  const hasCodeFlow = redirectUris.length > 0
  const hasPerson = hasCodeFlow || ciba || grants.some((grant) => grant !== 'client_credentials')
  return {
    grant_types: [
      ...(hasCodeFlow ? ['authorization_code'] : []),
      ...(hasPerson ? ['refresh_token'] : []),
      ...grants.map((grant) => grantTypes[grant]),
      ...(ciba ? [cibaGrant] : []),
    ],
    ...(ciba && { backchannel_token_delivery_mode: 'poll' as const }),
    response_types: hasCodeFlow ? ['code'] : [],
    subject_type: subjectType,
    ...(settings.sectorIdentifierUri !== undefined && {
      sector_identifier_uri: settings.sectorIdentifierUri,
    }),
    ...describeProof(settings),
    ...describeSignedRequests(settings),
    ...(signedUserinfo !== undefined && { userinfo_signed_response_alg: signedUserinfo }),
    ...(settings.requirePar && { require_pushed_authorization_requests: true }),
    ...(settings.requireDpop && { dpop_bound_access_tokens: true }),
    ...(settings.certificateBoundTokens && { tls_client_certificate_bound_access_tokens: true }),
    ...(settings.resources !== undefined && { [resourcesProperty]: settings.resources }),
    ...(settings.jwtAccessTokens && { [jwtProperty]: true }),
    ...(settings.introspects && { [introspectsProperty]: true }),
    ...(settings.assertionAudience && { [audienceProperty]: settings.assertionAudience }),
  }
}

function describeProof(settings: ClientOptions): Partial<ClientMetadata> {
  const { jwks, jwksUri } = settings
  const keys = {
    ...(jwks !== undefined && { jwks: JSON.parse(jwks) }),
    ...(jwksUri !== undefined && { jwks_uri: jwksUri }),
  }
  if (listCertificates(settings).length > 0) return { ...keys, ...describeCertificate(settings) }
  if (Object.keys(keys).length === 0) return {}
  return { ...keys, token_endpoint_auth_method: 'private_key_jwt' }
}

function describeCertificate(settings: ClientOptions): Partial<ClientMetadata> {
  const { certificateSubject, certificateHost, certificateThumbprint } = settings
  const token_endpoint_auth_method = 'tls_client_auth'
  if (certificateHost !== undefined) {
    return { token_endpoint_auth_method, tls_client_auth_san_dns: certificateHost }
  }
  const subject =
    certificateThumbprint === undefined
      ? certificateSubject
      : `${thumbprintPrefix}${certificateThumbprint}`
  return {
    token_endpoint_auth_method,
    ...(subject !== undefined && { tls_client_auth_subject_dn: subject }),
  }
}
