/**
 * Bundles the many modules of the app into a few scripts, because each request costs a phone on a slow network a third of a
 * second. Makes one script without imports for the service worker, because not every browser runs modules there. Owns the few
 * forms of import and export that the app uses.
 */

/** A module by its path in the package, without types. */
export type Modules = ReadonlyMap<string, string>

const importForm = /^import\s*\{([^}]*)\}\s*from\s*'([^']+)';?$/gm
const lateForm = /\bimport\('([^']+)'\)/g
const exportForm = /^export (?=(?:async function|function|const|class) (\w+))/gm

/** @throws if a module is missing, or has an unknown form of import or export */
export function createClassicScript(modules: Modules, entry: string): string {
  const parts = order(modules, entry).map((path) => wrap(modules, path))
  return `'use strict'\nconst modules = {}\n${parts.join('')}`
}

/**
 * The scripts by their names, for one folder. A module that is imported only on demand gets its own script, without the modules
 * of the first one.
 * @param start the module with which the page begins
 * @throws also if two scripts would have one name
 */
export function createScripts(modules: Modules, start: string): Map<string, string> {
  const first = order(modules, start)
  const late = findLate(modules)
  const isLate = (path: string) => late.has(path)
  const write = (path: string) => wrap(modules, path, isLate)
  const name = nameScript(start)
  const scripts = new Map([[name, `export const modules = {}\n${first.map(write).join('')}`]])
  for (const entry of late) {
    if (scripts.has(nameScript(entry))) throw new Error(`two scripts are ${nameScript(entry)}`)
    const more = order(modules, entry).filter((path) => !first.includes(path))
    const head = `import { modules } from './${name}'\n`
    scripts.set(nameScript(entry), `${head}${more.map(write).join('')}`)
  }
  return scripts
}

/** The modules that others import only on demand. */
function findLate(modules: Modules): Set<string> {
  const targets = [...modules].flatMap(([path, text]) =>
    [...text.matchAll(lateForm)].map(([, to = '']) => resolvePath(path, to)),
  )
  return new Set(targets.filter((path) => modules.has(path)))
}

/** The name of the script that begins with a module: the last part of its path. */
export const nameScript = (path: string): string => path.replace(/^.*\/|\.ts$/g, '').concat('.js')

/** A module and its imports, each after its own imports. */
function order(modules: Modules, entry: string): string[] {
  const found: string[] = []
  const follow = (path: string) => {
    if (found.includes(path)) return
    for (const [, , to = ''] of readModule(modules, path).matchAll(importForm)) {
      follow(resolvePath(path, to))
    }
    found.push(path)
  }
  follow(entry)
  return found
}

function readModule(modules: Modules, path: string): string {
  const text = modules.get(path)
  if (text === undefined) throw new Error(`the app has no module ${path}`)
  return text
}

const resolvePath = (from: string, to: string): string =>
  new URL(to, `https://app/${from}`).pathname.slice(1)

/** Wraps each module in a function that runs once, so that equal names in two modules do not collide. */
function wrap(
  modules: Modules,
  path: string,
  isLate: (path: string) => boolean = () => false,
): string {
  const text = readModule(modules, path)
  const names = [...text.matchAll(exportForm)].map(([, name]) => name)
  const body = text
    .replace(importForm, (_, list: string, to: string) => {
      const taken = list.replaceAll(/(\w+) as (\w+)/g, '$1: $2')
      return `const {${taken}} = modules['${resolvePath(path, to)}']`
    })
    .replace(lateForm, (form: string, to: string) => {
      const at = resolvePath(path, to)
      return isLate(at) ? `import('./${nameScript(at)}').then(() => modules['${at}'])` : form
    })
    .replace(exportForm, '')
  const unknown = /^(?:import|export)\b(?!\().*/m.exec(body)
  if (unknown !== null) throw new Error(`${path} has another form: ${unknown[0]}`)
  return `modules['${path}'] ??= (() => {\n${body}\nreturn { ${names.join(', ')} }\n})()\n`
}
