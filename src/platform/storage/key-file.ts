/**
 * The file that holds the key-encryption key, kept apart from the database, and the proof that both belong together.
 * Owns the file's text form and its permissions; what is sealed with the key belongs to kernel/keyring.ts.
 */
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeyEncryptionKey, Keyring } from '../kernel/keyring.ts'
import type { Random } from '../kernel/random.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Queries } from './database.ts'

export interface KeyFileOptions {
  readonly file: string
  readonly random?: Random
}

/**
 * Reads the key, or creates a file with a new one (mode 0400). Never overwrites: of two processes that create it at
 * the same time, both get the key of the first. Throws when others than the owner may read the file, or when it does
 * not hold one line `einlass-key-v1 <id> <base64url of 32 bytes>`.
 */
export async function loadOrCreateKey(options: KeyFileOptions): Promise<KeyEncryptionKey> {
  const { file, random = systemRandom } = options
  const existing = await load(file)
  if (existing !== undefined) return existing
  await create(file, random)
  const created = await load(file)
  if (created === undefined) throw new Error(`the key file ${file} is gone again`)
  return created
}

/** Reads the key. Throws as `loadOrCreateKey` does, and when there is no file. */
export async function loadKey(file: string): Promise<KeyEncryptionKey> {
  const key = await load(file)
  if (key === undefined) throw new Error(`the key file ${file} is missing; restore it`)
  return key
}

async function load(file: string): Promise<KeyEncryptionKey | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { mode } = await handle.stat()
    // Windows has no such bits; there the folder's access list protects the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(
        `the key file ${file} is open to others than its owner; run: chmod 400 ${file}`,
      )
    }
    return parse(await handle.readFile('utf8'), file)
  } finally {
    await handle.close()
  }
}

const line = /^einlass-key-v1 ([\w-]+) ([\w-]{43})\n?$/

function parse(text: string, file: string): KeyEncryptionKey {
  const [, id, secret] = line.exec(text) ?? []
  if (id === undefined || secret === undefined) throw new Error(`${file} is not a key file`)
  return { id, key: new Uint8Array(Buffer.from(secret, 'base64url')) }
}

async function create(file: string, random: Random): Promise<void> {
  const id = Buffer.from(random.bytes(8)).toString('hex')
  const secret = Buffer.from(random.bytes(32)).toString('base64url')
  await makeFolder(dirname(file))
  const temporary = `${file}.${id}`
  try {
    await writeDurably(temporary, `einlass-key-v1 ${id} ${secret}\n`)
    // A link, unlike a rename, fails when the name is taken.
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(file))
}

/** Step by step: Node's own way tries for ever where a folder says of what is in it that it is not there. */
async function makeFolder(folder: string): Promise<void> {
  const make = () =>
    mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  try {
    await make()
  } catch (error) {
    const parent = dirname(folder)
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    if (parent === folder) throw error
    await makeFolder(parent)
    await make()
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o400)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const checkName = 'key_check'
const checkPlace = `settings/${checkName}/value`

/** Whether this database was used with a key already. */
export async function hasKey(queries: Queries): Promise<boolean> {
  const mark = queries.selectFrom('settings').select('name').where('name', '=', checkName)
  return (await mark.executeTakeFirst()) !== undefined
}

/**
 * Compares the keyring with the database: the first one to come leaves a sealed mark in `settings`, and later ones
 * must be able to open it. Throws an Error that says so when the key file belongs to another database.
 */
export async function checkKeyring(queries: Queries, keyring: Keyring): Promise<void> {
  const mark = queries.selectFrom('settings').select('value').where('name', '=', checkName)
  if ((await mark.executeTakeFirst()) === undefined) {
    await queries
      .insertInto('settings')
      .values({ name: checkName, value: keyring.seal(checkPlace, Buffer.from('einlass')) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
  }
  const { value } = await mark.executeTakeFirstOrThrow()
  try {
    keyring.open(checkPlace, value)
  } catch (cause) {
    throw new Error(
      'the key file does not belong to this database: it was set up with another key. Restore the key file of this database, or name the right one in the configuration.',
      { cause },
    )
  }
}
