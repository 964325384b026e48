/**
 * The features of oidc-provider that Einlass uses: code flow with PKCE, RS256 or ES256, no pages of the library, and no
 * registration by the library. Every choice is written down here, because the library's defaults allow more.
 */
import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type {
  Adapter,
  Client,
  ClientMetadata,
  Configuration,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { App } from '../../../identity/apps/apps.ts'
import { acrLevels } from '../../../identity/policy/assurance.ts'
import type { Config } from '../../../platform/config/schema.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import type { SigningKey } from '../signing-keys.ts'
import { mappingProperty } from './account.ts'
import { createApiFeature, createMayIntrospect } from './apis.ts'
import { readCibaLifetime } from './ciba.ts'
import { listScopeClaims, oidcScopes } from './claims.ts'
import { checkAssertion } from './client-assertions.ts'
import { matchesCertificate } from './client-certificates.ts'
import { clientProperties, describeClientOptions } from './client-options.ts'
import { allowsOrigin, originsMember } from './cors.ts'
import type { Entry } from './entry.ts'
import { profileMember } from './fapi2.ts'
import { checkProofAlgorithm, findLibraryProfile } from './fapi2-rules.ts'
import { earlierSecretMember, pkceMember, plainErrorsMember, registeredMember } from './members.ts'
import { interactionPath } from './paths.ts'
import { isRotated, type MayUseToken } from './refresh.ts'
import type { RequestObjectChecks } from './request-objects.ts'
import { readSettings } from './settings.ts'
import { requestAlgorithms } from './signed-requests.ts'
import type { ComputeSubject } from './subjects.ts'
import { userCodeForm } from './user-codes.ts'

/** Milliseconds. */
export interface OidcLifetimes {
  /** Of an access token and an ID token. */
  readonly accessToken: number
  /** The maximum duration of a login. */
  readonly session: number
}

export function readLifetimes({
  oidc,
  sessions,
}: Pick<Config, 'oidc' | 'sessions'>): OidcLifetimes {
  return { accessToken: oidc.access_token_lifetime, session: sessions.absolute }
}

const refreshLifetime = hours(8)
const codeLifetime = 60
/** Long enough to find a phone; anybody can begin an interaction. */
const interactionLifetime = minutes(30)
/** For a request that a person answers elsewhere: RFC 8628 sets no value, NIST SP 800-63B-4 allows ten minutes. */
const waitingLifetime = minutes(10)
/** Seconds. The app redirects the browser at once. */
const pushedLifetime = 60

export interface ConfigurationOptions {
  readonly entry: Entry & {
    /** Called before a refresh token is used; throws the error for the app if the token must not be used. */
    checkRefresh(ctx: KoaContextWithOIDC): Promise<void>
    /** Whether the person of an access token may still enter the app. */
    readonly mayUse: MayUseToken
    /** Requests of apps to people who are not in a browser. */
    readonly ciba: NonNullable<NonNullable<Configuration['features']>['ciba']>
    /** Called when an app has authenticated with a valid signature. */
    noteAssertion(ctx: KoaContextWithOIDC): void
    /** Checks a signed request before its signature. */
    checkRequestObject: RequestObjectChecks['check']
  }
  /** See `describeKeys`. */
  readonly keys: readonly JsonWebKey[]
  readonly cookies: {
    /** Newest first. */
    readonly keys: readonly string[]
    /** Whether browsers reach us by https. */
    readonly isSecure: boolean
  }
  readonly lifetimes: OidcLifetimes
  readonly people: {
    findAccount: NonNullable<Configuration['findAccount']>
    readonly computeSubject: ComputeSubject
    /** The address that a request comes from, behind trusted proxies. */
    findClientAddress(request: IncomingMessage): string
    /** Absent: apps cannot authenticate with certificates here. */
    findCertificate?: ((request: IncomingMessage) => X509Certificate | undefined) | undefined
  }
  adapterFor(model: string): Adapter
  renderError: NonNullable<Configuration['renderError']>
  readonly logout: {
    /** Called when an app requests a logout and a person is logged in. */
    ask(ctx: KoaContextWithOIDC): Promise<void>
    /** Called when there is no return address after the logout. */
    done(ctx: KoaContextWithOIDC): Promise<void>
  }
}

export function createConfiguration(options: ConfigurationOptions): Configuration {
  const { entry, keys, people, adapterFor, renderError } = options
  return {
    adapter: adapterFor,
    jwks: { keys: [...keys] as never },
    findAccount: people.findAccount,
    renderError,
    interactions: {
      policy: entry.policy,
      url: (_ctx, interaction) => `${interactionPath}/${interaction.uid}`,
    },
    loadExistingGrant: (ctx) => entry.grantFor(ctx.oidc.provider, ctx),
    cookies: cookieSettings(options.cookies),
    ttl: lifetimeSettings(options.lifetimes),
    features: featureSettings(options),
    acrValues: [...acrLevels],
    scopes: oidcScopes,
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], ...listScopeClaims() },
    extraClientMetadata: {
      properties: [
        mappingProperty,
        pkceMember,
        plainErrorsMember,
        originsMember,
        earlierSecretMember,
        registeredMember,
        profileMember,
        ...clientProperties,
      ],
    },
    // Many apps read the ID token and never call the userinfo endpoint.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    // The address was checked when the app registered; for other apps, an administrator is responsible.
    sectorIdentifierUriValidate: () => false,
    pairwiseIdentifier: async (_ctx, userId, client) => people.computeSubject(userId, client),
    pkce: { required: (_ctx, client) => client[pkceMember] !== 'optional' },
    clientAuthMethods: [
      ...(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const),
      ...(people.findCertificate === undefined ? [] : ['tls_client_auth' as const]),
    ],
    enabledJWA: enabledAlgorithms,
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, header, client) => {
      entry.noteAssertion(ctx)
      checkAssertion(ctx, claims, header, client)
    },
    clientBasedCORS: (_ctx, origin, client) => allowsOrigin(client, origin),
    // The records decide when a login ends, see records.ts.
    expiresWithSession: () => false,
    rotateRefreshToken: async (ctx) => {
      await entry.checkRefresh(ctx)
      return isRotated(ctx)
    },
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  }
}

