/** Keys and ids for signed documents, shared by SAML and WS-Federation. */
import { createPrivateKey } from 'node:crypto'
import type { SigningKey } from '#saml'
import type { Random } from '../../platform/kernel/random.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface DocumentKeys {
  findSigningKey(): Promise<SigningKey>
  /** Base64 of DER: first the certificate that signs, then earlier and later ones. */
  listCertificates(): Promise<readonly string[]>
}

export function createDocumentKeys(signingKeys: SigningKeys): DocumentKeys {
  const opened = new WeakMap<object, SigningKey>()
  const findAll = async () => {
    const keys = await signingKeys.find('saml')
    return keys.flatMap((key) => {
      const { certificate, privateKey } = key
      if (certificate === undefined) return []
      const known = opened.get(key) ?? {
        privateKey: createPrivateKey({ key: privateKey, format: 'jwk' }),
        certificate: certificate.base64,
      }
      opened.set(key, known)
      return [known]
    })
  }
  return {
    async findSigningKey() {
      const [first] = await findAll()
      if (first === undefined) throw new Error('there is no key to sign with')
      return first
    },
    listCertificates: async () => (await findAll()).map(({ certificate }) => certificate),
  }
}

/** An `xs:ID` of 160 random bits. */
export function createDocumentId(random: Random): string {
  return `_${Buffer.from(random.bytes(20)).toString('hex')}`
}
