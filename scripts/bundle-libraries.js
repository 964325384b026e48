/**
 * Makes one file of each of the largest libraries of a start (src/cli/libraries.js). Runs after every installation of the
 * packages; an installation without scripts works too, and starts more slowly. Plain JavaScript: another Node may run it.
 */
import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { folder, readVersions, specifiers } from '../src/cli/libraries.js'

try {
  const { build } = await import('esbuild')
  await rm(folder, { recursive: true, force: true })
  await build({
    entryPoints: Object.fromEntries(specifiers.map((name) => [name, name])),
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    outdir: fileURLToPath(folder),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What two of them share exists once: an object of one is known to the other.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    logLevel: 'silent',
  })
  // Last, so that a bundle that was begun and not finished is never taken.
  await writeFile(new URL('versions', folder), readVersions())
} catch (error) {
  process.stderr.write(`The libraries are not bundled, so starts take longer: ${error}\n`)
}
