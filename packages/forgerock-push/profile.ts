/**
 * Device profiles in the form in which AM stores them in a directory: JSON, or JSON in a JWE that is encrypted with RSA1_5 and
 * AES-CBC with HMAC (RFC 7518 sections 4.2 and 5.2). Reads them for an import; writes none.
 */
import {
  constants,
  createDecipheriv,
  createHmac,
  type KeyObject,
  privateDecrypt,
  timingSafeEqual,
} from 'node:crypto'
import { fromBase64, textFromBase64 } from './base64.ts'
import { readObject } from './json.ts'

export interface PushProfile {
  readonly type: 'push'
  readonly uuid: string
  readonly sharedSecret: Uint8Array
  /** To be sent back letter for letter in claim `u`. */
  readonly mechanismUid: string
  readonly deviceId: string
  readonly deviceType: 'android' | 'ios'
  readonly communicationType: 'gcm' | 'apns'
  /** The ARN of the SNS endpoint. */
  readonly communicationId?: string
  readonly deviceName?: string
  readonly issuer?: string
  /** Plain or hashed, as AM stored them. */
  readonly recoveryCodes: readonly string[]
}

export interface OathProfile {
  readonly type: 'oath'
  readonly uuid: string
  readonly sharedSecret: Uint8Array
  readonly deviceName?: string
  readonly counter: number
  /** Seconds since the epoch; 0: never used. */
  readonly lastLogin: number
  readonly clockDriftSeconds: number
  readonly recoveryCodes: readonly string[]
}

export type ProfileReading =
  | { readonly type: 'ok'; readonly profile: PushProfile | OathProfile }
  | {
      readonly type: 'refused'
      readonly reason: 'malformed' | 'key_missing' | 'not_decrypted'
    }

/**
 * Reads one value of `pushDeviceProfiles` or `oathDeviceProfiles`. Never throws.
 * @param privateKey the RSA key of AM's device encryption; used only for encrypted profiles
 */
export function readDeviceProfile(
  text: string,
  privateKeys: readonly KeyObject[] = [],
): ProfileReading {
  if (text.trimStart().startsWith('{')) return readProfile(text)
  const parts = text.trim().split('.')
  if (parts.length !== 5) return malformed
  if (privateKeys.length === 0) return { type: 'refused', reason: 'key_missing' }
  for (const privateKey of privateKeys) {
    const plain = decryptJwe(parts, privateKey)
    if (plain !== undefined) return readProfile(plain)
  }
  return { type: 'refused', reason: 'not_decrypted' }
}

const malformed = { type: 'refused', reason: 'malformed' } as const

function readProfile(text: string): ProfileReading {
  const fields = readObject(text)
  if (fields === undefined) return malformed
  const profile = 'deviceMechanismUID' in fields ? pushProfile(fields) : oathProfile(fields)
  return profile === undefined ? malformed : { type: 'ok', profile }
}

type Fields = Readonly<Record<string, unknown>>

function pushProfile(fields: Fields): PushProfile | undefined {
  const { uuid, deviceMechanismUID, deviceId, deviceType, communicationType } = fields
  const sharedSecret = fromBase64(readText(fields.sharedSecret))
  if (typeof uuid !== 'string' || typeof deviceMechanismUID !== 'string') return undefined
  if (typeof deviceId !== 'string' || sharedSecret === undefined) return undefined
  if (deviceType !== 'android' && deviceType !== 'ios') return undefined
  if (communicationType !== 'gcm' && communicationType !== 'apns') return undefined
  return {
    type: 'push',
    uuid,
    sharedSecret,
    mechanismUid: deviceMechanismUID,
    deviceId,
    deviceType,
    communicationType,
    ...textField('communicationId', fields.communicationId),
    ...textField('deviceName', fields.deviceName),
    ...textField('issuer', fields.issuer),
    recoveryCodes: readCodes(fields),
  }
}

function oathProfile(fields: Fields): OathProfile | undefined {
  const { uuid, sharedSecret } = fields
  const hex = readText(sharedSecret)
  if (typeof uuid !== 'string' || !/^(?:[\da-f]{2}){8,}$/i.test(hex)) return undefined
  return {
    type: 'oath',
    uuid,
    sharedSecret: Buffer.from(hex, 'hex'),
    ...textField('deviceName', fields.deviceName),
    counter: readWhole(fields.counter),
    lastLogin: readWhole(fields.lastLogin),
    clockDriftSeconds: readWhole(fields.clockDriftSeconds),
    recoveryCodes: readCodes(fields),
  }
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function readWhole(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

function textField<Name extends string>(
  name: Name,
  value: unknown,
): { readonly [key in Name]?: string } {
  return typeof value === 'string' ? ({ [name]: value } as { [key in Name]: string }) : {}
}

function readCodes({ recoveryCodes }: Fields): string[] {
  if (!Array.isArray(recoveryCodes)) return []
  return recoveryCodes.filter((code): code is string => typeof code === 'string')
}

const encryptions = {
  'A256CBC-HS512': { cipher: 'aes-256-cbc', hash: 'sha512', keyBytes: 32 },
  'A128CBC-HS256': { cipher: 'aes-128-cbc', hash: 'sha256', keyBytes: 16 },
} as const

/** The plain text of a JWE; `undefined` for every failure, because the reason would help only an attacker. */
function decryptJwe(parts: readonly string[], privateKey: KeyObject): string | undefined {
  try {
    const [header = '', ...others] = parts
    const { alg, enc } = readObject(textFromBase64(header) ?? '') ?? {}
    if (alg !== 'RSA1_5' || (enc !== 'A256CBC-HS512' && enc !== 'A128CBC-HS256')) return undefined
    const [wrapped, iv, ciphertext, tag] = others.map((part) => Buffer.from(part, 'base64url'))
    if (!wrapped || !iv || !ciphertext || !tag) return undefined
    const key = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, wrapped)
    return decryptContent(encryptions[enc], { key, header, iv, ciphertext, tag })
  } catch {
    return undefined
  }
}

function decryptContent(
  { cipher, hash, keyBytes }: (typeof encryptions)[keyof typeof encryptions],
  jwe: { key: Buffer; header: string; iv: Buffer; ciphertext: Buffer; tag: Buffer },
): string | undefined {
  if (jwe.key.length !== 2 * keyBytes) return undefined
  const headerBits = Buffer.alloc(8)
  headerBits.writeBigUInt64BE(BigInt(jwe.header.length * 8))
  const mac = createHmac(hash, jwe.key.subarray(0, keyBytes))
    .update(jwe.header)
    .update(jwe.iv)
    .update(jwe.ciphertext)
    .update(headerBits)
    .digest()
    .subarray(0, keyBytes)
  if (jwe.tag.length !== keyBytes || !timingSafeEqual(mac, jwe.tag)) return undefined
  const decipher = createDecipheriv(cipher, jwe.key.subarray(keyBytes), jwe.iv)
  return Buffer.concat([decipher.update(jwe.ciphertext), decipher.final()]).toString('utf8')
}
