/** The archive that can be unpacked anywhere: the program with Node. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { findArchitecture } from './architecture.ts'
import type { Program } from './program-files.ts'
import { type Entry, writeTar } from './tar.ts'

const compress = promisify(gzip)

/** Where a build writes, and with which time. */
export interface Target {
  readonly out: string
  /** The time of all entries, in seconds since 1970. */
  readonly time: number
  /** Level of compression, from 1 to 9. Absent: 6. */
  readonly level?: number
}

/** Gives the path of the archive. */
export async function buildArchive(program: Program, { out, ...how }: Target): Promise<string> {
  const file = join(out, `einlass-${program.version}-linux-${findArchitecture().node}.tar.gz`)
  await writeFile(file, await compressTar(listArchived(program), how))
  return file
}

/** All files in one folder, so that two versions can be side by side. */
export function listArchived({ version, entries }: Program): Entry[] {
  const name = `einlass-${version}`
  const top: Entry = { path: name, type: 'folder', mode: 0o755 }
  return [top, ...entries.map((one) => ({ ...one, path: `${name}/${one.path}` }))]
}

/** The same bytes for the same entries: the header of gzip has no time and no name. */
export async function compressTar(
  entries: readonly Entry[],
  { time, level = 6 }: Omit<Target, 'out'>,
): Promise<Uint8Array> {
  return await compress(Buffer.concat([...writeTar(entries, time)]), { level })
}

export const hashSha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')
