/**
 * The file that holds the key-encryption keys, kept apart from the database. Owns its text form, its permissions and how it
 * changes. kernel/keyring.ts seals with the keys; sealing-state.ts decides which key seals.
 */
import { constants } from 'node:fs'
import { link, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { minutes } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import type { KeyEncryptionKey } from '../kernel/keyring.ts'
import type { Random } from '../kernel/random.ts'
import { systemRandom } from '../kernel/random.ts'

export interface KeyFileOptions {
  readonly file: string
  readonly random?: Random
}

/** Newest first; there is at least one. */
export type Keys = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]]

/**
 * Reads the keys, or creates a file with a new one (mode 0400). Never overwrites: if two processes create it at the same time,
 * both get the key of the first. Throws when others than the owner may read the file, or when a line is neither `einlass-key-v1
 * <id> <base64url of 32 bytes>` nor a comment nor empty.
 */
export async function loadOrCreateKeys(options: KeyFileOptions): Promise<Keys> {
  const { file, random = systemRandom } = options
  const existing = await load(file)
  if (existing !== undefined) return existing
  await create(file, random)
  const created = await load(file)
  if (created === undefined) throw new Error(`the key file ${file} is gone again`)
  return created
}

/** Reads the keys. Throws as `loadOrCreateKeys` does, and when there is no file. */
export async function loadKeys(file: string, access: Access = {}): Promise<Keys> {
  const keys = await load(file, access)
  if (keys === undefined) throw new Error(`the key file ${file} is missing; restore it`)
  return keys
}

interface Access {
  readonly groupMayRead?: boolean
}

async function load(file: string, access: Access = {}): Promise<Keys | undefined> {
  const text = await readKeyFile(file, access)
  return text === undefined ? undefined : parseKeys(text, file)
}

/** `undefined`: the file is missing. Throws when others than the owner may read it. */
async function readKeyFile(
  file: string,
  { groupMayRead = false }: Access = {},
): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (stats.isDirectory())
      throw new Error(
        `the key file ${file} is a folder; name a file in it: ${join(file, 'einlass.key')}`,
      )
    const { mode } = stats
    // Windows has no such bits; there the folder's access list protects the file.
    if (process.platform !== 'win32' && (mode & (groupMayRead ? 0o007 : 0o077)) !== 0) {
      throw new Error(
        `the key file ${file} is open to others than its owner; run: chmod 400 ${file}`,
      )
    }
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

const keyLine = /^einlass-key-v1 ([\w-]+) ([\w-]{43})$/

/**
 * Reads the keys of a key file's text; its last line is the newest key. Throws for any other text, and the error has no part of
 * it.
 * @param place where the text is from, for messages
 */
export function parseKeys(text: string, place: string): Keys {
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseLine)
  if (keys.includes(undefined)) throw new Error(`${place} is not a key file`)
  const [newest, ...earlier] = keys.filter((key) => key !== undefined).reverse()
  if (newest === undefined) throw new Error(`${place} is not a key file`)
  const ids = new Set([newest, ...earlier].map(({ id }) => id))
  if (ids.size <= earlier.length) throw new Error(`${place} has two keys with the same id`)
  return [newest, ...earlier]
}

function parseLine(line: string): KeyEncryptionKey | undefined {
  const [, id, secret] = keyLine.exec(line) ?? []
  if (id === undefined || secret === undefined) return undefined
  return { id, key: new Uint8Array(Buffer.from(secret, 'base64url')) }
}

/** A line of a key file with a new key. */
export function makeKeyLine(random: Random): string {
  const id = Buffer.from(random.bytes(8)).toString('hex')
  return `einlass-key-v1 ${id} ${Buffer.from(random.bytes(32)).toString('base64url')}`
}

/** Adds a new key as the last line. If this is interrupted, the file is either unchanged or has the key. */
export async function addKey(file: string, random: Random): Promise<void> {
  await changeKeyFile(file, (text) => `${text.trimEnd()}\n${makeKeyLine(random)}\n`)
}

