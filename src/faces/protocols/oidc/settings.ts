/** The settings of an OpenID Connect app (client); for the terms see OpenID Connect Dynamic Client Registration 1.0 section 2. */
import { z } from 'zod'
import {
  appAddressSchema,
  isPrivateUse,
  nativeAddressSchema,
} from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import { addressRule, startUrlField } from '../fields.ts'
import type { Protocol } from '../protocol.ts'
import { sourceRule } from '../release.ts'
import { claimNameRule, claimsSchema, personScopes } from './claims.ts'
import { checkClientOptions, clientOptionsFields, clientOptionsShape } from './client-options.ts'
import { applyProfile, listProfileConflicts, profileFields, profileShape } from './fapi2.ts'
import { signedRequestsFields, signedRequestsShape } from './signed-requests.ts'

/** As browsers send it: without a path and in lower case. */
const originSchema = appAddressSchema.refine(
  (text) => URL.parse(text)?.origin === text,
  'an origin such as https://app.example.org, without a path',
)

const settingsSchema = z.strictObject({
  redirectUris: z.array(nativeAddressSchema).max(20).default([]),
  postLogoutRedirectUris: z.array(nativeAddressSchema).max(20).default([]),
  backchannelLogoutUri: appAddressSchema.optional(),
  /** Origins of the app's scripts, in addition to those of its redirect addresses. */
  allowedOrigins: z.array(originSchema).max(20).default([]),
  /** Where a person begins, for the list of apps. */
  startUrl: appAddressSchema.optional(),
  /** The scopes that it may request; absent: every scope. */
  scopes: z.array(z.enum(personScopes)).max(personScopes.length).optional(),
  /** Claims from other sources than the standard ones, and the app's own claims. */
  claims: claimsSchema.optional(),
  /** `none` is a public client, which has no secret. */
  tokenEndpointAuthMethod: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
  /** `native`: on a phone or a computer, with its own kinds of addresses (RFC 8252). */
  applicationType: z.enum(['web', 'native']).default('web'),
  /** For ID tokens and logout tokens; absent: RS256. Every client has to support RS256 (OpenID Connect Core 1.0 section 15.1). */
  signingAlgorithm: z.enum(['RS256', 'ES256']).optional(),
  /** `popup`: the app opens the login in its own window and waits for it there. */
  loginWindow: z.enum(['page', 'popup']).default('page'),
  /** RFC 7636. `optional`: a challenge may be missing, for an app that does not support it. */
  pkce: z.enum(['required', 'optional']).default('required'),
  /** Errors go to the app without `iss` (RFC 9207). Its answers with a code always have it. */
  errorsWithoutIssuer: z.literal(true).optional(),
  ...clientOptionsShape,
  ...signedRequestsShape,
  ...profileShape,
})

/** The hosts of native apps that listen, also on ports that they choose at each login (RFC 8252 section 7.3). */
const nativeHosts = ['127.0.0.1', '[::1]', 'localhost']

const checkedSettingsSchema = settingsSchema.superRefine((settings, context) => {
  const { addIssue } = context
  checkClientOptions(settings, context)
  const refuse = (path: (string | number)[], text: string) =>
    addIssue({ code: 'custom', path, message: text })
  // Nothing else prevents another app from using their code (RFC 9700 section 2.1.1).
  if (settings.pkce !== 'required') {
    if (settings.tokenEndpointAuthMethod === 'none') {
      refuse(['pkce'], 'required for an app without a secret')
    }
    if (settings.applicationType === 'native') refuse(['pkce'], 'required for a native app')
  }
  for (const name of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    for (const [index, uri] of settings[name].entries()) {
      const wrong = findWrongAddress(new URL(uri), settings.applicationType)
      if (wrong !== undefined) refuse([name, index], wrong)
    }
  }
  for (const [name, allowed] of listProfileConflicts(settings)) refuse([name], allowed)
})

export const oidcAppSettingsSchema = checkedSettingsSchema.transform(applyProfile)

