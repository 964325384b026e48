/**
 * Where the process begins. Owns the check of the Node version and what makes loading modules fast. Plain JavaScript, so
 * that an older Node can still say which one is needed, and so that the cache of compiled code, which also keeps code
 * without its types, is on before the first TypeScript: else the parser of types would be loaded at every start.
 */
import { readFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const wantedMajor = 26
const plainPackages = /\/node_modules\/(?:kysely|zod)\//

if (Number(process.version.slice(1).split('.')[0]) === wantedMajor) {
  // Beside the installation and not in the system's temporary folder, where others could put code there. Where it cannot
  // be written, nothing is kept.
  nodeModule.enableCompileCache(
    fileURLToPath(new URL('../../node_modules/.cache/einlass', import.meta.url)),
  )
  nodeModule.registerHooks({ resolve: resolvePlain, load: loadPlain })
  const { runProcess } = await import('./process.ts')
  process.exitCode = await runProcess()
} else {
  process.stderr.write(
    `einlass needs Node ${wantedMajor}; this is ${process.version}. After "npm ci", ./einlass uses the right one.\n`,
  )
  process.exitCode = 69
}

/**
 * Imports between the files of Einlass, and between those of its largest packages, are plain: relative, with the whole
 * name, and all modules. Node would ask the file system and package.json for each of the two thousand of a start; taken
 * as they stand, they cost a tenth of that. Everything else is left to Node.
 */
function resolvePlain(specifier, context, next) {
  const { parentURL = '' } = context
  const isWhole = specifier.startsWith('.') && /\.[jt]s$/.test(specifier)
  if (!isWhole || !isPlain(parentURL)) return next(specifier, context)
  const format = specifier.endsWith('.ts') ? 'module-typescript' : 'module'
  return { url: new URL(specifier, parentURL).href, format, shortCircuit: true }
}

function isPlain(url) {
  return url.endsWith('.ts') || (url.endsWith('.js') && plainPackages.test(url))
}

function loadPlain(url, context, next) {
  const { format } = context
  if (!isPlain(url) || !format?.startsWith('module')) return next(url, context)
  return { format, source: readFileSync(new URL(url), 'utf8'), shortCircuit: true }
}