function cookieSettings({ isSecure: secure, keys }: ConfigurationOptions['cookies']) {
  const shared = { httpOnly: true, sameSite: 'lax', signed: true, secure } as const
  return {
    names: secure
      ? {
          session: '__Host-einlass-oidc',
          interaction: '__Secure-einlass-oidc-interaction',
          resume: '__Secure-einlass-oidc-resume',
        }
      : {
          session: 'einlass-oidc',
          interaction: 'einlass-oidc-interaction',
          resume: 'einlass-oidc-resume',
        },
    long: { ...shared, path: '/' },
    short: shared,
    keys: [...keys],
  }
}

function inSeconds(ms: number): number {
  return Math.max(1, Math.floor(ms / 1000))
}

/** Seconds. */
export function findRecordLifetimes({ accessToken, session }: OidcLifetimes) {
  return {
    code: codeLifetime,
    grant: inSeconds(session),
    accessToken: inSeconds(accessToken),
    refreshToken: inSeconds(Math.min(refreshLifetime, session)),
  }
}

function lifetimeSettings(lifetimes: OidcLifetimes): NonNullable<Configuration['ttl']> {
  const { grant, accessToken, refreshToken } = findRecordLifetimes(lifetimes)
  return {
    AuthorizationCode: codeLifetime,
    AccessToken: accessToken,
    ClientCredentials: accessToken,
    IdToken: accessToken,
    DeviceCode: inSeconds(waitingLifetime),
    BackchannelAuthenticationRequest: readCibaLifetime,
    PushedAuthorizationRequest: pushedLifetime,
    Interaction: inSeconds(interactionLifetime),
    Grant: grant,
    Session: grant,
    // Rotation does not extend the lifetime of the token family.
    RefreshToken: (ctx) => ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? refreshToken,
  }
}

const enabledAlgorithms: NonNullable<Configuration['enabledJWA']> = {
  idTokenSigningAlgValues: ['RS256', 'ES256'],
  userinfoSigningAlgValues: ['ES256', 'RS256'],
  // An unsigned request proves nothing, and the key of an HMAC would be the secret.
  requestObjectSigningAlgValues: requestAlgorithms,
  authorizationSigningAlgValues: ['RS256', 'ES256'],
  clientAuthSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA'],
  dPoPSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA'],
}

