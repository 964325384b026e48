/** The settings of an app from its metadata. What metadata says nothing of stays as it is or was typed. */
import { type NameIdFormat, nameIdFormats, readServiceProvider, type ServiceProvider } from '#saml'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { AppDocument } from '../protocol.ts'
import type { SamlAppSettings } from './settings.ts'

export const samlMetadata: AppDocument = {
  option: 'metadata',
  help: 'The metadata of a SAML app: its name, addresses and certificates',
  read(text) {
    const read = readServiceProvider(text)
    if (read.type === 'refused') {
      throw new Fault(
        'bad_request',
        `This is no metadata of a SAML app that can be used: ${read.detail}.`,
      )
    }
    const { provider } = read
    const { displayName } = provider
    return {
      settings: describeProvider(provider),
      ...(displayName !== undefined && { name: displayName.slice(0, 100) }),
    }
  },
}

/** Addresses that cannot be used are left out, unless none is left, which the schema says. */
function describeProvider(provider: ServiceProvider): Partial<SamlAppSettings> {
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
    signedRequests: provider.signsRequests ? 'required' : 'optional',
    ...(encryptionCertificate !== undefined && { encryptionCertificate }),
    ...(logout && { logoutUrl: logout.url, logoutBinding: logout.binding }),
    ...(logout?.responseUrl !== undefined && { logoutResponseUrl: logout.responseUrl }),
    ...(nameId !== undefined && { nameId }),
  }
}

/** The first format of the app that there is here. */
function findNameId(formats: readonly string[]): NameIdFormat | undefined {
  const known = Object.entries(nameIdFormats) as [NameIdFormat, string][]
  return formats.flatMap((format) => known.find(([, uri]) => uri === format)?.[0] ?? [])[0]
}
