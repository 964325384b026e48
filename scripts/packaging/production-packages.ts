/** Lists the npm packages of a packed Einlass: those that the lock file reaches from the dependencies of a running server. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface ProductionPackage {
  /** `node_modules/kysely` */
  readonly path: string
  readonly name: string
  readonly version: string
  /** An expression of SPDX. */
  readonly licence: string
  /** As in the lock file: `sha512-…`. */
  readonly integrity: string
}

export interface LockEntry {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/** Only installations use it, never a server. */
const onlyForInstallations = 'esbuild'
/** A package whose dependencies are only for building it. */
const onlyBuiltWithOthers = 'node_modules/kerberos'

/**
 * Sorted by path. Packages for other platforms are left out, as they are not installed.
 * @throws when a required package is not installed, or has another version
 */
export function listProductionPackages(root: string): ProductionPackage[] {
  const { packages } = readLock(root)
  const isInstalled = (path: string) => existsSync(join(root, path, 'package.json'))
  return listReached(packages, isInstalled).map((path) => describePackage(root, path, packages))
}

export const readLock = (root: string): Lock =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

/**
 * Sorted paths of all packages that the root entry reaches.
 * @throws when a package that is not optional is missing
 */
export function listReached(
  packages: Lock['packages'],
  isThere: (path: string) => boolean,
): string[] {
  const found = new Set<string>()
  const follow = (name: string, from: string, isOptional: boolean) => {
    const path = resolvePackage(packages, name, from)
    if (path === undefined) throw new Error(`${name} is not in the lock file`)
    if (found.has(path)) return
    if (!isThere(path)) {
      if (isOptional) return
      throw new Error(`${path} is not installed: run npm ci first`)
    }
    found.add(path)
    if (path !== onlyBuiltWithOthers) followAll(path)
  }
  const followAll = (path: string) => {
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (name !== onlyForInstallations) follow(name, path, name in optionalDependencies)
    }
  }
  followAll('')
  return [...found].sort()
}

/** Resolves a package like Node: in the folder of the requiring package, and in those above. */
function resolvePackage(
  packages: Lock['packages'],
  name: string,
  from: string,
): string | undefined {
  const path = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
  if (path in packages) return path
  if (from === '') return undefined
  const above = dirname(from)
  return resolvePackage(packages, name, above === '.' ? '' : findOwner(above))
}

/** `node_modules/a/node_modules` is a folder of the package `node_modules/a`. */
function findOwner(folder: string): string {
  return folder.replace(/\/?node_modules(?:\/@[^/]+)?$/, '')
}

function describePackage(root: string, path: string, packages: Lock['packages']) {
  const entry = packages[path]
  const installed: { name: string; version: string; license?: string } = JSON.parse(
    readFileSync(join(root, path, 'package.json'), 'utf8'),
  )
  if (entry === undefined || installed.version !== entry.version)
    throw new Error(`${path} is ${installed.version}, the lock file has ${entry?.version}`)
  const { name, version, license } = installed
  const licence = entry.license ?? license ?? 'NOASSERTION'
  return { path, name, version, licence, integrity: entry.integrity ?? '' }
}
