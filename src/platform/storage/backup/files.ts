/** Files that appear under their name complete or not at all. */
import { constants, type Stats } from 'node:fs'
import {
  link,
  lstat,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { sha256 } from '../../kernel/crypto.ts'
import { Fault } from '../../kernel/fault.ts'

interface Made {
  readonly folder: string
  readonly ino: number
}

/** Runs `work` with a new folder inside `parent`, which only this user can enter, and removes it afterwards. */
export async function inWorkFolder<Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  let made: Made | undefined
  try {
    await removeLeft(parent)
    const folder = await mkdtemp(join(parent, `${ownPrefix}${process.pid}-`))
    const { ino } = await lstat(folder)
    made = { folder, ino }
    return await work(folder)
  } catch (error) {
    throw explainFolder(error, parent)
  } finally {
    if (made !== undefined) await removeMade(made)
  }
}

/** Prefix of the folders of this machine: a process id of another machine says nothing here. */
const ownPrefix = `.einlass-${sha256(hostname()).slice(0, 8)}-`

/** Removes the folders of processes that were killed. A killed restore leaves a whole database. */
async function removeLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [pid] = name.startsWith(ownPrefix) ? name.slice(ownPrefix.length).split('-') : []
    if (pid === undefined || !/^\d+$/.test(pid) || isRunning(Number(pid))) continue
    await removeFolder(join(parent, name), isOfThisUser).catch(() => undefined)
  }
}

const isOfThisUser = ({ uid }: Stats): boolean => uid === process.geteuid?.()

/** A file system of another machine may say that another user has it. */
const removeMade = ({ folder, ino }: Made): Promise<void> =>
  removeFolder(folder, (found) => found.ino === ino || isOfThisUser(found))

/**
 * Removes a work folder with its files. Other users may write into its parent, for example into `/tmp`, so it may be their
 * folder, or they put a link in its place meanwhile. So a folder that is not `isOwn` stays, no folder in it is entered, and its
 * files are found by the open folder and not by its name.
 */
async function removeFolder(folder: string, isOwn: (found: Stats) => boolean): Promise<void> {
  if (process.platform === 'win32') return await rm(folder, { recursive: true, force: true })
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
  const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(unlessMissing)
  if (handle === undefined) return
  try {
    if (!isOwn(await handle.stat())) return
    const inside = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : folder
    for (const name of await readdir(inside)) await unlink(join(inside, name))
  } finally {
    await handle.close()
  }
  await rmdir(folder)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // The process belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Error codes of the system and primary result codes of SQLite for a full disk or a failed write. */
const spaceErrors: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG', 13, 10]

function explainFolder(error: unknown, parent: string): unknown {
  const cause = error instanceof Fault && error.cause !== undefined ? error.cause : error
  if (!(cause instanceof Error)) return error
  const code: unknown =
    'errcode' in cause ? Number(cause.errcode) & 0xff : 'code' in cause && cause.code
  if (code === 'ENOENT' && 'syscall' in cause && cause.syscall === 'mkdtemp')
    return new Fault('unavailable', `There is no folder ${resolve(parent)}.`, { cause })
  if (!spaceErrors.includes(code)) return error
  const text = `There is not enough space in ${resolve(parent)}, or it cannot be written: ${cause.message}. Nothing was changed.`
  return new Fault('unavailable', text, { cause })
}

export async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(unlessMissing)) !== undefined
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Throws `Fault('not_found')` when the file is missing, `Fault('conflict')` for a pipe, which would be waited for, or a folder. */
export async function requireThere(file: string): Promise<void> {
  const found = await stat(file).catch(unlessMissing)
  if (found === undefined) throw new Fault('not_found', `There is no file ${file}.`)
  if (!found.isFile()) throw new Fault('conflict', `${file} is no regular file.`)
}

/** Throws `Fault('conflict')` when the name is taken. */
export async function requireFree(file: string): Promise<void> {
  if (await isThere(file)) throw taken(file)
}

const taken = (file: string): Fault =>
  new Fault(
    'conflict',
    `${resolve(file)} exists already, and was left as it is. Name another file.`,
  )

/** Gives a finished file its name, durably. Throws `Fault('conflict')` when the name is taken. */
export async function placeFile(finished: string, file: string): Promise<void> {
  await sync(finished)
  try {
    // A link, unlike a rename, fails when the name is taken.
    await link(finished, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EEXIST') throw taken(file)
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(`${error.code}`)) throw error
    // This file system has no links.
    await requireFree(file)
    await rename(finished, file)
  }
  if (process.platform !== 'win32') await sync(dirname(resolve(file)))
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The folder of the file: work there is in the same file system, so that the result can be linked to its name. */
export const findFolder = (file: string): string => dirname(resolve(file))
