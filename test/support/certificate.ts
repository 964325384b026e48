// A certificate for one host name, signed by its own key, made without any tool besides Node. RFC 5280 section 4.1.

import { generateKeyPairSync, sign } from 'node:crypto'

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

const kinds = {
  ec: {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    // ecdsa-with-SHA256 (RFC 5758), and sha256WithRSAEncryption (RFC 4055) with its NULL.
    algorithm: sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
  },
  rsa: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    algorithm: sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), tlv(0x05)),
  },
}

/** Valid from yesterday until tomorrow; `key` and `cert` in PEM, and `cert` is also what a client has to believe. */
export const createCertificate = (
  host: string,
  kind: keyof typeof kinds = 'ec',
): TestCertificate => {
  const { generate, algorithm } = kinds[kind]
  const { privateKey, publicKey } = generate()
  const commonName = sequence(objectId(0x55, 0x04, 0x03), tlv(0x0c, Buffer.from(host)))
  const name = sequence(tlv(0x31, commonName))
  const alternativeNames = sequence(tlv(0x82, Buffer.from(host)))
  const extension = sequence(objectId(0x55, 0x1d, 0x11), tlv(0x04, alternativeNames))
  const signed = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(extension)),
  )
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', signed, privateKey))
  const der = sequence(signed, algorithm, signature)
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}
