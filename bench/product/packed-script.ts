// Scripts that run the product for a measurement, bundled like a package: that is what an installation runs.

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { bundleProgram } from '../../scripts/packaging/bundle.ts'
import { findPacked } from '../../scripts/packaging/packed.ts'

const root = resolve(import.meta.dirname, '../..')
const packed = new Map<string, Promise<string>>()

/** Bundles a script of bench/ and everything that it imports, once for a run. Resolves with the file for node. */
export const packScript = (script: string): Promise<string> => {
  const made = packed.get(script) ?? pack(script)
  packed.set(script, made)
  return made
}

const pack = async (script: string): Promise<string> => {
  const first = relative(root, script)
  // Beside the bundle of the package, because bundled files find others relative to it.
  const folder = join(await findPacked(), 'src', first.replaceAll(/[/.]/g, '-'))
  await mkdir(folder)
  for (const entry of await bundleProgram(root, first)) {
    if (entry.type === 'file') await writeFile(join(folder, basename(entry.path)), entry.content)
  }
  return join(folder, basename(script).replace(/ts$/, 'js'))
}
