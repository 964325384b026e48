/**
 * A folder that is the root of a process (chroot): it has the libraries that Node needs, the programs that it is given, and
 * nothing else. Needs root.
 */
import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { listSystemLibraries } from '../../scripts/packaging/system-libraries.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

/** Of nobody. */
export const anyUser = 65534

/** What the launcher of Einlass runs. */
const launcherPrograms = ['/bin/sh', '/usr/bin/readlink', '/usr/bin/dirname', '/usr/bin/getconf']

export interface EmptyRoot {
  readonly folder: string
  /** Copies what programs and libraries in it need from the system. */
  addLibrariesFor(programs: readonly string[]): Promise<void>
  /** A folder in it that belongs to the user without rights. */
  addOwnFolder(path: string): Promise<void>
}

/** Gone after the test. */
export async function createEmptyRoot(t: Scope): Promise<EmptyRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-root-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const addFile = async (path: string) => {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await copyFile(path, join(folder, path))
  }
  const addLibrariesFor = async (programs: readonly string[]) => {
    for (const path of listSystemLibraries(programs)) await addFile(path)
  }
  for (const path of launcherPrograms) await addFile(path)
  await addLibrariesFor(launcherPrograms)
  await mkdir(join(folder, 'dev'))
  for (const [name, minor] of [
    ['null', 3],
    ['urandom', 9],
  ]) {
    execFileSync('mknod', ['-m', '666', join(folder, `dev/${name}`), 'c', '1', `${minor}`])
  }
  return {
    folder,
    addLibrariesFor,
    async addOwnFolder(path) {
      await mkdir(join(folder, path), { recursive: true })
      await chown(join(folder, path), anyUser, anyUser)
    },
  }
}

/** Node and the libraries that are loaded into it. */
export async function listNativeFiles(program: string): Promise<string[]> {
  const names = await readdir(program, { recursive: true })
  return names
    .filter((name) => name.endsWith('.node') || name.endsWith('/bin/node'))
    .map((name) => join(program, name))
}

/** Runs in the folder as a user without rights. */
export function spawnIn(folder: string, args: readonly string[], options: SpawnOptions = {}) {
  const user = `--userspec=${anyUser}:${anyUser}`
  return spawn('/usr/sbin/chroot', [user, folder, ...args], { env: {}, ...options })
}