function featureSettings(options: ConfigurationOptions) {
  const { ask, done } = options.logout
  const { checkRequestObject } = options.entry
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    // A proof is valid once and for five minutes. So no nonce is necessary, and no app has to repeat a request.
    dPoP: { enabled: true, requireNonce: requireNoNonce, allowReplay: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkRequestObject },
    jwtResponseModes: { enabled: true },
    // A request names its redirect address, also if the app has only one.
    fapi: { enabled: true, profile: findLibraryProfile },
    clientCredentials: { enabled: true },
    deviceFlow: describeDeviceFlow(options.people),
    ciba: options.entry.ciba,
    mTLS: describeCertificates(options.people),
    introspection: { enabled: true, allowedPolicy: createMayIntrospect(options.entry.mayUse) },
    resourceIndicators: createApiFeature(),
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: true },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx: unknown, client: Client, token: { clientId?: string | undefined }) =>
        token.clientId === client.clientId,
    },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: ask,
      postLogoutSuccessSource: done,
    },
  }
}

/** The library asks this before it verifies a proof. */
function requireNoNonce(ctx: KoaContextWithOIDC): boolean {
  checkProofAlgorithm(ctx)
  return false
}

/** The keys in the form of the library, which publishes only their public parts. */
export function describeKeys(keys: readonly SigningKey[]): JsonWebKey[] {
  return keys.map(({ kid, algorithm: alg, privateKey }) => ({
    ...privateKey,
    kid,
    alg,
    use: 'sig',
  }))
}

/** The proxy has verified the certificate; otherwise it would not be in the request. */
function describeCertificates({ findCertificate }: ConfigurationOptions['people']) {
  if (findCertificate === undefined) return { enabled: false } as const
  return {
    enabled: true,
    tlsClientAuth: true,
    certificateBoundAccessTokens: true,
    getCertificate: ({ req }: KoaContextWithOIDC) => findCertificate(req)?.toString(),
    certificateAuthorized: ({ req }: KoaContextWithOIDC) => findCertificate(req) !== undefined,
    certificateSubjectMatches({ req }: KoaContextWithOIDC, property: string, expected: string) {
      const certificate = findCertificate(req)
      return certificate !== undefined && matchesCertificate(certificate, property, expected)
    },
  }
}

/** The pages are ours, see device.ts; those of the library have no address, see middleware.ts. */
function describeDeviceFlow({ findClientAddress }: ConfigurationOptions['people']) {
  return {
    enabled: true,
    ...userCodeForm,
    deviceInfo: ({ req }: KoaContextWithOIDC) => ({ address: findClientAddress(req) }),
  }
}

/** A client as the library sees it. */
export function describeClient(
  app: Pick<App, 'id' | 'name' | 'settings' | 'clientSecret' | 'earlierSecret' | 'registration'>,
): ClientMetadata {
  const settings = readSettings(app)
  const { clientSecret } = app
  return {
    client_id: app.id,
    client_name: app.name,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(app.earlierSecret !== undefined && { [earlierSecretMember]: app.earlierSecret }),
    redirect_uris: settings.redirectUris,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    token_endpoint_auth_method: settings.tokenEndpointAuthMethod,
    ...describeClientOptions(settings),
    ...(settings.scopes !== undefined && {
      scope: ['openid', 'offline_access', ...settings.scopes].join(' '),
    }),
    ...(settings.claims !== undefined && { [mappingProperty]: settings.claims }),
    application_type: settings.applicationType,
    id_token_signed_response_alg: settings.signingAlgorithm,
    authorization_signed_response_alg: settings.signingAlgorithm,
    [pkceMember]: settings.pkce,
    [plainErrorsMember]: settings.errorsWithoutIssuer === true,
    [originsMember]: settings.allowedOrigins,
    [registeredMember]: app.registration !== undefined,
    ...(settings.profile !== undefined && { [profileMember]: settings.profile }),
    ...(settings.backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: settings.backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
  }
}
