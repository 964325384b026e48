/**
 * For tests: an authenticator in software (WebAuthn Level 3 section 6, ES256). It does what it is asked for, or with a
 * twist anything else that an authenticator or a browser could say.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What is said in place of what is true. */
export interface Twist {
  readonly type?: string
  readonly challenge?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly isPresent?: boolean
  readonly isVerified?: boolean
  readonly isBackupEligible?: boolean
  readonly isBackedUp?: boolean
  readonly signCount?: number
  readonly credentialId?: string
  readonly userHandle?: string | undefined
  /** What it says about its maker. */
  readonly statement?: { readonly fmt: string; readonly attStmt: ReadonlyMap<string, unknown> }
  /** Signs with this key. */
  readonly key?: KeyObject
}

export interface SoftPasskey {
  readonly id: string
  readonly key: KeyObject
  readonly userHandle: string
  signCount: number
}

export interface SoftAuthenticatorOptions {
  readonly rpId: string
  readonly origin: string
  /** It can copy its passkeys to other devices. */
  readonly isBackupEligible?: boolean
  /** It counts its signatures. */
  readonly counts?: boolean
}

export type SoftAuthenticator = ReturnType<typeof createSoftAuthenticator>

export function createSoftAuthenticator(options: SoftAuthenticatorOptions) {
  const passkeys: SoftPasskey[] = []

  function encodeData(flagsBeside: number, signCount: number, twist: Twist): Buffer {
    const { isPresent = true, isVerified = true } = twist
    const { isBackupEligible = options.isBackupEligible ?? false } = twist
    const { isBackedUp = isBackupEligible } = twist
    const flags =
      (isPresent ? 0x01 : 0) |
      (isVerified ? 0x04 : 0) |
      (isBackupEligible ? 0x08 : 0) |
      (isBackedUp ? 0x10 : 0)
    const data = Buffer.alloc(37)
    sha256(twist.rpId ?? options.rpId).copy(data)
    data.writeUInt8(flags | flagsBeside, 32)
    data.writeUInt32BE(twist.signCount ?? signCount, 33)
    return data
  }

  function clientData(type: string, challenge: string, twist: Twist): Buffer {
    const { topOrigin, crossOrigin = false, origin = options.origin } = twist
    return Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin,
        crossOrigin,
        ...(topOrigin !== undefined && { topOrigin }),
      }),
    )
  }

  return {
    passkeys,

    /** Answers creation options, both as JSON. */
    create(asked: string, twist: Twist = {}): string {
      const { challenge, user } = JSON.parse(asked)
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const id = twist.credentialId ?? randomBytes(32).toString('base64url')
      passkeys.push({ id, key: privateKey, userHandle: user.id, signCount: 0 })
      const idBytes = Buffer.from(id, 'base64url')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(idBytes.length)
      const authData = Buffer.concat([
        encodeData(0x40, 0, twist),
        Buffer.alloc(16),
        length,
        idBytes,
        coseKey(publicKey),
      ])
      const attestation = cbor(
        new Map<string, unknown>([
          ['fmt', twist.statement?.fmt ?? 'none'],
          ['attStmt', twist.statement?.attStmt ?? new Map()],
          ['authData', authData],
        ]),
      )
      return JSON.stringify({
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, twist).toString('base64url'),
          attestationObject: attestation.toString('base64url'),
          transports: ['internal'],
        },
      })
    },

    /** Answers request options, both as JSON, with the passkey that was made last. */
    get(asked: string, twist: Twist = {}): string {
      const { challenge } = JSON.parse(asked)
      const passkey = passkeys.at(-1)
      if (passkey === undefined) throw new Error('an authenticator without a passkey')
      if (options.counts === true && twist.signCount === undefined) passkey.signCount += 1
      const authData = encodeData(0, passkey.signCount, twist)
      const client = clientData('webauthn.get', challenge, twist)
      const signed = Buffer.concat([authData, createHash('sha256').update(client).digest()])
      const userHandle = 'userHandle' in twist ? twist.userHandle : passkey.userHandle
      const id = twist.credentialId ?? passkey.id
      return JSON.stringify({
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', signed, twist.key ?? passkey.key).toString('base64url'),
          ...(userHandle !== undefined && { userHandle }),
        },
      })
    },
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** RFC 9053 section 7.1.1. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

/** As much of RFC 8949 as an authenticator needs. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([head(3, text.length), text])
  }
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
  }
  throw new Error('no CBOR for it')
}

function head(major: number, length: number): Buffer {
  const type = major << 5
  if (length < 24) return Buffer.from([type | length])
  if (length < 256) return Buffer.from([type | 24, length])
  return Buffer.from([type | 25, length >> 8, length & 0xff])
}
