/**
 * The certificate by which an app proves who it is (RFC 8705). TLS ends at a proxy, which checks the certificate and passes it on
 * in a header: only the header of the configuration, only once, and only from a proxy that is trusted. Owns how it is read and
 * compared; the proxy owns who may have issued it.
 */
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Config } from '../../../platform/config/schema.ts'
import { comesFrom, createRanges } from '../../../platform/http/client.ts'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { thumbprintPrefix } from './client-options.ts'

type FindCertificate = (request: IncomingMessage) => X509Certificate | undefined

/** A certificate and a chain of some others. */
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

/** As RFC 9440 writes it (`:base64:`), as base64 alone, or as PEM in percent-encoding. */
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

/** Whether a certificate is the one that an app named, by a property of its metadata. */
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

/** The parts of a distinguished name in an order of their own, as two writers of one name begin at different ends. */
function sortParts(name: string, separator: RegExp): string {
  const parts = name.split(separator).map((part) => part.trim().replaceAll('\\', ''))
  return parts.sort().join('\n')
}
