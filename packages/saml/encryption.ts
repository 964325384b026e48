/**
 * Encrypted assertions (XML Encryption 1.1): AES-256-GCM, its key by RSA-OAEP. Einlass only writes them; reading is for the
 * apps that have the key, and for tests.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import { decodeBase64 } from './encoding.ts'
import { Refusal } from './refusal.ts'
import { buildKeyInfo } from './signature/sign.ts'
import { build } from './xml/build.ts'
import { canonicalize } from './xml/canonical.ts'
import { namespaces } from './xml/namespaces.ts'
import { parseXml } from './xml/parse.ts'
import { findAttribute, walkElements, type XmlElement } from './xml/tree.ts'

const aes256Gcm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm'
/** Uses SHA-1 inside, which every implementation has; its collisions do not matter here. */
const rsaOaep = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
const nonceLength = 12
const tagLength = 16

export interface EncryptionKey {
  /** An RSA key. */
  readonly publicKey: KeyObject
  /** Base64 of the DER encoding. */
  readonly certificate: string
}

export type RandomBytes = (length: number) => Uint8Array

/** Turns an `Assertion`, which has to be signed already, into an `EncryptedAssertion`. */
export function encryptAssertion(
  assertion: XmlElement,
  key: EncryptionKey,
  randomBytes: RandomBytes,
): XmlElement {
  const contentKey = randomBytes(32)
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce, { authTagLength: tagLength })
  const sealed = [cipher.update(canonicalize(assertion)), cipher.final(), cipher.getAuthTag()]
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const wrapped = publicEncrypt({ key: key.publicKey, padding, oaepHash: 'sha1' }, contentKey)
  return build('saml:EncryptedAssertion', {}, [
    build('xenc:EncryptedData', { Type: `${namespaces.xenc}Element` }, [
      build('xenc:EncryptionMethod', { Algorithm: aes256Gcm }),
      build('ds:KeyInfo', {}, [
        build('xenc:EncryptedKey', {}, [
          build('xenc:EncryptionMethod', { Algorithm: rsaOaep }, [
            build('ds:DigestMethod', { Algorithm: sha1 }),
          ]),
          buildKeyInfo(key.certificate),
          buildCipherData(wrapped),
        ]),
      ]),
      buildCipherData(Buffer.concat([nonce, ...sealed])),
    ]),
  ])
}

function buildCipherData(bytes: Uint8Array): XmlElement {
  const value = Buffer.from(bytes).toString('base64')
  return build('xenc:CipherData', {}, [build('xenc:CipherValue', {}, [value])])
}

/** Decrypts the result of `encryptAssertion`. Throws Refusal. */
export function decryptAssertion(encrypted: XmlElement, privateKey: KeyObject): XmlElement {
  const all = [...walkElements(encrypted)].filter(({ namespace }) => namespace === namespaces.xenc)
  const methods = all.filter(({ local }) => local === 'EncryptionMethod')
  const algorithms = methods.map((one) => findAttribute(one, 'Algorithm'))
  if (algorithms.join(' ') !== `${aes256Gcm} ${rsaOaep}`) throw unreadable()
  const values = all.filter(({ local }) => local === 'CipherValue')
  const [wrapped, box, ...others] = values.map(({ children }) => decodeBase64(children.join('')))
  if (wrapped === undefined || box === undefined || others.length > 0) throw unreadable()
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const contentKey = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, wrapped)
    const nonce = box.subarray(0, nonceLength)
    const decipher = createDecipheriv('aes-256-gcm', contentKey, nonce, {
      authTagLength: tagLength,
    })
    decipher.setAuthTag(box.subarray(-tagLength))
    const bytes = decipher.update(box.subarray(nonceLength, -tagLength))
    return parseXml(Buffer.concat([bytes, decipher.final()]).toString())
  } catch (error) {
    throw error instanceof Refusal ? error : unreadable()
  }
}

function unreadable(): Refusal {
  return new Refusal('bad_encoding', 'an encryption that cannot be read')
}
