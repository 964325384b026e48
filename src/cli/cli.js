/**
 * Where the process begins. Owns the check of the Node version and what makes loading modules fast. Plain JavaScript, so
 * that an older Node can still say which one is needed, and so that the cache of compiled code, which also keeps code
 * without its types, is on before the first TypeScript: else the parser of types would be loaded at every start.
 */
import { existsSync, readFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { findBundles } from './libraries.js'

// Passwords are hashed on the thread pool: one thread for each core. The launcher sets it too; not all come by it.
process.env.UV_THREADPOOL_SIZE ||= String(availableParallelism())

// The signal opens Node's inspector, at which any user of this machine reads the sealing keys. --disable-sigusr1 of the launcher
// prevents it from the first moment; a listener does where Node is started without it.
process.on('SIGUSR1', () => {})

const wantedMajor = 26
/** All of Einlass as few files, in a packed one only (scripts/packaging/bundle.ts). */
const bundle = new URL('../bundle/process.js', import.meta.url)
const source = new URL('process.ts', import.meta.url)
/** In the package for npm, where everything is JavaScript already: Node takes no types away in a folder node_modules. */
const compiled = new URL('process.js', import.meta.url)

if (Number(process.version.slice(1).split('.')[0]) === wantedMajor) {
  // In the folder that systemd has made for the service (CacheDirectory=), else beside the installation; not in the system's
  // temporary folder, where others could put code there. Where it cannot be written, nothing is kept.
  nodeModule.enableCompileCache(
    process.env.CACHE_DIRECTORY ||
      fileURLToPath(new URL('../../node_modules/.cache/einlass', import.meta.url)),
  )
  const first = [bundle, source].find((file) => existsSync(file)) ?? compiled
  if (first === source) loadPlainly(findBundles())
  const { runProcess } = await import(first.href)
  process.exitCode = await runProcess()
} else {
  process.stderr.write(
    `einlass needs Node ${wantedMajor}; this is ${process.version}. After "npm ci", ./einlass uses the right one.\n`,
  )
  process.exitCode = 69
}

/**
 * Imports between the files of Einlass are plain: relative, with the whole name, and all TypeScript. Node would ask the file
 * system and package.json for each of the two thousand of a start; taken as they stand, they cost a tenth of that. The
 * largest libraries come as one file each. Everything else is left to Node.
 */
function loadPlainly(bundles) {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      const library = bundles.get(specifier)
      if (library !== undefined) return { url: library, format: 'module', shortCircuit: true }
      const { parentURL = '' } = context
      const isPlain = specifier.startsWith('.') && specifier.endsWith('.ts')
      if (!isPlain || !parentURL.endsWith('.ts')) return next(specifier, context)
      return {
        url: new URL(specifier, parentURL).href,
        format: 'module-typescript',
        shortCircuit: true,
      }
    },
    load(url, context, next) {
      const { format } = context
      if (!url.endsWith('.ts') || format !== 'module-typescript') return next(url, context)
      return { format, source: readFileSync(new URL(url), 'utf8'), shortCircuit: true }
    },
  })
}
