/**
 * The certificate with which an app authenticates (RFC 8705). TLS ends at a proxy, which verifies the certificate and passes it
 * on in a header. Only the configured header is read, only a single one, and only from a trusted proxy. Owns how the
 * certificate is read and compared; the proxy decides which issuers it accepts.
 */
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Config } from '../../../platform/config/schema.ts'
import { comesFrom, createRanges } from '../../../platform/http/client.ts'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { thumbprintPrefix } from './client-options.ts'

type FindCertificate = (request: IncomingMessage) => X509Certificate | undefined

/** The size of a certificate with a chain of some others. */
const longestHeader = 16_384

/** @param header in lower case */
export function createCertificateSearch(
  { trusted_proxies: proxies }: Pick<Config, 'trusted_proxies'>,
  header: string,
): FindCertificate {
  const trusted = createRanges(proxies)
  return ({ socket, headersDistinct }) => {
    if (!comesFrom(socket.remoteAddress ?? '', trusted)) return undefined
    const [text, ...others] = headersDistinct[header] ?? []
    if (text === undefined || others.length > 0 || text.length > longestHeader) return undefined
    return readCertificate(text)
  }
}

/** Reads RFC 9440 (`:base64:`), plain base64, or percent-encoded PEM. */
function readCertificate(text: string): X509Certificate | undefined {
  try {
    const base64 = /^:?([A-Za-z0-9+/]+={0,2}):?$/.exec(text)?.[1]
    const certificate = new X509Certificate(
      base64 === undefined ? decodeURIComponent(text) : Buffer.from(base64, 'base64'),
    )
    const now = Date.now()
    const isValid = certificate.validFromDate.getTime() <= now
    return isValid && now < certificate.validToDate.getTime() ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Whether a certificate has the property that the app's metadata names. */
export function matchesCertificate(
  certificate: X509Certificate,
  property: string,
  expected: string,
): boolean {
  if (property === 'tls_client_auth_san_dns') {
    const names = (certificate.subjectAltName ?? '').split(', ')
    return names.some((name) => name.toLowerCase() === `dns:${expected.toLowerCase()}`)
  }
  if (property !== 'tls_client_auth_subject_dn') return false
  if (!expected.startsWith(thumbprintPrefix)) {
    return sortParts(certificate.subject, /\n/) === sortParts(expected, /(?<!\\),/)
  }
  const actual = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return equalInConstantTime(actual, expected.slice(thumbprintPrefix.length))
}

/** Sorts the parts of a distinguished name, because software writes them in either direction. */
function sortParts(name: string, separator: RegExp): string {
  const parts = name.split(separator).map((part) => part.trim().replaceAll('\\', ''))
  return parts.sort().join('\n')
}
