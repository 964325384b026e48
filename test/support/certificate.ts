// Certificates for tests, made without any tool besides Node: for one host name and signed by its own key, or by an
// authority of the tests. RFC 5280 section 4.1.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'

const tlv = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts)
const objectId = (...bytes: number[]) => tlv(0x06, Buffer.from(bytes))
const utcTime = (at: number) =>
  tlv(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))

const day = 86_400_000

export type TestCertificate = { key: string; cert: string }

const rsaWithSha256 = sequence(
  objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b),
  tlv(0x05),
)

const kinds = {
  ec: {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    // ecdsa-with-SHA256 (RFC 5758), and sha256WithRSAEncryption (RFC 4055) with its NULL.
    algorithm: sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
  },
  rsa: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    algorithm: rsaWithSha256,
  },
  /** Too short. */
  rsa1024: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
    algorithm: rsaWithSha256,
  },
}

const commonName = (text: string) =>
  sequence(tlv(0x31, sequence(objectId(0x55, 0x04, 0x03), tlv(0x0c, Buffer.from(text)))))

const alternativeName = (host: string) =>
  isIP(host) === 4
    ? tlv(0x87, Buffer.from(host.split('.').map(Number)))
    : tlv(0x82, Buffer.from(host))

/** The last byte of its id is what tells one extension from another. */
const extension = (id: number, value: Uint8Array, isCritical = false) =>
  sequence(
    objectId(0x55, 0x1d, id),
    ...(isCritical ? [tlv(0x01, Buffer.from([0xff]))] : []),
    tlv(0x04, value),
  )

const alternativeNames = (hosts: readonly string[]) =>
  extension(0x11, sequence(...hosts.map(alternativeName)))

type Kind = (typeof kinds)[keyof typeof kinds]

interface Contents {
  readonly serial: number
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Uint8Array[]
}

/** Valid from yesterday until tomorrow, in PEM. */
const buildCertificate = (
  contents: Contents,
  { algorithm }: Kind,
  issuerKey: KeyObject,
): string => {
  const signed = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([contents.serial])),
    algorithm,
    commonName(contents.issuer),
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    commonName(contents.subject),
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...contents.extensions)),
  )
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', signed, issuerKey))
  const lines = sequence(signed, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const writeKey = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string

/** `key` and `cert` in PEM, and `cert` is also what a client has to believe. */
export const createCertificate = (
  host: string,
  kind: keyof typeof kinds = 'ec',
): TestCertificate => {
  const { privateKey, publicKey } = kinds[kind].generate()
  const extensions = [alternativeNames([host])]
  const contents = { serial: 1, subject: host, issuer: host, publicKey, extensions }
  return {
    key: writeKey(privateKey),
    cert: buildCertificate(contents, kinds[kind], privateKey),
  }
}

const keyPurpose = (id: number) => objectId(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, id)

/** An authority whose certificate clients believe, with all that strict ones look for in it and in what it signs. */
export const createAuthority = () => {
  const name = 'Einlass test authority'
  const { privateKey, publicKey } = kinds.ec.generate()
  const keyId = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
  const authorityKey = extension(0x23, sequence(tlv(0x80, keyId)))
  const isAuthority = extension(0x13, sequence(tlv(0x01, Buffer.from([0xff]))), true)
  const signsCertificates = extension(0x0f, tlv(0x03, Buffer.from([1, 0x06])), true)
  const ownKey = extension(0x0e, tlv(0x04, keyId))
  const extensions = [isAuthority, signsCertificates, ownKey, authorityKey]
  const contents = { serial: 1, subject: name, issuer: name, publicKey, extensions }
  const cert = buildCertificate(contents, kinds.ec, privateKey)
  let serial = 1
  return {
    /** In PEM. */
    cert,
    /** The hash by which a browser can be made to believe it. */
    keyHash: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
    /** A certificate for these names and IPv4 addresses, together with that of the authority. */
    issue(hosts: readonly string[]): TestCertificate {
      serial += 1
      const own = kinds.ec.generate()
      const issued = {
        serial,
        subject: hosts[0] ?? '',
        issuer: name,
        publicKey: own.publicKey,
        extensions: [
          alternativeNames(hosts),
          extension(0x0f, tlv(0x03, Buffer.from([7, 0x80])), true),
          // For servers and for clients.
          extension(0x25, sequence(...[1, 2].map(keyPurpose))),
          authorityKey,
        ],
      }
      return {
        key: writeKey(own.privateKey),
        cert: `${buildCertificate(issued, kinds.ec, privateKey)}${cert}`,
      }
    },
  }
}
