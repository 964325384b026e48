/** The settings of a SAML app (service provider), from its metadata or typed. */
import { z } from 'zod'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import { addressRule, startUrlField } from '../fields.ts'
import type { Protocol } from '../protocol.ts'
import { createReleaseSchema, sourceRule } from '../release.ts'

export const certificateSchema = z
  .string()
  .max(20_000)
  .transform((text) => text.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, ''))
  .pipe(z.base64().min(1))

const certificateRule =
  'a certificate in base64 or PEM; on the command line also the name of its file'

export const samlAppSettingsSchema = z.strictObject({
  /** Compared exactly: it names the app in its requests and is the audience of assertions. */
  entityId: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\x21-\x7e]+$/, 'a name in printable ASCII without spaces'),
  /** Where responses may go. The first address is for requests that name none, and for logins that we begin. */
  consumerUrls: z.array(appAddressSchema).min(1).max(50),
  /** The same addresses by their index, for requests that name an index. */
  consumerIndexes: z.record(z.string().regex(/^\d{1,5}$/), appAddressSchema).optional(),
  logoutUrl: appAddressSchema.optional(),
  /** Where answers to the app's own logout requests go, if it differs from the address for requests. */
  logoutResponseUrl: appAddressSchema.optional(),
  logoutBinding: z.enum(['redirect', 'post']).default('redirect'),
  /** Base64 of DER. Only the app's keys matter, not the issuer of the certificates. */
  signingCertificates: z.array(certificateSchema).max(10).default([]),
  encryptionCertificate: certificateSchema.optional(),
  signedRequests: z.enum(['required', 'optional']).default('optional'),
  /** How the app identifies people if its request names no format. */
  nameId: z.enum(['persistent', 'transient', 'email', 'unspecified']).default('persistent'),
  /** Absent: username, display name and e-mail address, by their LDAP names. */
  attributes: createReleaseSchema(z.string().min(1).max(256)).optional(),
  /** Whether a person may be sent to the app without its request. */
  unsolicited: z.enum(['allowed', 'refused']).default('refused'),
  /** Where its metadata is; the metadata then decides addresses and certificates. Absent: it is not fetched again. */
  metadataUrl: appAddressSchema.optional(),
  /** One of these certificates must verify the signature of the metadata; absent: it needs no signature. */
  metadataCertificates: z.array(certificateSchema).max(10).optional(),
  /** Where a person begins, for the list of apps. */
  startUrl: appAddressSchema.optional(),
})

export type SamlAppSettings = z.output<typeof samlAppSettingsSchema>

export function readSettings({ settings }: App): SamlAppSettings {
  return samlAppSettingsSchema.parse(settings)
}

export const samlFields: Protocol<SamlAppSettings>['fields'] = {
  entityId: {
    kind: 'text',
    option: 'entity-id',
    value: 'URI',
    help: 'What the app calls itself in its requests',
    allowed: 'a name in printable ASCII without spaces, at most 1024 characters',
    isRequired: true,
  },
  consumerUrls: {
    kind: 'texts',
    option: 'acs-url',
    value: 'URL',
    help: 'Where responses may go (assertion consumer service)',
    allowed: `${addressRule}. At least one, at most 50`,
    isRequired: true,
  },
  consumerIndexes: { kind: 'imported' },
  logoutUrl: {
    kind: 'text',
    option: 'logout-url',
    value: 'URL',
    help: 'Where the app is notified of a logout (single logout service)',
    allowed: addressRule,
  },
  logoutResponseUrl: {
    kind: 'text',
    option: 'logout-response-url',
    value: 'URL',
    help: 'Where the answer to its own logout request goes, if not to --logout-url',
    allowed: addressRule,
  },
  logoutBinding: {
    kind: 'text',
    option: 'logout-binding',
    value: 'NAME',
    help: 'How messages of a logout go there: redirect or post; else redirect',
    allowed: 'redirect or post',
  },
  signingCertificates: {
    kind: 'texts',
    option: 'signing-certificate',
    value: 'FILE|BASE64',
    mayBeFile: true,
    help: 'A certificate with which the app signs',
    allowed: certificateRule,
  },
  encryptionCertificate: {
    kind: 'text',
    option: 'encryption-certificate',
    value: 'FILE|BASE64',
    mayBeFile: true,
    help: 'The certificate of the app for which assertions are encrypted',
    allowed: certificateRule,
  },
  signedRequests: {
    kind: 'flag',
    option: 'signed-requests',
    help: 'Refuse requests without a signature',
    on: 'required',
    off: 'optional',
  },
  nameId: {
    kind: 'text',
    option: 'name-id',
    value: 'FORMAT',
    help: 'How the app identifies people: persistent, transient, email or unspecified',
    allowed: 'persistent, transient, email or unspecified',
  },
  attributes: {
    kind: 'pairs',
    option: 'attribute',
    value: 'NAME=SOURCE',
    help: `An attribute of a person, by its name in the app. SOURCE is ${sourceRule}`,
    allowed: `NAME=SOURCE, where SOURCE is ${sourceRule}`,
  },
  unsolicited: {
    kind: 'flag',
    option: 'unsolicited',
    help: 'Logins may begin at Einlass, without a request of the app',
    on: 'allowed',
    off: 'refused',
  },
  metadataUrl: { kind: 'imported' },
  metadataCertificates: {
    kind: 'texts',
    option: 'metadata-certificate',
    value: 'FILE|BASE64',
    mayBeFile: true,
    help: 'A certificate with which the metadata of the app must be signed',
    allowed: certificateRule,
  },
  startUrl: startUrlField,
}
