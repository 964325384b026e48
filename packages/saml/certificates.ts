/** Certificates as containers of keys: a key is pinned, so the issuer and the validity of the certificate do not matter. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { decodeBase64 } from './encoding.ts'
import { Refusal } from './refusal.ts'

/** The key of a certificate in base64 of DER. Throws Refusal `bad_message` for a certificate that cannot be used here. */
export function readCertificate(base64: string): {
  readonly certificate: string
  readonly publicKey: KeyObject
} {
  const der = decodeBase64(base64, 'bad_message')
  const publicKey = parseKey(der)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey
  const isStrong = type === 'ec' || (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048)
  if (!isStrong)
    throw new Refusal('bad_message', 'a certificate whose key is too short or too rare')
  return { certificate: der.toString('base64'), publicKey }
}

function parseKey(der: Buffer): KeyObject {
  try {
    return new X509Certificate(der).publicKey
  } catch {
    throw new Refusal('bad_message', 'a certificate that cannot be read')
  }
}
