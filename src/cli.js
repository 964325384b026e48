/**
 * Where the process begins. Owns the check of the Node version and the cache of compiled code. Plain JavaScript, so that
 * an older Node can still say which one is needed, and so that the cache, which also keeps code without its types, is on
 * before the first TypeScript: else the parser of types would be loaded at every start.
 */
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const wantedMajor = 26

if (Number(process.version.slice(1).split('.')[0]) === wantedMajor) {
  // Beside the installation and not in the system's temporary folder, where others could put code there. Where it cannot
  // be written, nothing is kept.
  nodeModule.enableCompileCache(
    fileURLToPath(new URL('../node_modules/.cache/einlass', import.meta.url)),
  )
  const { runProcess } = await import('./cli.ts')
  process.exitCode = await runProcess()
} else {
  process.stderr.write(
    `einlass needs Node ${wantedMajor}; this is ${process.version}. After "npm ci", ./einlass uses the right one.\n`,
  )
  process.exitCode = 69
}