/** What is allowed in place of a wrong address, for apps of this type. */
function findWrongAddress(url: URL, type: 'web' | 'native'): string | undefined {
  const { protocol, hostname } = url
  if (type === 'web') {
    return isPrivateUse(url)
      ? 'https, or http on a loopback host; else --application-type native'
      : undefined
  }
  const isLoopback = nativeHosts.includes(hostname)
  if (protocol === 'http:' && !isLoopback) return 'http on 127.0.0.1, [::1] or localhost'
  return protocol === 'https:' && isLoopback ? 'http on a loopback host, not https' : undefined
}

export type OidcAppSettings = z.output<typeof oidcAppSettingsSchema>

export function readSettings({ settings }: Pick<App, 'settings'>): OidcAppSettings {
  return oidcAppSettingsSchema.parse(settings)
}

export const oidcFields: Protocol<OidcAppSettings>['fields'] = {
  redirectUris: {
    kind: 'texts',
    option: 'redirect-uri',
    value: 'URI',
    help: 'Where the browser may go after a login',
    allowed: `${addressRule}. At least one, at most 20`,
    isRequired: true,
    column: 'REDIRECT URIS',
  },
  postLogoutRedirectUris: {
    kind: 'texts',
    option: 'post-logout-redirect-uri',
    value: 'URI',
    help: 'Where the browser may go after a logout',
    allowed: `${addressRule}. At most 20`,
  },
  backchannelLogoutUri: {
    kind: 'text',
    option: 'backchannel-logout-uri',
    value: 'URI',
    help: 'An address of the app that is notified when a session ends',
    allowed: addressRule,
  },
  allowedOrigins: {
    kind: 'texts',
    option: 'allowed-origin',
    value: 'ORIGIN',
    help: 'An origin where scripts of the app run, besides those of its redirect addresses',
    allowed: 'an origin such as https://app.example.org, without a path. At most 20',
  },
  startUrl: startUrlField,
  scopes: {
    kind: 'texts',
    option: 'scope',
    value: 'SCOPE',
    help: `What it may ask for: ${personScopes.join(', ')}; else all`,
    allowed: `each once: ${personScopes.join(', ')}`,
  },
  claims: {
    kind: 'pairs',
    option: 'claim',
    value: 'NAME=SOURCE',
    help: `A claim and where it comes from: ${sourceRule}`,
    allowed: `NAME=SOURCE, where NAME is ${claimNameRule}, and SOURCE is ${sourceRule}`,
  },
  tokenEndpointAuthMethod: {
    kind: 'flag',
    option: 'public',
    help: 'An app that cannot keep a secret, such as one in a browser',
    on: 'none',
    off: 'client_secret_basic',
  },
  applicationType: {
    kind: 'text',
    option: 'application-type',
    value: 'KIND',
    help: 'native, for an app on a phone or a computer: its redirect addresses may be on a loopback host with any port, or have a scheme of their own; else web',
    allowed: 'web, native',
  },
  signingAlgorithm: {
    kind: 'text',
    option: 'signing-algorithm',
    value: 'NAME',
    help: 'How tokens are signed: RS256 or ES256; else RS256',
    allowed: 'RS256, ES256',
  },
  loginWindow: {
    kind: 'text',
    option: 'login-window',
    value: 'KIND',
    help: 'popup, for an app that opens the login in a window of its own and waits for it there; else page',
    allowed: 'page, popup',
  },
  pkce: {
    kind: 'text',
    option: 'pkce',
    value: 'RULE',
    help: 'required, or optional for an app with a secret that cannot do PKCE; else required',
    allowed: 'required, optional',
    column: 'PKCE',
  },
  errorsWithoutIssuer: {
    kind: 'switch',
    option: 'errors-without-issuer',
    help: 'Errors go to it without iss (RFC 9207): for an app that takes iss for a login that another site begins',
  },
  ...clientOptionsFields,
  ...signedRequestsFields,
  ...profileFields,
}
