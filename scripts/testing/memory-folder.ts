// A folder in memory for the files of tests. SQLite makes each commit durable; on a disk that takes longer than the rest of
// most tests.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const place = '/dev/shm'

/** Only Linux has this list of mounts. In a container the folder may forbid running programs. */
export const isUsable = (): boolean => {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
    const [, , type, options = ''] =
      mounts.findLast((one) => one.includes(` ${place} `))?.split(' ') ?? []
    return type === 'tmpfs' && !options.split(',').includes('noexec')
  } catch {
    return false
  }
}

const findRoom = (): number => {
  const { bavail, bsize } = statfsSync(place)
  return Math.min(bavail * bsize, process.availableMemory())
}

export type MemoryFolder = { path: string; remove: () => void }

/**
 * `undefined`: there is not enough room, or TMPDIR already names a folder. The folder is removed when the process ends.
 * @param room in bytes
 */
export const makeMemoryFolder = (
  room: number,
  env: NodeJS.ProcessEnv = process.env,
): MemoryFolder | undefined => {
  if (env.TMPDIR !== undefined || !isUsable() || findRoom() < room) return undefined
  const path = mkdtempSync(join(place, 'einlass-'))
  // Some servers run as another user and start in this folder.
  chmodSync(path, 0o1777)
  const erase = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  process.on('exit', erase)
  return {
    path,
    remove() {
      process.off('exit', erase)
      erase()
    },
  }
}
