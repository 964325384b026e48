/**
 * The program as few files of JavaScript, from which a packed Einlass starts: some 700 files of TypeScript and libraries take
 * twice as long to load. The sources are packed beside it, as what they read of their own folders stays where it is.
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

/** What every start of the server needs is one file; the commands and what few starts need have files of their own. */
const startFiles = ['src/cli/process.ts', 'src/cli/server.ts', 'src/main.ts']

/** Libraries of many files, which every start loads. Others are loaded from where they are installed. */
const bundledLibraries = /^(?:kysely|zod)(?:\/|$)/

/** One more of them, see `bundlePino`: its name in the bundle. */
const pinoFile = 'pino.js'

/** @param root the repository */
export async function bundleProgram(root: string): Promise<Entry[]> {
  const bundle = await rollup({
    input: { process: join(root, 'src/cli/process.ts') },
    plugins: [createLoader(root)],
    // Libraries have remarks for other tools, and cycles that are theirs.
    logLevel: 'silent',
  })
  let start: ReadonlySet<string> | undefined
  const { output } = await bundle.generate({
    format: 'es',
    chunkFileNames: '[name]-[hash].js',
    manualChunks(id, { getModuleInfo }) {
      start ??= listImported(
        startFiles.map((file) => join(root, file)),
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

/** The files themselves and all that is loaded before they run. */
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

/** Finds files as Node does for the sources, and takes the types out. */
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
      // Names stay as they are, and nothing is added to functions: the scripts of pages are functions of these files.
      return (await transform(keepPlaces(root, id, text), { loader: 'ts', target: 'node26' })).code
    },
  }
}

/** The library of the log as one module in place of some 20 files. They are CommonJS, which Rollup does not read. */
async function bundlePino(root: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export { pino, stdSerializers } from 'pino'", resolveDir: root },
    // The bundle names its files as they are called from here.
    absWorkingDir: root,
    preserveSymlinks: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    // For the parts of Node that they require.
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)",
    },
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}

/** A file that finds others by its own address finds them from the bundle as well. */
function keepPlaces(root: string, file: string, text: string): string {
  if (!text.includes('import.meta')) return text
  const findAddress = (to: string) =>
    `new URL(${JSON.stringify(relative(join(root, bundleFolder), to))}, import.meta.url)`
  const toPath = `process.getBuiltinModule('node:url').fileURLToPath`
  return text
    .replaceAll('import.meta.url', `${findAddress(file)}.href`)
    .replaceAll('import.meta.dirname', `${toPath}(${findAddress(dirname(file))})`)
}
