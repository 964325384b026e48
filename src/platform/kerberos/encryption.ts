/**
 * The encryption and the keyed checksums of Kerberos, to read what the system's Kerberos has accepted but does not show: AES
 * (RFC 3962 and RFC 8009) and, for old domains, RC4 (RFC 4757). Decrypts only; nothing here makes a ticket.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  timingSafeEqual,
} from 'node:crypto'

/** Why a key is used (RFC 4120, 7.5.1). */
export const keyUsage = { ticket: 2, pac: 17 } as const

export interface KeyedData {
  readonly key: Buffer
  readonly usage: number
  readonly data: Buffer
}

interface Encryption {
  readonly keyLength: number
  /** `undefined`: another key, or changed bytes. */
  decrypt(given: KeyedData): Buffer | undefined
}

const blockLength = 16

/** By the number of the encryption type. */
const encryptions: Readonly<Record<number, Encryption>> = {
  17: { keyLength: 16, decrypt: (given) => decryptAesSha1(given) },
  18: { keyLength: 32, decrypt: (given) => decryptAesSha1(given) },
  19: { keyLength: 16, decrypt: (given) => decryptAesSha2(given, sha256) },
  20: { keyLength: 32, decrypt: (given) => decryptAesSha2(given, sha384) },
  23: { keyLength: 16, decrypt: (given) => decryptRc4(given) },
}

/** By the number of the checksum type; RC4's is -138. */
const checksums: Readonly<Record<number, (given: KeyedData) => Buffer>> = {
  15: (given) => checkAesSha1(given),
  16: (given) => checkAesSha1(given),
  19: (given) => checkAesSha2(given, sha256),
  20: (given) => checkAesSha2(given, sha384),
  [-138]: (given) => checkRc4(given),
}

/** `undefined`: an encryption that is unknown, another key, or changed bytes. */
export function decrypt(encryption: number, given: KeyedData): Buffer | undefined {
  const known = encryptions[encryption]
  return known?.keyLength === given.key.length ? known.decrypt(given) : undefined
}

/** `undefined`: a type that is unknown, or that the key does not fit. */
export function makeChecksum(type: number, given: KeyedData): Buffer | undefined {
  const { length } = given.key
  const isFitting = type === 16 || type === 20 ? length === 32 : length === 16
  return isFitting ? checksums[type]?.(given) : undefined
}

export const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

/** The last byte of the constant of a derived key. */
const purposes = { encryption: 0xaa, integrity: 0x55, checksum: 0x99 } as const

function writeUsage(usage: number, purpose: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(usage)
  bytes[4] = purpose
  return bytes
}

const hmac = (hash: string, key: Buffer, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHmac(hash, key)).digest()

// RFC 3962

/** Of an HMAC-SHA1, of which 96 bits are kept. */
const sha1Length = 12

function decryptAesSha1({ key, usage, data }: KeyedData): Buffer | undefined {
  const cipher = data.subarray(0, -sha1Length)
  if (cipher.length < blockLength) return undefined
  const plain = decryptCts(deriveKey(key, writeUsage(usage, purposes.encryption)), cipher)
  const wanted = hmac('sha1', deriveKey(key, writeUsage(usage, purposes.integrity)), plain)
  if (!isSame(wanted.subarray(0, sha1Length), data.subarray(-sha1Length))) return undefined
  return plain.subarray(blockLength)
}

const checkAesSha1 = ({ key, usage, data }: KeyedData): Buffer =>
  hmac('sha1', deriveKey(key, writeUsage(usage, purposes.checksum)), data).subarray(0, sha1Length)

/** RFC 3961, 5.1. */
function deriveKey(key: Buffer, constant: Buffer): Buffer {
  const blocks: Buffer[] = []
  let last = foldBits(constant, blockLength)
  while (blocks.length * blockLength < key.length) {
    last = runBlocks('encrypt', key, last)
    blocks.push(last)
  }
  return Buffer.concat(blocks).subarray(0, key.length)
}

/**
 * The function *n-fold* of RFC 3961, 5.1: copies of the bytes, each turned 13 bits further to the right, are added with the carry
 * going around.
 */
export function foldBits(bytes: Buffer, length: number): Buffer {
  const bits = bytes.length * 8
  const mask = (1n << BigInt(bits)) - 1n
  const value = BigInt(`0x${bytes.toString('hex')}`)
  const total = findCommonMultiple(bytes.length, length)
  let copies = ''
  for (let count = 0; count < total / bytes.length; count += 1) {
    const turn = BigInt((13 * count) % bits)
    const turned = ((value >> turn) | (value << (BigInt(bits) - turn))) & mask
    copies += turned.toString(16).padStart(bytes.length * 2, '0')
  }
  const whole = (1n << BigInt(length * 8)) - 1n
  let sum = 0n
  for (let at = 0; at < copies.length; at += length * 2) {
    sum += BigInt(`0x${copies.slice(at, at + length * 2)}`)
  }
  while (sum > whole) sum = (sum & whole) + (sum >> BigInt(length * 8))
  return Buffer.from(sum.toString(16).padStart(length * 2, '0'), 'hex')
}

