/**
 * The certificate of a signing key. It is self-signed: relying parties of SAML and WS-Federation trust a key because of the
 * metadata or an administrator. From the certificate they read only its expiry and its name. Owns the one form of certificate
 * that is made here (RFC 5280), written as DER (X.690) from its parts.
 */
import { createPublicKey, hash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { hours } from '../../platform/kernel/clock.ts'
import type { Random } from '../../platform/kernel/random.ts'

export interface SigningCertificate {
  /** DER in base64, as metadata and XML Signature have it. */
  readonly base64: string
  /** SHA-1 of the DER in upper-case hexadecimal: the thumbprint by which Windows and Exchange name a certificate. */
  readonly sha1: string
  readonly sha256: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** How long before its expiry a warning is written, in milliseconds. A new certificate is published two weeks before it signs. */
const warnedBefore = hours(30 * 24)

export function endsSoon(expiresAt: number, now: number): boolean {
  return expiresAt - now < warnedBefore
}

export function readCertificate(base64: string): SigningCertificate {
  const der = Buffer.from(base64, 'base64')
  return {
    base64,
    sha1: hash('sha1', der, 'hex').toUpperCase(),
    sha256: hash('sha256', der, 'hex').toUpperCase(),
    expiresAt: Date.parse(new X509Certificate(der).validTo),
  }
}

const years = 10
/** The longest common name (RFC 5280 appendix A.1, ub-common-name). */
const longestName = 64

export interface CertificateOptions {
  readonly random: Random
  /** The host of this installation. */
  readonly host: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Makes a certificate for an RSA key, in the stored form: DER in base64. */
export function createCertificate(key: KeyObject, options: CertificateOptions): string {
  const signed = createSignedPart(key, options)
  const signature = sign('sha256', signed, key)
  return sequence(signed, rsaWithSha256, bitString(signature)).toString('base64')
}

/** TBSCertificate, section 4.1.2. */
function createSignedPart(key: KeyObject, { random, host, now }: CertificateOptions): Buffer {
  const name = createName(`Token signing - ${host}`.slice(0, longestName))
  const end = new Date(now)
  end.setUTCFullYear(end.getUTCFullYear() + years)
  return sequence(
    wrap(0xa0, integer(Buffer.of(2))),
    integer(createSerialNumber(random)),
    rsaWithSha256,
    name,
    sequence(time(new Date(now)), time(end)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    wrap(0xa3, sequence(noAuthority, signsOnly)),
  )
}

/** A positive number of 127 bits: the first bit of an integer is its sign. */
function createSerialNumber(random: Random): Buffer {
  const bytes = Buffer.from(random.bytes(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

/** One common name. */
function createName(text: string): Buffer {
  return sequence(wrap(0x31, sequence(identifier('550403'), wrap(0x0c, Buffer.from(text)))))
}

/** UTCTime up to 2049, then GeneralizedTime (section 4.1.2.5). */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`
  const isEarly = at.getUTCFullYear() < 2050
  return wrap(isEarly ? 0x17 : 0x18, Buffer.from(isEarly ? digits.slice(2) : digits))
}

function wrap(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag, ...encodeLength(body.length)), body])
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  return [0x80 | bytes.length, ...bytes]
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return wrap(0x30, ...parts)
}

function integer(bytes: Buffer): Buffer {
  return wrap(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return wrap(0x03, Buffer.of(0), bytes)
}

/** An object identifier by its encoded arcs. */
function identifier(hex: string): Buffer {
  return wrap(0x06, Buffer.from(hex, 'hex'))
}

const rsaWithSha256 = sequence(identifier('2a864886f70d01010b'), wrap(0x05))
const critical = wrap(0x01, Buffer.of(0xff))
/** Basic constraints: the key signs no certificates. */
const noAuthority = sequence(identifier('551d13'), critical, wrap(0x04, sequence()))
/** Key usage: digitalSignature alone. */
const signsOnly = sequence(
  identifier('551d0f'),
  critical,
  wrap(0x04, wrap(0x03, Buffer.of(7, 0x80))),
)
