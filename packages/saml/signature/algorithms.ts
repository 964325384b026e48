/**
 * The algorithms of XML Signature that are accepted and written here. Others (SHA-1, HMAC, RSA without a modern hash,
 * transforms that run programs) have no entry, so no setting can turn them on.
 */
import { hash, type KeyObject, sign, verify } from 'node:crypto'
import { Refusal } from '../refusal.ts'

export const exclusiveC14n = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const envelopedSignature = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

const digests: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
}
export const digestSha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

interface SignatureAlgorithm {
  readonly hash: string
  readonly keyType: 'rsa' | 'ec'
}

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const signatures: Readonly<Record<string, SignatureAlgorithm>> = {
  [`${more}rsa-sha256`]: { hash: 'sha256', keyType: 'rsa' },
  [`${more}rsa-sha384`]: { hash: 'sha384', keyType: 'rsa' },
  [`${more}rsa-sha512`]: { hash: 'sha512', keyType: 'rsa' },
  [`${more}ecdsa-sha256`]: { hash: 'sha256', keyType: 'ec' },
  [`${more}ecdsa-sha384`]: { hash: 'sha384', keyType: 'ec' },
  [`${more}ecdsa-sha512`]: { hash: 'sha512', keyType: 'ec' },
}
/** The algorithm for signatures with an RSA key. */
export const signatureRsaSha256 = `${more}rsa-sha256`

/** Base64 of a digest; `undefined`: the algorithm is not accepted. */
export function computeDigest(algorithm: string, text: string): string | undefined {
  if (!Object.hasOwn(digests, algorithm)) return undefined
  return hash(digests[algorithm] ?? '', text, 'base64')
}

const minimalRsaBits = 2048

/** Algorithms that libraries still use by themselves, with the name that the log gets. Every other one has no name there. */
const refusedNames: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1': 'rsa-sha1',
  'http://www.w3.org/2000/09/xmldsig#dsa-sha1': 'dsa-sha1',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1': 'hmac-sha1',
  [`${more}rsa-md5`]: 'rsa-md5',
  [`${more}ecdsa-sha1`]: 'ecdsa-sha1',
  'http://www.w3.org/2000/09/xmldsig#sha1': 'the digest sha1',
  [`${more}md5`]: 'the digest md5',
}

const nameRefused = (algorithm: string): string =>
  Object.hasOwn(refusedNames, algorithm) ? (refusedNames[algorithm] ?? '') : 'an unknown algorithm'

/** Throws Refusal `weak_algorithm`. */
export function requireDigest(algorithm: string): void {
  if (Object.hasOwn(digests, algorithm)) return
  throw new Refusal('weak_algorithm', `${nameRefused(algorithm)} is not accepted; sha256 is`)
}

/** Throws Refusal `weak_algorithm`. */
export function requireSignature(algorithm: string): void {
  if (Object.hasOwn(signatures, algorithm)) return
  throw new Refusal('weak_algorithm', `${nameRefused(algorithm)} is not accepted; rsa-sha256 is`)
}

/** Throws Refusal when none of the keys has signed the text; its detail names the cause as far as it is known. */
export function requireSignedBy(keys: readonly KeyObject[], signed: SignedText): void {
  requireSignature(signed.algorithm)
  if (isSignedBy(keys, signed)) return
  throw new Refusal(
    'bad_signature',
    keys.length === 0
      ? 'signed, but no certificate of the sender is known'
      : 'not signed by a key of the sender',
  )
}

/** Whether one of the keys has signed the text. Ignores keys that do not fit the algorithm. */
export function isSignedBy(
  keys: readonly KeyObject[],
  { algorithm, value, text }: SignedText,
): boolean {
  if (!Object.hasOwn(signatures, algorithm)) return false
  const known = signatures[algorithm]
  if (known === undefined) return false
  return keys.some((key) => {
    if (key.type !== 'public' || key.asymmetricKeyType !== known.keyType) return false
    const { modulusLength } = key.asymmetricKeyDetails ?? {}
    if (known.keyType === 'rsa' && (modulusLength ?? 0) < minimalRsaBits) return false
    // XML Signature 1.1 section 6.4.3: the two ECDSA numbers, concatenated.
    return verify(known.hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, value)
  })
}

export interface SignedText {
  readonly algorithm: string
  readonly value: Buffer
  readonly text: string
}

/** Base64. */
export function signText(privateKey: KeyObject, text: string): string {
  if (privateKey.asymmetricKeyType !== 'rsa') throw new TypeError('a key of RSA is needed to sign')
  return sign('sha256', Buffer.from(text), privateKey).toString('base64')
}