function findCommonMultiple(one: number, other: number): number {
  let [larger, smaller] = [one, other]
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller]
  return (one * other) / larger
}

/** Whole blocks, each by itself. */
function runBlocks(direction: 'encrypt' | 'decrypt', key: Buffer, blocks: Buffer): Buffer {
  const make = direction === 'encrypt' ? createCipheriv : createDecipheriv
  const cipher = make(`aes-${key.length * 8}-ecb`, key, null)
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(blocks), cipher.final()])
}

const mix = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)))

/** CBC with ciphertext stealing, which always swaps the last two blocks (RFC 3962, 5). At least one block. */
function decryptCts(key: Buffer, cipher: Buffer): Buffer {
  if (cipher.length === blockLength) return runBlocks('decrypt', key, cipher)
  const tail = cipher.length % blockLength || blockLength
  const at = cipher.length - tail - blockLength
  const [head, swapped, last] = [
    cipher.subarray(0, at),
    cipher.subarray(at, at + blockLength),
    cipher.subarray(at + blockLength),
  ]
  const opened = runBlocks('decrypt', key, swapped)
  const stolen = Buffer.concat([last, opened.subarray(tail)])
  const chain = Buffer.concat([Buffer.alloc(blockLength), head, stolen])
  const plain = mix(runBlocks('decrypt', key, Buffer.concat([head, stolen])), chain)
  return Buffer.concat([plain, mix(opened.subarray(0, tail), last)])
}

// RFC 8009

interface Sha2 {
  readonly hash: string
  /** Of what is kept of an HMAC, and of the keys for it, in bytes. */
  readonly length: number
}

const sha256: Sha2 = { hash: 'sha256', length: 16 }
const sha384: Sha2 = { hash: 'sha384', length: 24 }

function deriveSha2({ hash }: Sha2, key: Buffer, label: Buffer, length: number): Buffer {
  const [counter, bits] = [Buffer.from([0, 0, 0, 1]), Buffer.alloc(4)]
  bits.writeUInt32BE(length * 8)
  return hmac(hash, key, counter, label, Buffer.from([0]), bits).subarray(0, length)
}

function decryptAesSha2({ key, usage, data }: KeyedData, sha: Sha2): Buffer | undefined {
  const cipher = data.subarray(0, -sha.length)
  if (cipher.length < blockLength) return undefined
  const own = deriveSha2(sha, key, writeUsage(usage, purposes.integrity), sha.length)
  const wanted = hmac(sha.hash, own, Buffer.alloc(blockLength), cipher).subarray(0, sha.length)
  if (!isSame(wanted, data.subarray(-sha.length))) return undefined
  const label = writeUsage(usage, purposes.encryption)
  return decryptCts(deriveSha2(sha, key, label, key.length), cipher).subarray(blockLength)
}

function checkAesSha2({ key, usage, data }: KeyedData, sha: Sha2): Buffer {
  const own = deriveSha2(sha, key, writeUsage(usage, purposes.checksum), sha.length)
  return hmac(sha.hash, own, data).subarray(0, sha.length)
}

// RFC 4757

const writeRc4Usage = (usage: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(usage)
  return bytes
}

function decryptRc4({ key, usage, data }: KeyedData): Buffer | undefined {
  const [sum, cipher] = [data.subarray(0, 16), data.subarray(16)]
  if (cipher.length < 8) return undefined
  const own = hmac('md5', key, writeRc4Usage(usage))
  const plain = runRc4(hmac('md5', own, sum), cipher)
  return isSame(hmac('md5', own, plain), sum) ? plain.subarray(8) : undefined
}

function checkRc4({ key, usage, data }: KeyedData): Buffer {
  const inner = createHash('md5').update(writeRc4Usage(usage)).update(data).digest()
  return hmac('md5', hmac('md5', key, Buffer.from('signaturekey\0')), inner)
}

/** By hand, as OpenSSL no longer has it among its usual algorithms. */
function runRc4(key: Buffer, data: Buffer): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, at) => at)
  const swap = (one: number, other: number): number => {
    const [first = 0, second = 0] = [state[one], state[other]]
    state[one] = second
    state[other] = first
    return (first + second) & 255
  }
  for (let at = 0, other = 0; at < 256; at += 1) {
    other = (other + (state[at] ?? 0) + (key[at % key.length] ?? 0)) & 255
    swap(at, other)
  }
  let [one, other] = [0, 0]
  return Buffer.from(
    data.map((byte) => {
      one = (one + 1) & 255
      other = (other + (state[one] ?? 0)) & 255
      return byte ^ (state[swap(one, other)] ?? 0)
    }),
  )
}
