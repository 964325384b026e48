/** Creates the folder of a SQLite database, and says which folder cannot be made. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../kernel/fault.ts'

/** Throws `Fault('unavailable')`. */
export function makeDatabaseFolder(file: string): void {
  makeFolder(dirname(file), file)
}

/** Step by step: Node's recursive mkdir takes seconds below `/proc`, where every folder answers ENOENT. */
function makeFolder(folder: string, file: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeFolder(parent, file)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    // Another process may have made it meanwhile.
    if (isFolder(folder)) return
    throw new Fault('unavailable', describeFailure(folder, file, cause), { cause })
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false
  }
}

function describeFailure(folder: string, file: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const reason =
    code === 'EEXIST' ? 'a file has this name' : cause instanceof Error ? cause.message : 'unknown'
  return `The folder ${folder} for the database ${file} cannot be made: ${reason}. Name another file in storage.file.`
}
