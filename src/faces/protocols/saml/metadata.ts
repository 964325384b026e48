/** The settings of an app from its metadata. Settings that the metadata does not contain stay unchanged. */
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import {
  type NameIdFormat,
  nameIdFormats,
  readCertificate,
  readServiceProvider,
  type ServiceProvider,
} from '#saml'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import type { AppSettings } from '../../../identity/apps/app-protocol.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { AppDocument } from '../protocol.ts'
import { certificateSchema, type SamlAppSettings } from './settings.ts'

export const samlMetadata: AppDocument = {
  option: 'metadata',
  help: 'The metadata of a SAML app: its name, addresses and certificates',
  addressSetting: 'metadataUrl',
  read(text, settings) {
    const provider = readMetadata(text, settings)
    const { displayName } = provider
    return {
      settings: describeProvider(provider),
      ...(displayName !== undefined && { name: displayName.slice(0, 100) }),
      warnings: listWarnings(provider),
    }
  },
}

function listWarnings(provider: ServiceProvider): string[] {
  const { logoutServices, otherLogoutBindings = [], signingCertificates } = provider
  if (logoutServices.length > 0) return signingCertificates.length === 0 ? [unsignedLogouts] : []
  if (otherLogoutBindings.length === 0) return []
  const names = [...new Set(otherLogoutBindings.map((uri) => uri.split(':').at(-1)))].join(', ')
  return [
    `The app takes logouts only by ${names}, which is not there here: it does not hear when a login ends. It would need HTTP-Redirect or HTTP-POST.`,
  ]
}

/** A logout on the word of an unsigned request would let anybody end the login of others. */
export const unsignedLogouts =
  'No certificate is known with which the app signs, so a logout at the app is refused, and its user has to confirm it here.'

/** Throws Fault `bad_request`. If the settings have certificates for it, one of them must have signed the metadata. */
export function readMetadata(text: string, settings: AppSettings): ServiceProvider {
  const read = readServiceProvider(text, readKeys(settings))
  if (read.type === 'ok') return read.provider
  throw new Fault(
    'bad_request',
    `This is no metadata of a SAML app that can be used: ${read.detail}.`,
  )
}

/** A certificate that cannot be read must not switch off the check of the signature. */
function readKeys({ metadataCertificates = [] }: AppSettings): KeyObject[] {
  try {
    const certificates = z.array(certificateSchema).parse(metadataCertificates)
    return certificates.map((certificate) => readCertificate(certificate).publicKey)
  } catch (cause) {
    const text = 'The certificate by which the metadata has to be signed cannot be used.'
    throw new Fault('bad_request', text, { cause })
  }
}

/** Leaves out addresses that cannot be used. If none remains, the schema reports it. */
export function describeProvider(provider: ServiceProvider): Partial<SamlAppSettings> {
  const consumers = provider.consumers.filter(({ url }) => appAddressSchema.safeParse(url).success)
  const first = consumers.find(({ isDefault }) => isDefault) ?? consumers[0]
  const urls = [first, ...consumers].flatMap((one) => one?.url ?? [])
  const logout =
    provider.logoutServices.find(({ binding }) => binding === 'redirect') ??
    provider.logoutServices[0]
  const nameId = findNameId(provider.nameIdFormats)
  const { encryptionCertificate } = provider
  return {
    entityId: provider.entityId,
    consumerUrls: [...new Set(urls)],
    consumerIndexes: Object.fromEntries(consumers.map(({ index, url }) => [`${index}`, url])),
    signingCertificates: [...provider.signingCertificates],
    // Metadata that says nothing of it must not take away what an administrator has required.
    ...(provider.signsRequests && { signedRequests: 'required' as const }),
    ...(encryptionCertificate !== undefined && { encryptionCertificate }),
    ...(logout && { logoutUrl: logout.url, logoutBinding: logout.binding }),
    ...(logout?.responseUrl !== undefined && { logoutResponseUrl: logout.responseUrl }),
    ...(nameId !== undefined && { nameId }),
  }
}

/** The app's first format that Einlass supports. */
function findNameId(formats: readonly string[]): NameIdFormat | undefined {
  const known = Object.entries(nameIdFormats) as [NameIdFormat, string][]
  return formats.flatMap((format) => known.find(([, uri]) => uri === format)?.[0] ?? [])[0]
}
