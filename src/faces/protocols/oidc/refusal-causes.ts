/**
 * Refusals whose error code alone does not say what to do: what the library says of each, and for an operator the setting that
 * mends it. The app gets the error code of the standard, and nothing from here.
 */
import { hasOwnProof } from './client-options.ts'
import type { OidcAppSettings } from './settings.ts'

/** What an advice depends on. */
export interface RefusedApp {
  readonly id: string
  readonly isPublic: boolean
  readonly isNative: boolean
  /** It authenticates with a key or a certificate. */
  readonly hasOwnProof: boolean
  /** It has a profile, which no setting loosens. */
  readonly hasProfile: boolean
}

export const describeRefused = (id: string, settings: OidcAppSettings): RefusedApp => ({
  id,
  isPublic: settings.tokenEndpointAuthMethod === 'none',
  isNative: settings.applicationType === 'native',
  hasOwnProof: hasOwnProof(settings),
  hasProfile: settings.profile !== undefined,
})

interface Cause {
  /** In the error code, the description and the detail of the library, one after another. */
  readonly said: RegExp
  advise(app: RefusedApp): string
  /** Whether the settings allow it now: refusals are written to the audit log up to ten minutes late. */
  isAllowed?(settings: OidcAppSettings): boolean
}

/** What to do if an app cannot do what it has to; nothing for one with a profile. */
const orLoosen = (app: RefusedApp, options: string): string =>
  app.hasProfile ? ', as its profile asks for.' : `; if it cannot: ${change(app, options)}`

const change = ({ id }: RefusedApp, options: string): string =>
  `einlass app change ${id} ${options}`

