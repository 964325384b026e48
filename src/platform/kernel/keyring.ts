/**
 * Secrets at rest. Envelope encryption: every value has its own data key (AES-256-GCM), wrapped by a key-encryption
 * key that lives outside the database. The row's identity is associated data, so a value cannot be moved to another
 * row. Owns the sealed format; does not own where the key-encryption keys come from.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { Random } from './random.ts'

export interface Keyring {
  /** Seals `plain` for one sealing context, for example `push_devices/dev_x/secret`. Returns ASCII text. */
  seal(context: string, plain: Uint8Array): string
  /** Opens what `seal` made for the same context. Throws when the text, the context or the key is wrong. */
  open(context: string, sealed: string): Uint8Array
  /** A key for one purpose, derived from the oldest key, for things that need not be opened (form tokens, signatures). */
  derive(purpose: string): Uint8Array
  /** As `derive`, for what is worth nothing any more when the database is restored from a backup. */
  deriveInEpoch(purpose: string): Uint8Array
  readonly epoch: string | undefined
}

export interface KeyEncryptionKey {
  /** Named in every sealed value. ASCII without dots. */
  readonly id: string
  readonly key: Uint8Array
}

export interface KeyringOptions {
  /** Newest first: the first one seals, all of them open, the last one derives. Each has 32 bytes. */
  readonly keys: readonly KeyEncryptionKey[]
  readonly random: Random
  /** The id of the epoch of the database, see storage/epoch.ts; absent: it was never restored. */
  readonly epoch?: string | undefined
}

const version = 'v1'
const keyLength = 32
const nonceLength = 12
const tagLength = 16
const boxOverhead = nonceLength + tagLength
const wrappedLength = keyLength + boxOverhead

/**
 * A sealed value reads `v1.<key id>.<base64url of wrapped data key || value>`, where both halves are
 * `nonce || ciphertext || tag` of AES-256-GCM (NIST SP 800-38D) with the context as associated data.
 * Throws when there is no key, when two have the same id, or when one does not have 32 bytes.
 *
 *     const sealed = keyring.seal(`push_devices/${id}/secret`, secret)
 *     keyring.open(`push_devices/${id}/secret`, sealed) // the secret
 */
export function createKeyring({ keys, random, epoch }: KeyringOptions): Keyring {
  const byId = new Map(keys.map((kek) => [kek.id, checked(kek)]))
  const newest = keys[0]
  const oldest = keys.at(-1)
  if (newest === undefined || oldest === undefined) throw new Error('a keyring needs a key')
  if (byId.size !== keys.length) throw new Error('two keys of the keyring have the same id')
  return {
    seal(context, plain) {
      const dataKey = random.bytes(keyLength)
      const box = Buffer.concat([
        encrypt(newest.key, random.bytes(nonceLength), context, dataKey),
        encrypt(dataKey, random.bytes(nonceLength), context, plain),
      ])
      return `${version}.${newest.id}.${box.toString('base64url')}`
    },
    open(context, sealed) {
      const [found, id = '', text = '', ...rest] = sealed.split('.')
      const box = Buffer.from(text, 'base64url')
      // Decoding is lenient; only the one canonical spelling of the bytes is accepted.
      const canonical = rest.length === 0 && box.toString('base64url') === text
      if (found !== version || !canonical) throw new Error('a sealed value is malformed')
      const kek = byId.get(id)
      if (kek === undefined)
        throw new Error(`no key with id ${JSON.stringify(id)} is in the keyring`)
      const dataKey = decrypt(kek.key, context, box.subarray(0, wrappedLength))
      return decrypt(dataKey, context, box.subarray(wrappedLength))
    },
    epoch,
    derive: (purpose) => deriveKey(oldest, purpose),
    deriveInEpoch: (purpose) =>
      deriveKey(oldest, epoch === undefined ? purpose : `${purpose}/${epoch}`),
  }
}

function deriveKey({ key }: KeyEncryptionKey, purpose: string): Uint8Array {
  const derived = hkdfSync('sha256', key, new Uint8Array(0), `einlass/${purpose}`, keyLength)
  return new Uint8Array(derived)
}

function checked(kek: KeyEncryptionKey): KeyEncryptionKey {
  if (kek.key.length !== keyLength) throw new Error(`key ${kek.id} does not have 32 bytes`)
  if (!/^[\w-]+$/.test(kek.id)) throw new Error('the id of a key has letters, digits, _ and - only')
  return kek
}

function encrypt(key: Uint8Array, nonce: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, context: string, box: Uint8Array): Uint8Array {
  if (box.length < boxOverhead) throw new Error('a sealed value is too short')
  const nonce = box.subarray(0, nonceLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(box.subarray(-tagLength))
  const body = decipher.update(box.subarray(nonceLength, -tagLength))
  try {
    return new Uint8Array(Buffer.concat([body, decipher.final()]))
  } catch (cause) {
    throw new Error('a sealed value does not belong to this context or key', { cause })
  }
}