/**
 * Moves the line of a key into a second file beside this one, because older backups need the key. Returns the name of that
 * file; `undefined`: there is no such key.
 */
export async function removeKey(file: string, id: string): Promise<string | undefined> {
  const isOf = (line: string) => parseLine(line.trim())?.id === id
  let retired: string | undefined
  await changeKeyFile(file, async (text, real) => {
    const lines = text.split('\n')
    const removed = lines.filter(isOf)
    if (removed.length === 0) return text
    const rest = lines.filter((line) => !isOf(line)).join('\n')
    parseKeys(rest, file)
    retired = `${real}.retired`
    await append(retired, `${removed.join('\n')}\n`)
    return rest
  })
  return retired
}

/** Follows no link: root may run this in the folder of the service. */
async function append(file: string, text: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The longest time that a command takes for a change. An older temporary file is from a command that was killed. */
const longestChange = minutes(1)

type Change = (text: string, file: string) => string | Promise<string>

async function changeKeyFile(named: string, change: Change): Promise<void> {
  // Follows a link, so that it is not replaced by a file.
  const file = await realpath(named)
  // The name is a lock: without it, the second of two commands at once would lose the key of the first.
  const temporary = `${file}.new`
  await removeLeft(file, temporary)
  const handle = await open(temporary, 'wx', 0o400).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? anotherChanges(file) : error
  })
  // Another command takes over the name when this one takes too long, for example because the machine slept.
  const isOwn = async () => {
    const [own, there] = [await handle.stat(), await stat(temporary).catch(() => undefined)]
    return own.ino === there?.ino && own.dev === there.dev
  }
  try {
    const text = await readKeyFile(file)
    if (text === undefined) throw new Error(`the key file ${file} is missing; restore it`)
    const changed = await change(text, file)
    parseKeys(changed, file)
    await handle.writeFile(changed)
    // Root changes a file in the service's folder, where the service may have replaced the file meanwhile.
    const { uid, gid } = await stat(file)
    if (process.getuid?.() === 0) await handle.chown(uid, gid)
    await handle.sync()
    if ((await readKeyFile(file)) !== text || !(await isOwn())) throw anotherChanges(file)
    await rename(temporary, file).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? anotherChanges(file) : error
    })
  } catch (error) {
    if (await isOwn()) await rm(temporary, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(file))
}

/**
 * Removes the temporary file of a command that was killed. Two commands may see it at once: the name may be a new file of the
 * other one by then, which then finds that its name is gone.
 */
async function removeLeft(file: string, temporary: string): Promise<void> {
  const isLeft = async (name: string) => {
    const found = await stat(name).catch(() => undefined)
    return found !== undefined && Date.now() - found.mtimeMs > longestChange
  }
  if (!(await isLeft(temporary))) return
  const aside = `${temporary}.${Buffer.from(systemRandom.bytes(8)).toString('hex')}`
  await rename(temporary, aside).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? anotherChanges(file) : error
  })
  const wasLeft = await isLeft(aside)
  await rm(aside)
  if (!wasLeft) throw anotherChanges(file)
}

function anotherChanges(file: string): Fault {
  const text = `Another command is changing ${file}. Nothing was changed. If no other one runs, try again in a minute.`
  return new Fault('conflict', text)
}

async function create(file: string, random: Random): Promise<void> {
  const name = Buffer.from(random.bytes(8)).toString('hex')
  await makeFolder(dirname(file))
  const temporary = `${file}.${name}`
  try {
    await writeDurably(temporary, `${makeKeyLine(random)}\n`)
    // A link, unlike a rename, fails when the name is taken.
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(file))
}

/**
 * Creates the folders step by step: Node's recursive mkdir never ends in a folder that answers ENOENT for everything inside it.
 */
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
