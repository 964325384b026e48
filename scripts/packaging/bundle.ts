/**
 * Bundles the program into few JavaScript files, from which a packed Einlass starts: some 700 files of TypeScript and libraries
 * take twice as long to load. The sources are packed too, because they read files in their own folders.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { type GetModuleInfo, type Plugin, type ResolveIdResult, rollup } from 'rollup'
import type { Entry } from './tar.ts'

/** Where src/cli/cli.js looks for it. */
const bundleFolder = 'src/bundle'

/** The code of every server start is one file; commands and rarely used code have files of their own. */
const startFiles = ['src/cli/process.ts', 'src/cli/server.ts', 'src/main.ts']

/** Libraries with many files that every start loads. Others are loaded from node_modules. */
const bundledLibraries = /^(?:kysely|zod)(?:\/|$)/

/** The name in the bundle of one more such library, see `bundlePino`. */
const pinoFile = 'pino.js'

/**
 * @param root the repository
 * @param first where the program begins, relative to the repository; the bundle of this file has the same name
 */
export async function bundleProgram(root: string, first = 'src/cli/process.ts'): Promise<Entry[]> {
  const bundle = await rollup({
    input: join(root, first),
    plugins: [createLoader(root)],
    // Silent, as libraries have comments for other tools and cycles of their own.
    logLevel: 'silent',
  })
  let start: ReadonlySet<string> | undefined
  const { output } = await bundle.generate({
    format: 'es',
    chunkFileNames: '[name]-[hash].js',
    manualChunks(id, { getModuleInfo }) {
      start ??= listImported(
        [
          ...startFiles.map((file) => join(root, file)),
          ...(getModuleInfo(join(root, first))?.importedIds ?? []),
        ],
        getModuleInfo,
      )
      return start.has(id) ? 'server' : null
    },
  })
  await bundle.close()
  return output.map((file) => ({
    path: `${bundleFolder}/${file.fileName}`,
    type: 'file',
    mode: 0o644,
    content: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }))
}

/** The files themselves and everything that is loaded before they run. */
function listImported(files: readonly string[], getModuleInfo: GetModuleInfo): Set<string> {
  const found = new Set<string>()
  const collect = (id: string) => {
    if (found.has(id)) return
    found.add(id)
    for (const imported of getModuleInfo(id)?.importedIds ?? []) collect(imported)
  }
  for (const file of files) collect(file)
  return found
}

/** Finds files like Node does for the sources, and removes the types. */
function createLoader(root: string): Plugin {
  const { imports }: { imports: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return {
    name: 'sources',
    resolveId(source, importer): ResolveIdResult {
      if (importer === undefined) return source
      const own = imports[source]
      if (own !== undefined) return resolve(root, own)
      const isLibrary = importer.includes('/node_modules/')
      if (source === 'pino') return { id: pinoFile, moduleSideEffects: false }
      if (source.startsWith('.'))
        return { id: resolve(dirname(importer), source), moduleSideEffects: !isLibrary }
      if (!bundledLibraries.test(source)) return { id: source, external: true }
      return { id: fileURLToPath(import.meta.resolve(source)), moduleSideEffects: false }
    },
    async load(id) {
      if (id === pinoFile) return await bundlePino(root)
      const text = await readFile(id, 'utf8')
      if (!id.endsWith('.ts')) return text
      // Names stay unchanged, and nothing is added to functions: the scripts of pages are functions in these files.
      return (await transform(keepPlaces(root, id, text), { loader: 'ts', target: 'node26' })).code
    },
  }
}

/** The library of the log as one module in place of some 20 files. They are CommonJS, which Rollup does not read. */
async function bundlePino(root: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export { pino, stdSerializers } from 'pino'", resolveDir: root },
    // The bundle names its files relative to this folder.
    absWorkingDir: root,
    preserveSymlinks: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    // For the Node modules that they load with `require`.
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)",
    },
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}

/** Lets a file that finds others relative to itself find them from the bundle as well. */
function keepPlaces(root: string, file: string, text: string): string {
  if (!text.includes('import.meta')) return text
  const findAddress = (to: string) =>
    `new URL(${JSON.stringify(relative(join(root, bundleFolder), to))}, import.meta.url)`
  const toPath = `process.getBuiltinModule('node:url').fileURLToPath`
  return text
    .replaceAll('import.meta.url', `${findAddress(file)}.href`)
    .replaceAll('import.meta.dirname', `${toPath}(${findAddress(dirname(file))})`)
}
