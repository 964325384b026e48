// The product in its packaged form, in which it starts in production: packed once for all starts of a run.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gatherProgram } from './program-files.ts'
import { writeTar } from './tar.ts'

let packed: Promise<string> | undefined

/** Resolves with the folder, which is removed when this process ends. */
export const findPacked = (): Promise<string> => {
  packed ??= unpack()
  return packed
}

const unpack = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-packed-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { entries } = await gatherProgram(resolve(import.meta.dirname, '../..'), 0)
  // Runs take the Node of this checkout, which is large.
  const used = entries.filter(({ path }) => !path.startsWith('node_modules/node-'))
  execFileSync('tar', ['x', '-C', folder], { input: Buffer.concat([...writeTar(used, 0)]) })
  return folder
}
