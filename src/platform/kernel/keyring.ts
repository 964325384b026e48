/**
 * Secrets at rest. Envelope encryption: every value has its own data key (AES-256-GCM), wrapped by a key-encryption
 * key that lives outside the database. The row's identity is associated data, so a value cannot be moved to another
 * row. Owns the sealed format; does not own where the key-encryption keys come from.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Random } from './random.ts'

export interface Keyring {
  /** Seals `plain` for one sealing context, for example `push_devices/dev_x/secret`. Returns ASCII text. */
  seal(context: string, plain: Uint8Array): string
  /** Opens what `seal` made for the same context. Throws when the text, the context or the key is wrong. */
  open(context: string, sealed: string): Uint8Array
  /** A key for one purpose, for things that need not be opened (form tokens, signatures, names of users at apps). */
  derive(purpose: string): Uint8Array
  /** As `derive`, for values that become worthless when the database is restored from a backup. */
  deriveInEpoch(purpose: string): Uint8Array
  readonly epoch: string | undefined
  /** Whether rows without a code are accepted, see storage/bound-rows.ts: only until all rows of the database have one. */
  readonly acceptsUnboundRows: boolean
}

/** A keyring whose keys change while it is used. */
export interface ChangingKeyring extends Keyring {
  /** The id of the key that seals. */
  readonly sealingKey: string
  /** Newest first. */
  readonly keys: readonly KeyEncryptionKey[]
  /** Replaces the keys; the first one seals. Derived keys stay the same. Throws as `createKeyring` does. */
  useKeys(keys: readonly KeyEncryptionKey[]): void
  /** From now on, for good: the database says that all rows have a code. */
  refuseUnboundRows(): void
  /**
   * The same value, sealed with the key that seals now; `undefined` when it is already. Its data key stays, so the value itself
   * is not opened. Throws as `open` does.
   */
  rewrap(context: string, sealed: string): string | undefined
}

export interface KeyEncryptionKey {
  /** Named in every sealed value. ASCII without dots. */
  readonly id: string
  readonly key: Uint8Array
}

export interface KeyringOptions {
  /** Newest first: the first one seals, all of them open. Each has 32 bytes. */
  readonly keys: readonly KeyEncryptionKey[]
  readonly random: Random
  /** The secret from which `derive` derives, 32 bytes; absent: that of the oldest key. It outlives the keys. */
  readonly namingSecret?: Uint8Array
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
export function createKeyring({
  keys: given,
  random,
  namingSecret,
  epoch,
}: KeyringOptions): ChangingKeyring {
  let keys = createKeySet(given)
  let acceptsUnbound = true
  const secret = namingSecret ?? extractNamingSecret(keys.oldest)
  const wrap = (context: string, dataKey: Uint8Array): Buffer =>
    encrypt(keys.newest.key, random.bytes(nonceLength), context, dataKey)
  const unwrap = (context: string, { id, box }: Parsed): Uint8Array => {
    const kek = keys.find(id)
    if (kek === undefined) throw new Error(`no key with id ${JSON.stringify(id)} is in the keyring`)
    return decrypt(kek.key, context, box.subarray(0, wrappedLength))
  }
  return {
    seal(context, plain) {
      const dataKey = random.bytes(keyLength)
      const value = encrypt(dataKey, random.bytes(nonceLength), context, plain)
      return format(keys.newest.id, wrap(context, dataKey), value)
    },
    open(context, sealed) {
      const parsed = parse(sealed)
      return decrypt(unwrap(context, parsed), context, parsed.box.subarray(wrappedLength))
    },
    rewrap(context, sealed) {
      const parsed = parse(sealed)
      const dataKey = unwrap(context, parsed)
      if (parsed.id === keys.newest.id) return undefined
      return format(keys.newest.id, wrap(context, dataKey), parsed.box.subarray(wrappedLength))
    },
    epoch,
    get acceptsUnboundRows() {
      return acceptsUnbound
    },
    refuseUnboundRows() {
      acceptsUnbound = false
    },
    derive: (purpose) => deriveKey(secret, purpose),
    deriveInEpoch: (purpose) =>
      deriveKey(secret, epoch === undefined ? purpose : `${purpose}/${epoch}`),
    get sealingKey() {
      return keys.newest.id
    },
    get keys() {
      return keys.all
    },
    useKeys(changed) {
      keys = createKeySet(changed)
    },
  }
}

function createKeySet(keys: readonly KeyEncryptionKey[]) {
  const byId = new Map(keys.map((kek) => [kek.id, checked(kek)]))
  const newest = keys[0]
  const oldest = keys.at(-1)
  if (newest === undefined || oldest === undefined) throw new Error('a keyring needs a key')
  if (byId.size !== keys.length) throw new Error('two keys of the keyring have the same id')
  return { all: keys, newest, oldest, find: (id: string) => byId.get(id) }
}

interface Parsed {
  readonly id: string
  /** The wrapped data key and the value. */
  readonly box: Buffer
}

function parse(sealed: string): Parsed {
  const [found, id = '', text = '', ...rest] = sealed.split('.')
  const box = Buffer.from(text, 'base64url')
  // Decoding is lenient; only the one canonical spelling of the bytes is accepted.
  const canonical = rest.length === 0 && box.toString('base64url') === text
  if (found !== version || !canonical) throw new Error('a sealed value is malformed')
  return { id, box }
}

function format(id: string, ...boxes: readonly Uint8Array[]): string {
  return `${startOfSealed(id)}${Buffer.concat(boxes).toString('base64url')}`
}

/** The beginning of every value that this key sealed. */
export const startOfSealed = (keyId: string): string => `${version}.${keyId}.`

/** The id of the key that a value is sealed with; `undefined`: it is no sealed value. */
export function findKeyId(sealed: string): string | undefined {
  return /^v1\.([\w-]+)\.[\w-]+$/.exec(sealed)?.[1]
}

/**
 * The naming secret of a database that was used with this key before it had a naming secret of its own. This is the first
 * half of HKDF (RFC 5869, extract), and `deriveKey` is the second. So the secret derives the same values as the key did,
 * and does not reveal the key.
 */
export function extractNamingSecret({ key }: KeyEncryptionKey): Uint8Array {
  return new Uint8Array(createHmac('sha256', new Uint8Array(32)).update(key).digest())
}

/** HKDF-Expand (RFC 5869) of 32 bytes. */
function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  const block = createHmac('sha256', secret).update(`einlass/${purpose}`).update(Uint8Array.of(1))
  return new Uint8Array(block.digest())
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
