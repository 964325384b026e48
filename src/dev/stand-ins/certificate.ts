/** For tests: a self-signed certificate for `localhost` and 127.0.0.1, made anew each time so that no key is in a file. */
import { generateKeyPairSync, sign } from 'node:crypto'

const tag = (number: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 128 ? [number, length] : [number, 0x82, Math.floor(length / 256), length % 256]
  return Buffer.concat([Buffer.from(head), content])
}
const sequence = (...parts: readonly Uint8Array[]) => tag(0x30, ...parts)
const hex = (text: string) => Buffer.from(text, 'hex')
const utf8 = (text: string) => Buffer.from(text)

const ecdsaWithSha256 = sequence(tag(0x06, hex('2a8648ce3d040302')))
const commonName = tag(0x06, hex('550403'))
const alternativeName = tag(0x06, hex('551d11'))
const name = sequence(tag(0x31, sequence(commonName, tag(0x0c, utf8('localhost')))))
const validity = sequence(tag(0x17, utf8('200101000000Z')), tag(0x17, utf8('491231235959Z')))
const hosts = sequence(tag(0x82, utf8('localhost')), tag(0x87, Buffer.from([127, 0, 0, 1])))

/** PEM texts. */
export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

export function createTestCertificate(): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const content = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(sequence(alternativeName, tag(0x04, hosts)))),
  )
  const signature = sign('sha256', content, privateKey)
  const certificate = sequence(content, ecdsaWithSha256, tag(0x03, Buffer.from([0]), signature))
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}
