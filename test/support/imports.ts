// Reads source files with a real parser and checks what they import and which language parts they use.
// It knows the rules only as data; the folders of this repository are in imports.test.ts.

import { posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

export type Module = {
  /** Relative to the repository, with slashes. */
  path: string
  /** `isLate`: by `import()`, when it is needed. */
  imports: { specifier: string; typeOnly: boolean; isLate?: true }[]
  /** Names of language parts that are not used here. */
  forbidden: string[]
}

export type Rules = {
  /** Rooms below src, lowest first, as `storey/room` or a single file: each may import itself and those before it. */
  order: readonly string[]
  /** Rooms whose children never import one another. */
  separateChildren: readonly string[]
  /** Those of them that their neighbours may import, which themselves import none. */
  sharedChildren: readonly string[]
  /** Rooms that only serve tests: each test may import them, and they may import everything. */
  forTests: readonly string[]
  /** What may be imported by name outside of tests: package names, and names starting with # or node:. */
  packages: readonly string[]
}

/** Parses one file; throws on a syntax error. */
export const readModule = (path: string, text: string): Module => {
  const parsed = parseSync(path, text)
  const error = parsed.errors[0]
  if (error) throw new Error(`${path}: ${error.message}`)
  const module: Module = { path, imports: [], forbidden: [] }
  const add = (specifier: string, typeOnly: boolean) => module.imports.push({ specifier, typeOnly })
  const forbid = (name: string) => () => {
    module.forbidden.push(name)
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.source.value, node.exportKind === 'type')
      for (const one of node.specifiers) {
        if ('name' in one.exported && one.exported.name === 'default') forbid('default export')()
      }
    },
    ImportExpression: (node) => {
      if (node.source.type !== 'Literal') return
      module.imports.push({ specifier: String(node.source.value), typeOnly: false, isLate: true })
    },
    TSImportType: (node) => add(node.source.value, true),
    ExportDefaultDeclaration: forbid('default export'),
    TSExportAssignment: forbid('export ='),
    TSEnumDeclaration: forbid('enum'),
    TSParameterProperty: forbid('parameter property'),
    TSModuleDeclaration: (node) => {
      if (!node.declare) forbid('namespace')()
    },
    Decorator: forbid('decorator'),
  }).visit(parsed.program)
  return module
}

const isProduct = (path: string) => /^(src|packages)\//.test(path) && !path.endsWith('.test.ts')

/** The path a relative specifier names, else undefined. */
const resolveSpecifier = (module: Module, specifier: string): string | undefined =>
  specifier.startsWith('.') ? posix.join(posix.dirname(module.path), specifier) : undefined

type Place = { room: string; child: string | undefined }

// src/faces/protocols/oidc/oidc.ts -> faces/protocols and its child oidc; src/main.ts -> main
const placeInSource = (path: string, rules: Rules): Place | undefined => {
  if (!path.startsWith('src/')) return undefined
  const inside = path.slice('src/'.length)
  const isRoomFile = (room: string) =>
    inside === `${room}.ts` ||
    (inside.startsWith(room) && /^(-[a-z]+)?\.test\.ts$/.test(inside.slice(room.length)))
  const found = rules.order.find((room) => inside.startsWith(`${room}/`) || isRoomFile(room))
  const room = found ?? posix.dirname(inside)
  const [child, ...rest] = inside.slice(room.length + 1).split('/')
  return { room, child: rest.length > 0 ? child : undefined }
}

const checkDirection = (from: string, to: string, rules: Rules): string | undefined => {
  if (to.startsWith('test/')) {
    return isProduct(from) ? 'product code imports no test support' : undefined
  }
  const source = placeInSource(from, rules)
  const target = placeInSource(to, rules)
  if (!source) {
    if (from.startsWith('packages/') && !to.startsWith('packages/')) {
      return 'a package imports nothing outside of packages'
    }
    return undefined
  }
  if (!target) return 'src imports other folders only by name'
  return checkRank(source, target, rules) ?? checkPlaces({ from, source, target }, rules)
}

const checkRank = (source: Place, target: Place, { order }: Rules): string | undefined => {
  const unknown = [source, target].find(({ room }) => !order.includes(room))
  return unknown && `${unknown.room} has no place in the order`
}

type Arrow = { from: string; source: Place; target: Place }

const checkPlaces = ({ from, source, target }: Arrow, rules: Rules): string | undefined => {
  const { order, forTests, separateChildren, sharedChildren } = rules
  if (forTests.includes(source.room)) return undefined
  if (!isProduct(from) && forTests.includes(target.room)) return undefined
  if (order.indexOf(target.room) > order.indexOf(source.room)) {
    return `${source.room} comes before ${target.room}`
  }
  if (source.room !== target.room || !separateChildren.includes(source.room)) return undefined
  const children = new Set([source.child, target.child])
  if (children.size < 2 || children.has(undefined)) return undefined
  if (sharedChildren.includes(`${target.room}/${target.child}`)) return undefined
  return `children of ${source.room} do not import one another`
}

const readPackage = (specifier: string) =>
  specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]

const checkName = (module: Module, specifier: string, rules: Rules): string | undefined => {
  if (!isProduct(module.path) || specifier.startsWith('node:')) return undefined
  if (rules.packages.includes(readPackage(specifier) ?? '')) return undefined
  return `${specifier} is no dependency of the product`
}

/** Every offence as `path: what`, in the order of the files. */
export const checkModules = (modules: Module[], rules: Rules): string[] =>
  modules.flatMap((module) => [
    ...module.forbidden.map((name) => `${module.path}: ${name}`),
    ...module.imports.flatMap(({ specifier }) => {
      const target = resolveSpecifier(module, specifier)
      const offence = target
        ? checkDirection(module.path, target, rules)
        : checkName(module, specifier, rules)
      return offence ? [`${module.path} -> ${specifier}: ${offence}`] : []
    }),
  ])

/** The packages that are loaded with a file, whatever is configured: nothing is followed that is imported late. */
export const findLoaded = (modules: Module[], entry: string): string[] => {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const seen = new Set<string>()
  const packages = new Set<string>()
  const walk = (path: string) => {
    const module = byPath.get(path)
    if (module === undefined || seen.has(path)) return
    seen.add(path)
    for (const { specifier, typeOnly, isLate } of module.imports) {
      if (typeOnly || isLate) continue
      const target = resolveSpecifier(module, specifier)
      if (target !== undefined) walk(target)
      else packages.add(readPackage(specifier) ?? specifier)
    }
  }
  walk(entry)
  return [...packages].filter((name) => !/^(node:|#)/.test(name)).sort()
}

/** Circles of imports that exist at run time (type imports are erased), each as `a -> b -> a`. */
export const findCycles = (modules: Module[]): string[] => {
  const targets = new Map(
    modules.map((module) => [
      module.path,
      module.imports
        .filter((one) => !one.typeOnly)
        .map((one) => resolveSpecifier(module, one.specifier) ?? ''),
    ]),
  )
  const finished = new Set<string>()
  const cycles: string[] = []
  const walk = (path: string, trail: string[]) => {
    const begin = trail.indexOf(path)
    if (begin >= 0) cycles.push([...trail.slice(begin), path].join(' -> '))
    if (begin >= 0 || finished.has(path)) return
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path])
    finished.add(path)
  }
  for (const module of modules) walk(module.path, [])
  return cycles
}