export const refusalCauses = {
  /** Named by client-assertions.ts, as the library knows no such refusal. */
  assertion_audience: {
    said: /^$/,
    isAllowed: ({ assertionAudience }) => assertionAudience === 'endpoint',
    advise: (app) =>
      `This app signs for another audience than the issuer. Enter the issuer there, as one string${orLoosen(app, '--assertion-audience endpoint')}`,
  },
  pkce_missing: {
    said: /requires PKCE to be used/,
    isAllowed: ({ pkce }) => pkce === 'optional',
    advise: (app) =>
      app.isPublic || app.isNative
        ? 'This app sent no PKCE, and one without a secret has to. Turn it on there (S256).'
        : `This app sent no PKCE. Turn it on there (S256)${orLoosen(app, '--pkce optional')}`,
  },
  pkce_method: {
    said: /code_challenge_method/,
    advise: () => 'This app sent PKCE by another method than S256. Choose S256 there.',
  },
  pkce_mismatch: {
    said: /code_verifier/,
    advise: () =>
      'The code_verifier of this app does not belong to the code_challenge of its login. Does each login have its own, kept until its answer comes back, also with several servers of the app?',
  },
  invalid_redirect_uri: {
    said: /^invalid_redirect_uri/,
    advise: (app) =>
      `This app sent a redirect address that it does not have; the log of the server names it (redirectUri). If it is right, with all others: ${change(app, '--redirect-uri ...')}`,
  },
  redirect_uri_changed: {
    said: /redirect_uri mismatch/,
    advise: () =>
      'This app sent another redirect_uri for its tokens than for the login. Both have to be the same text.',
  },
  logout_uri_unknown: {
    said: /post_logout_redirect_uri not registered/,
    advise: (app) =>
      `This app asked for a logout that ends at an address that it does not have. If it is right, with all others: ${change(app, '--post-logout-redirect-uri ...')}`,
  },
  scope_not_allowed: {
    said: /requested scope is not allowed/,
    isAllowed: ({ scopes }) => scopes === undefined,
    advise: (app) =>
      `This app asked for a scope that it may not have; the log of the server names it (detail). Take it away there, or allow all: ${change(app, '--no-scope')}`,
  },
  scope_openid_missing: {
    said: /openid scope must be requested/,
    advise: () => 'This app asked without the scope openid. Add it there.',
  },
  response_type: {
    said: /^unsupported_response_type|response_type is not allowed/,
    advise: () =>
      'This app did not ask for a code. Choose the code flow there (response_type=code): others are not supported.',
  },
  response_mode: {
    said: /^unsupported_response_mode|response_mode is not allowed/,
    advise: () =>
      'This app asked for its answer in a way that is not supported. Leave response_mode out there, or choose query, fragment or form_post.',
  },
  prompt_unknown: {
    said: /unsupported prompt value/,
    advise: () =>
      'This app asked for a prompt that is not supported. Choose none, login or consent.',
  },
  grant_unknown: {
    said: /^unsupported_grant_type/,
    advise: () => 'This app used a grant that is not supported. Choose the code flow there.',
  },
  grant_not_allowed: {
    said: /grant type is not allowed for this client|is not allowed for this client/,
    advise: (app) =>
      `This app used a grant that it does not have. If it is right: ${change(app, '--grant ...')} (docs/apps/settings.md has the names)`,
  },
  secret_wrong: {
    said: /invalid secret provided/,
    advise: (app) =>
      `This app sent a wrong secret, an earlier one or one that was cut off. A new one: ${change(app, '--new-secret')}`,
  },
  client_authentication_other: {
    said: /does not match the registered client authentication method/,
    advise: (app) => {
      if (app.hasOwnProof) return 'This app has to authenticate with its key or certificate.'
      return app.isPublic
        ? 'This app sent a secret and was added with --public, without one. Take the secret away there, or remove the app and add it without --public.'
        : `This app did not send its secret. Enter it there; a new one: ${change(app, '--new-secret')}`
    },
  },
  pushed_request_missing: {
    said: /Pushed Authorization Request must be used/,
    isAllowed: ({ requirePar }) => requirePar !== true,
    advise: (app) =>
      `This app did not push its request. Turn it on there (RFC 9126)${orLoosen(app, '--no-require-par')}`,
  },
  signed_request_missing: {
    said: /Request Object must be used/,
    isAllowed: ({ signedRequests }) => signedRequests !== true,
    advise: (app) =>
      `This app did not sign its request. Turn it on there (RFC 9101)${orLoosen(app, '--no-signed-requests')}`,
  },
  request_not_supported: {
    said: /^request_not_supported/,
    isAllowed: (settings) => settings.jwks !== undefined || settings.jwksUri !== undefined,
    advise: () =>
      'This app sent a signed request (request), and Einlass has no keys of it. Turn that off there, or add the app with its keys (--jwks).',
  },
  request_uri_not_supported: {
    said: /^request_uri_not_supported/,
    advise: () =>
      'This app sent its request by an address (request_uri), which is never fetched. Turn that off there.',
  },
  dpop_missing: {
    said: /DPoP proof JWT( not provided)?$/,
    isAllowed: ({ requireDpop }) => requireDpop !== true,
    advise: (app) =>
      `This app sent no DPoP proof. Turn it on there (RFC 9449)${orLoosen(app, '--no-require-dpop')}`,
  },
  certificate_missing: {
    said: /mutual TLS client certificate not provided/,
    isAllowed: ({ certificateBoundTokens }) => certificateBoundTokens !== true,
    advise: (app) =>
      `This app sent no certificate, or the proxy did not pass it on. Look at both${orLoosen(app, '--no-certificate-bound-tokens')}`,
  },
  invalid_target: {
    said: /^invalid_target/,
    advise: (app) =>
      `This app asked for a token for an API that it does not have. If it is right: ${change(app, '--resource URI=SCOPES')}`,
  },
} as const satisfies Readonly<Record<string, Cause>>

export type RefusalCause = keyof typeof refusalCauses

const causes = Object.entries(refusalCauses) as [RefusalCause, Cause][]

/** The first cause whose words are in the error. */
export function findCause(error: {
  readonly error?: unknown
  readonly error_description?: unknown
  readonly error_detail?: unknown
  readonly cause?: unknown
}): RefusalCause | undefined {
  const { error: code, error_description: description, error_detail: detail, cause } = error
  const why = cause instanceof Error ? cause.message : undefined
  const text = [code, description, detail, why].filter((part) => typeof part === 'string').join(' ')
  return causes.find(([, { said }]) => said.test(text))?.[0]
}

/** `undefined`: no known cause. */
export function adviseRefused(reason: string, app: RefusedApp): string | undefined {
  return Object.hasOwn(refusalCauses, reason)
    ? refusalCauses[reason as RefusalCause].advise(app)
    : undefined
}

/** For an app as it is now; `undefined` also if its settings allow it meanwhile. */
export function adviseApp(
  reason: string,
  { id, settings }: { readonly id: string; readonly settings: OidcAppSettings },
): string | undefined {
  const cause: Cause | undefined = causes.find(([name]) => name === reason)?.[1]
  if (cause === undefined || cause.isAllowed?.(settings)) return undefined
  return cause.advise(describeRefused(id, settings))
}
