/** The settings of a SAML app in words, for `einlass app show`. */
import type { Described } from '../protocol.ts'
import { readCertificate } from '../signing-certificate.ts'
import { defaultRelease, findFriendlyName } from './attributes.ts'
import type { SamlAppSettings } from './settings.ts'

const nameIds: Readonly<Record<SamlAppSettings['nameId'], string>> = {
  persistent: 'persistent: for each user a name of its own, which no other app has and which stays',
  transient: 'transient: another name at each login',
  email: 'email: the e-mail address; a user without one is refused',
  unspecified: 'unspecified: the username',
}

const bindings: Readonly<Record<SamlAppSettings['logoutBinding'], string>> = {
  redirect: 'HTTP-Redirect',
  post: 'HTTP-POST',
}

export function describeSamlSettings(settings: SamlAppSettings): Described[] {
  const { entityId, consumerUrls, logoutUrl, logoutBinding, nameId, metadataUrl } = settings
  const { encryptionCertificate: key, signingCertificates, attributes = defaultRelease } = settings
  const [, ...others] = consumerUrls
  const logout =
    logoutUrl === undefined
      ? 'no address: the app stays open after a logout elsewhere'
      : `${logoutUrl} (${bindings[logoutBinding]}, in the browser of the user)`
  return [
    ['its entity id', entityId],
    ...consumerUrls.map((url, at): Described => {
      const first = at === 0 && others.length > 0
      return ['its ACS', first ? `${url} (where a request names none)` : url]
    }),
    ['its logout', logout],
    ['its requests', describeRequests(settings)],
    ...signingCertificates.map((one): Described => ['signed by', describeCertificate(one)]),
    ['encryption', key === undefined ? 'none' : `for ${describeCertificate(key)}`],
    ['NameID', `${nameIds[nameId]}. A request may ask for another one`],
    ...describeRelease(attributes),
    ...(metadataUrl === undefined ? [] : [['its metadata', metadataUrl] satisfies Described]),
  ]
}

function describeRequests({ signedRequests, signingCertificates, unsolicited }: SamlAppSettings) {
  const keys = signingCertificates.length > 0
  const unsigned = keys
    ? 'need no signature, and one that is there is checked'
    : 'need no signature'
  const rule = signedRequests === 'required' ? 'must be signed' : unsigned
  return unsolicited === 'allowed' ? `${rule}; a login may also begin here` : rule
}

function describeRelease(release: Readonly<Record<string, unknown>>): Described[] {
  const all = Object.entries(release).map(([name, source]): Described => {
    const friendly = findFriendlyName(name)
    return ['attribute', `${friendly === undefined ? name : `${friendly} (${name})`}: ${source}`]
  })
  return all.length === 0 ? [['attribute', 'none']] : all
}

/** A certificate that cannot be read has no known end. */
function describeCertificate(base64: string): string {
  try {
    const { sha256, expiresAt } = readCertificate(base64)
    const ends = new Date(expiresAt).toISOString().slice(0, 10)
    return `a certificate that ends on ${ends} (SHA-256 ${sha256.slice(0, 16)}…)`
  } catch {
    return 'a certificate that cannot be read'
  }
}
