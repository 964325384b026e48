/**
 * The npm package, which `npx einlass` runs. Node does not strip types inside node_modules, so the sources in it are
 * JavaScript, with the same lines and columns and blanks in place of types. Its dependencies are pinned as in the lock file.
 */
import { writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { compressTar, type Target } from './archive.ts'
import { type Lock, listReached, readLock } from './production-packages.ts'
import { type Program, withFolders } from './program-files.ts'
import { type Entry, toBytes } from './tar.ts'

/** The phone's app is built from its TypeScript. */
const alsoAsSource = /^packages\/authenticator\//
/**
 * Files that npm adds by itself, files that are read elsewhere, and the bundle, which refers to files by their endings in the
 * other packages.
 */
const notPacked =
  /^(?:node_modules|packaging|docs|examples|ops|src\/bundle)\/|^(?:THIRD-PARTY-LICENCES\.txt|sbom\.cdx\.json|package\.json)$/

/** Gives the path of the package. */
export async function buildNpmPackage(
  root: string,
  program: Program,
  { out, ...how }: Target,
): Promise<string> {
  const sources = program.entries.filter(
    ({ path, type }) => type === 'file' && !notPacked.test(path),
  )
  const files = [
    ...sources.flatMap(compile),
    ...writeManifests(root, program).map(
      ([path, content]): Entry => ({
        ...{ path, mode: 0o644, type: 'file' },
        content: `${JSON.stringify(content, undefined, 2)}\n`,
      }),
    ),
  ]
  const entries = withFolders(files.map((one) => ({ ...one, path: `package/${one.path}` })))
  const file = join(out, `einlass-${program.version}.tgz`)
  await writeFile(file, await compressTar(entries, how))
  return file
}

function compile(entry: Entry): Entry[] {
  const { path } = entry
  if (entry.type !== 'file' || !path.endsWith('.ts')) return [entry]
  const source = Buffer.from(toBytes(entry.content)).toString()
  const compiled = { ...entry, path: toScript(path), content: compileSource(path, source) }
  return alsoAsSource.test(path) ? [entry, compiled] : [compiled]
}

/**
 * The text without types, in which imports name the files of the package.
 *
 *     compileSource('a.ts', "import { b } from './b.ts'")   // "import { b } from './b.js'"
 */
export function compileSource(path: string, source: string): string {
  const { module } = parseSync(path, source)
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.map((one) => one.moduleRequest)),
    ...module.dynamicImports.map(({ moduleRequest }) => moduleRequest),
  ]
  const ends = new Set(requests.flatMap((one) => (one ? [one.end] : [])))
  // Types become blanks, so all positions stay the same as in the source.
  let text = stripTypeScriptTypes(source)
  for (const end of ends) {
    const ending = text.slice(end - 4, end)
    if (/^\.ts['"]$/.test(ending))
      text = `${text.slice(0, end - 4)}.js${ending.at(-1)}${text.slice(end)}`
  }
  return text.replace(/(new URL\('\.\/[\w/-]+)\.ts(', import\.meta\.url\))/g, '$1.js$2')
}

const toScript = (path: string): string => path.replace(/\.ts$/, '.js')

/**
 * Kerberos is compiled at its installation, which not every machine can do. An operator who needs it installs it beside
 * Einlass.
 */
const beside = 'kerberos'

function writeManifests(root: string, program: Program): [string, object][] {
  const { packages, ...lock } = readLock(root)
  const { dependencies, optionalDependencies, ...manifest } = program.manifest
  const { esbuild: _builds, ...runtime } = dependencies
  const { [beside]: version = '', ...optional } = optionalDependencies
  const { name, description, license, type, imports } = manifest
  const { version: nodeVersion } = process
  const head = {
    ...{ name, version: program.version, license },
    bin: { einlass: 'einlass' },
    engines: { node: `>=${nodeVersion.slice(1).split('.')[0]}` },
    dependencies: runtime,
    optionalDependencies: optional,
    peerDependencies: { [beside]: version },
    peerDependenciesMeta: { [beside]: { optional: true } },
  }
  const all: Lock['packages'] = { ...packages, '': head }
  const pinned = listReached(all, () => true).map((path) => [path, all[path]])
  const scripts = Object.entries(imports).map(([key, to]) => [key, toScript(to)])
  return [
    ['package.json', { ...head, description, type, imports: Object.fromEntries(scripts) }],
    [
      'npm-shrinkwrap.json',
      { ...lock, version: program.version, packages: { '': head, ...Object.fromEntries(pinned) } },
    ],
  ]
}
