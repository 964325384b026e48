/**
 * Where the process begins. Owns the check of the Node version and what makes loading modules fast. Plain JavaScript, so
 * that an older Node can still say which one is needed, and so that the cache of compiled code, which also keeps code
 * without its types, is on before the first TypeScript: else the parser of types would be loaded at every start.
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
  nodeModule.registerHooks({ resolve: resolveFast })
  const { runProcess } = await import('./cli.ts')
  process.exitCode = await runProcess()
} else {
  process.stderr.write(
    `einlass needs Node ${wantedMajor}; this is ${process.version}. After "npm ci", ./einlass uses the right one.\n`,
  )
  process.exitCode = 69
}

/**
 * An `import` of a whole relative file name means that file. Node would look at the file system and at package.json for
 * each of the two thousand imports of a start, mostly between the files of one package; this takes a tenth of the time.
 */
function resolveFast(specifier, context, next) {
  const { parentURL, conditions } = context
  const isWhole = specifier.startsWith('.') && /\.(?:ts|js|mjs)$/.test(specifier)
  if (!isWhole || parentURL === undefined || !conditions.includes('import')) {
    return next(specifier, context)
  }
  return { url: new URL(specifier, parentURL).href, shortCircuit: true }
}
