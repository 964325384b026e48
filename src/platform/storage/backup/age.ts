/**
 * Files encrypted to public keys in the age format (https://c2sp.org/age), which other programs can open. Owns how keys are
 * read and how the library's errors are reported. The machine that makes backups never has a secret key.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { Fault } from '../../kernel/fault.ts'

/** Loaded only to encrypt or decrypt. */
const loadAge = () => import('age-encryption')

export interface AgeKeys {
  /** `AGE-SECRET-KEY-1…` */
  readonly secret: string
  /** `age1…`, to which backups are encrypted. */
  readonly recipient: string
}

export async function createAgeKeys(): Promise<AgeKeys> {
  const { generateX25519Identity, identityToRecipient } = await loadAge()
  const secret = await generateX25519Identity()
  return { secret, recipient: await identityToRecipient(secret) }
}

/** Throws `Fault('bad_request')` for a text that is no public key. The message never repeats a secret key. */
export async function checkRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await loadAge()
  for (const recipient of recipients) {
    try {
      new Encrypter().addRecipient(recipient)
    } catch (cause) {
      const isSecret = /^AGE-SECRET-KEY-/i.test(recipient)
      const found = isSecret ? 'a secret key, which stays where restores are made' : recipient
      const text = `--to\n  found:   ${found}\n  allowed: a public key of age, age1…`
      throw new Fault('bad_request', text, { cause })
    }
  }
}

/** The secret keys in a key file of age: one a line, beside empty lines and comments. */
export function readSecrets(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length > 0 && keys.every((key) => key.startsWith('AGE-SECRET-KEY-'))) return keys
  throw new Fault('bad_request', 'The file of --key is no key file of age: AGE-SECRET-KEY-1…')
}

const beginnings = ['age-encryption.org/v1\n', '-----BEGIN AGE ENCRYPTED FILE-----']

/** Whether the file is in the age format, binary or as text. */
export async function findAgeForm(file: string): Promise<'none' | 'binary' | 'text'> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(40), 0, 40, 0)
    const start = buffer.toString('latin1')
    if (start.startsWith(beginnings[0] ?? '')) return 'binary'
    return start.startsWith(beginnings[1] ?? '') ? 'text' : 'none'
  } finally {
    await handle.close()
  }
}

/**
 * Writes a new file and decrypts it again to compare. For that it makes a secret key for this file alone, and forgets it
 * afterwards.
 */
export async function encryptFile(
  plain: string,
  target: string,
  recipients: readonly string[],
): Promise<void> {
  const { Encrypter } = await loadAge()
  const own = await createAgeKeys()
  const encrypter = new Encrypter()
  for (const recipient of [...recipients, own.recipient]) encrypter.addRecipient(recipient)
  await write(await encrypter.encrypt(readWeb(plain)), target)
  const decrypted = await openDecrypted(target, [own.secret])
  if ((await hashAll(decrypted)) === (await hashAll(readWeb(plain)))) return
  throw new Fault('conflict', 'The encrypted backup does not read as it was written.')
}

/** Throws `Fault('conflict')` when no key fits, or the file is not as it was written. */
export async function decryptFile(
  encrypted: string,
  target: string,
  secrets: readonly string[],
): Promise<void> {
  try {
    await write(await openDecrypted(encrypted, secrets), target)
  } catch (cause) {
    if (!(cause instanceof Error) || 'code' in cause) throw cause
    const text = /no identity matched/.test(cause.message)
      ? `No key of --key is one that ${encrypted} was encrypted to.`
      : `${encrypted} cannot be decrypted: ${cause.message}.`
    throw new Fault('conflict', text, { cause })
  }
}

async function openDecrypted(file: string, secrets: readonly string[]) {
  const { Decrypter } = await loadAge()
  const decrypter = new Decrypter()
  for (const secret of secrets) decrypter.addIdentity(secret)
  return await decrypter.decrypt(readWeb(file))
}

type Bytes = globalThis.ReadableStream<Uint8Array>

const readWeb = (file: string): Bytes => Readable.toWeb(createReadStream(file)) as Bytes

async function write(bytes: Bytes, file: string): Promise<void> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  await pipeline(Readable.fromWeb(bytes as ReadableStream<Uint8Array>), target)
}

async function hashAll(bytes: Bytes): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of Readable.fromWeb(bytes as ReadableStream<Uint8Array>))
    hash.update(piece)
  return hash.digest('hex')
}
