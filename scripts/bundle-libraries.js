/**
 * Makes one file of each of the largest libraries of a start (src/cli/libraries.js). Runs after every installation of the
 * packages; an installation without scripts works too, and starts more slowly. Plain JavaScript: another Node may run it.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeBundles, folder, specifiers } from '../src/cli/libraries.js'

// Put in its place as a whole: a start meanwhile takes all of the old bundles, all of the new ones, or none.
const made = join(fileURLToPath(new URL('..', folder)), `einlass-libraries-${process.pid}`)
try {
  const { build } = await import('esbuild')
  await mkdir(made, { recursive: true })
  await build({
    entryPoints: Object.fromEntries(specifiers.map((name) => [name, name])),
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    outdir: made,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What two of them share exists once: an object of one is known to the other.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    logLevel: 'silent',
  })
  await writeFile(join(made, 'contents'), describeBundles())
  await rm(folder, { recursive: true, force: true })
  await rename(made, fileURLToPath(folder))
} catch (error) {
  await rm(made, { recursive: true, force: true })
  process.stderr.write(`The libraries are not bundled, so starts take longer: ${error}\n`)
}
