/**
 * Where root makes, copies and restores databases, and stores the keys of backups. Another user who can change a folder, or a
 * link on the way to it, could replace what root writes or reads there. So root works only where root and the owner of the data
 * alone can change something.
 */
import { lstatSync, readlinkSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { nameUser } from '../../kernel/denied.ts'
import { Fault } from '../../kernel/fault.ts'
import type { StorageConfig } from '../open.ts'

export interface Entry {
  readonly type: 'folder' | 'link' | 'other'
  readonly uid: number
  readonly gid: number
  /** With the sticky bit. */
  readonly mode: number
  /** Where a link leads to. */
  readonly target?: string
}

/** `undefined`: there is nothing with that name. Does not follow links. */
export type FindEntry = (path: string) => Entry | undefined

/** A place that other users can change: they can write to it, or it belongs to one of them. */
export interface UnsafePlace {
  readonly path: string
  readonly type: Entry['type']
  /** Its owner; absent: it belongs to a trusted user, and others can write to it. */
  readonly uid?: number
}

/** As many as Linux follows in one path. */
const mostLinks = 40

/** The first place on the absolute `path` that users other than `trusted` can change. Ends where the path does. */
export function findUnsafePlace(
  path: string,
  trusted: readonly number[],
  find: FindEntry,
): UnsafePlace | undefined {
  let parts = splitPath(path)
  let links = 0
  let [folder, isShared] = ['/', false]
  for (let name: string | undefined = '.'; name !== undefined; name = parts.shift()) {
    const at = join(folder, name)
    const entry = find(at)
    if (entry === undefined) return undefined
    const unsafe = checkEntry(at, entry, { trusted, isShared })
    if (unsafe !== undefined) return unsafe
    if (entry.type === 'folder') {
      ;[folder, isShared] = [at, canOthersWrite(entry)]
      continue
    }
    const { target } = entry
    links += 1
    if (target === undefined || links > mostLinks) return undefined
    parts = [...splitPath(target), ...parts]
    if (isAbsolute(target)) [folder, isShared] = ['/', false]
  }
  return undefined
}

const splitPath = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.')

interface Place {
  readonly trusted: readonly number[]
  /** Whether others can make entries in the folder of the entry. */
  readonly isShared: boolean
}

function checkEntry(
  path: string,
  entry: Entry,
  { trusted, isShared }: Place,
): UnsafePlace | undefined {
  const { type, uid, mode } = entry
  const isForeign = !trusted.includes(uid)
  // A file of others came into a folder of trusted users only by those users.
  if (isForeign && (type !== 'other' || isShared)) return { path, type, uid }
  // In a folder with the sticky bit, such as /tmp, nobody replaces what belongs to others.
  if (type === 'folder' && canOthersWrite(entry) && (mode & 0o1000) === 0) return { path, type }
  return undefined
}

/** The group of root is as trusted as root. */
const canOthersWrite = ({ mode, gid }: Entry): boolean =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)

export interface Data {
  readonly storage: StorageConfig
  /** With PostgreSQL, its owner is the owner of the data; absent: the keys are elsewhere, and only root is trusted. */
  readonly keyFile?: string | undefined
}

/**
 * Throws `Fault('conflict')` when this process runs as root, and other users than root and the owner of the data can change
 * something on `path`, which is a folder or a file. Without `data` only root is trusted.
 */
export function requireSafe(path: string, data?: Data): void {
  if (process.geteuid?.() !== 0) return
  const owner = data && findDataOwner(data)
  const trusted = owner === undefined ? [0] : [0, owner]
  // The system goes from the target of a link to the folder above, Node to the folder of the link.
  for (const one of new Set([resolve(path), absolute(path)])) {
    const unsafe = findUnsafePlace(one, trusted, findEntry)
    if (unsafe !== undefined) throw refuse(path, unsafe, nameRemedy(data, owner))
  }
}

const absolute = (path: string): string => (isAbsolute(path) ? path : `${process.cwd()}/${path}`)

function findDataOwner({ storage, keyFile }: Data): number | undefined {
  if (storage.type !== 'sqlite') return keyFile === undefined ? undefined : findOwner(keyFile)
  const file = resolve(storage.file)
  return findOwner(file) ?? findOwner(dirname(file))
}

const findOwner = (path: string): number | undefined => unlessMissing(() => statSync(path).uid)

function findEntry(path: string): Entry | undefined {
  return unlessMissing(() => {
    const found = lstatSync(path)
    const { uid, gid, mode } = found
    if (found.isSymbolicLink()) return { type: 'link', uid, gid, mode, target: readlinkSync(path) }
    return { type: found.isDirectory() ? 'folder' : 'other', uid, gid, mode }
  })
}

function unlessMissing<Result>(look: () => Result): Result | undefined {
  try {
    return look()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function nameRemedy(data: Data | undefined, owner: number | undefined): string {
  if (data === undefined) return 'a user other than root'
  return `${owner ? (nameUser(owner) ?? owner) : 'the user of the service'}`
}

function refuse(path: string, unsafe: UnsafePlace, user: string): Fault {
  const { path: where, type, uid } = unsafe
  const what = type === 'link' ? `the link ${where}` : where
  const reason =
    uid === undefined
      ? `other users can write to ${where}, and could replace files meanwhile`
      : `${what} belongs to ${nameUser(uid) ?? uid}, who could replace files meanwhile`
  const text = `Root does not use ${resolve(path)}: ${reason}. Run this command as ${user}, or use a folder that only root can change, such as a new one in /root.`
  return new Fault('conflict', text)
}
