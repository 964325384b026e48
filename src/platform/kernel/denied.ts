/** Explains *permission denied* of the operating system: who owns the file or folder, and what helps. */
import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly isFolder: boolean
}

export interface Asked {
  /** Of this process. */
  readonly uid: number
  readonly nameUser: (uid: number) => string | undefined
  /** Undefined: it is not there, or cannot be reached. */
  readonly findOwner: (path: string) => Owner | undefined
}

/** One or two sentences with the remedy. Undefined: the error is of another kind, or there is nothing better to say. */
export function deniedText(
  error: unknown,
  asked: Asked | undefined = systemHere(),
): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined
  if (error.code !== 'EACCES' || typeof error.path !== 'string') return undefined
  return asked && describeDenial(resolve(error.path), asked)
}

/** Why a file that was named cannot be read, in words that follow its name. */
export function unreadableText(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return `there is no file ${resolve(file)}`
  if (code === 'EISDIR') return `${resolve(file)} is a folder`
  return deniedText(error) ?? 'it cannot be read'
}

function describeDenial(file: string, asked: Asked): string | undefined {
  const found = findNearest(file, asked)
  if (found === undefined) return undefined
  const { path, owner } = found
  const [whose, me] = [owner.uid, asked.uid].map((uid) => asked.nameUser(uid) ?? `${uid}`)
  const what = `${owner.isFolder ? 'the folder ' : ''}${path}`
  const may = owner.isFolder ? 'u+rwx' : 'u+rw'
  if (owner.uid === asked.uid)
    return `${what} may not be used by its owner ${me}; run: chmod ${may} ${path}`
  return `${what} belongs to ${whose}, and this runs as ${me}; ${findRemedy(path, owner, `${whose}`, `${me}`)}`
}

/**
 * A folder of root may be that of the program, so its owner changes only if it is the folder of the data. A folder of another
 * user may be that of the service, whose owner never changes.
 */
function findRemedy(path: string, { uid, isFolder }: Owner, whose: string, me: string): string {
  const give = `chown ${me} ${path}`
  if (isFolder && uid === 0)
    return `run this in the folder of the data, or, if it is this one: ${give}`
  if (isFolder) return `run this as ${whose}`
  return uid === 0 ? `run: ${give}` : `run this as ${whose}, or give it to ${me}: ${give}`
}

/** The last part of the path that exists: the file, or the folder that refuses access or takes no new file. */
function findNearest(path: string, asked: Asked): { path: string; owner: Owner } | undefined {
  const owner = asked.findOwner(path)
  if (owner !== undefined) return { path, owner }
  const folder = dirname(path)
  return folder === path ? undefined : findNearest(folder, asked)
}

/** Undefined: a system without such owners. */
function systemHere(): Asked | undefined {
  const uid = process.getuid?.()
  if (uid === undefined) return undefined
  return { uid, nameUser, findOwner: readOwner }
}

function readOwner(path: string): Owner | undefined {
  try {
    const stat = statSync(path)
    return { uid: stat.uid, isFolder: stat.isDirectory() }
  } catch {
    return undefined
  }
}

/** Undefined: no list here has a name for it. */
export function nameUser(uid: number): string | undefined {
  try {
    if (uid === process.getuid?.()) return userInfo().username
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return lines.map((line) => line.split(':')).find(([, , id]) => id === `${uid}`)?.[0]
  } catch {
    // Containers run under user ids that no list of users has.
    return undefined
  }
}
