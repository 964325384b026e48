/** The settings of a WS-Federation app (relying party). The defaults are the values that Exchange needs. */
import { z } from 'zod'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import { addressRule, startUrlField } from '../fields.ts'
import type { Protocol } from '../protocol.ts'
import { createReleaseSchema, type Release, sourceRule } from '../release.ts'

const claimTypes = {
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  primarySid: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid',
  groupSid: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid',
  name: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
  email: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
} as const

/** Listed in the metadata. An app may also have claims of other types. */
export const offeredClaims = [
  { type: claimTypes.upn, name: 'UPN' },
  { type: claimTypes.primarySid, name: 'Primary SID' },
  { type: claimTypes.groupSid, name: 'Group SID' },
  { type: claimTypes.name, name: 'Name' },
  { type: claimTypes.email, name: 'E-Mail Address' },
] as const

/** The claims that Outlook on the web needs. */
const exchangeClaims: Release = {
  [claimTypes.upn]: 'attribute:upn',
  [claimTypes.primarySid]: 'attribute:sid',
}

export const wsfedAppSettingsSchema = z.strictObject({
  /** The names of the app: compared exactly, except for the case of the host and a slash at the end. A token is for one realm, and goes to that realm if the request names no address. */
  realms: z.array(appAddressSchema).min(1).max(20),
  /** Further addresses to which a token may go. */
  replyUrls: z.array(appAddressSchema).max(20).default([]),
  /** The source of each claim, by its type. */
  claims: createReleaseSchema(
    z
      .string()
      .max(256)
      .regex(/^[\x21-\x7e]+$/, 'a URI in printable ASCII without spaces'),
  ).default(exchangeClaims),
  /** Where a person begins, for the list of apps. */
  startUrl: appAddressSchema.optional(),
})

export type WsfedAppSettings = z.output<typeof wsfedAppSettingsSchema>

export function readSettings({ settings }: App): WsfedAppSettings {
  return wsfedAppSettingsSchema.parse(settings)
}

export const wsfedFields: Protocol<WsfedAppSettings>['fields'] = {
  realms: {
    kind: 'texts',
    option: 'realm',
    value: 'URI',
    help: 'What the app calls itself (wtrealm), for example https://mail.example.org/owa/',
    allowed: `${addressRule}. At least one, at most 20`,
    isRequired: true,
  },
  replyUrls: {
    kind: 'texts',
    option: 'reply-url',
    value: 'URL',
    help: 'Where a token may go (wreply) besides the realms',
    allowed: `${addressRule}. At most 20`,
  },
  claims: {
    kind: 'pairs',
    option: 'token-claim',
    value: 'TYPE=SOURCE',
    help: `A claim in the token, by its URI; else UPN and primary SID. SOURCE is ${sourceRule}`,
    allowed: `TYPE=SOURCE, where TYPE is a URI and SOURCE is ${sourceRule}`,
  },
  startUrl: startUrlField,
}
