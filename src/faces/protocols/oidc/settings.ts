/** What an OpenID Connect app (client) may do (OpenID Connect Dynamic Client Registration 1.0 section 2 has the terms). */
import { z } from 'zod'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import { addressRule, startUrlField } from '../fields.ts'
import type { Protocol } from '../protocol.ts'
import { sourceRule } from '../release.ts'
import { claimNameRule, claimsSchema, personScopes } from './claims.ts'

export const oidcAppSettingsSchema = z.strictObject({
  redirectUris: z.array(appAddressSchema).min(1).max(20),
  postLogoutRedirectUris: z.array(appAddressSchema).max(20).default([]),
  backchannelLogoutUri: appAddressSchema.optional(),
  /** Where a person begins, for the list of apps. */
  startUrl: appAddressSchema.optional(),
  /** What it may ask for; absent: every scope. */
  scopes: z.array(z.enum(personScopes)).max(personScopes.length).optional(),
  /** Claims from other sources than the standard ones, and claims of its own. */
  claims: claimsSchema.optional(),
  /** `none` is a public client, which has no secret. */
  tokenEndpointAuthMethod: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
})

export type OidcAppSettings = z.output<typeof oidcAppSettingsSchema>

export function readSettings({ settings }: App): OidcAppSettings {
  return oidcAppSettingsSchema.parse(settings)
}

export const oidcFields: Protocol<OidcAppSettings>['fields'] = {
  redirectUris: {
    kind: 'texts',
    option: 'redirect-uri',
    value: 'URI',
    help: 'Where a login may end',
    allowed: `${addressRule}. At least one, at most 20`,
    isRequired: true,
    column: 'REDIRECT URIS',
  },
  postLogoutRedirectUris: {
    kind: 'texts',
    option: 'post-logout-redirect-uri',
    value: 'URI',
    help: 'Where a logout may end',
    allowed: `${addressRule}. At most 20`,
  },
  backchannelLogoutUri: {
    kind: 'text',
    option: 'backchannel-logout-uri',
    value: 'URI',
    help: 'Notified when a session ends',
    allowed: addressRule,
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
}
