/**
 * Finds sections whose name is almost right, so that the keys below are checked as well. The schema reports the name itself.
 */
import { nearest } from '../kernel/nearest.ts'
import { configJsonSchema, type Path, type SchemaNode } from './fields.ts'

export interface Respelled {
  /** The tree with the names that were meant. */
  readonly tree: unknown
  /** The path in the file for a path of this tree. */
  readonly typed: (path: Path) => Path
  /** The name that a section was meant to have; null: no name fits its content. `undefined`: not a section. */
  readonly meantBy: (path: Path) => string | null | undefined
}

/** The tree as it was probably meant. */
export function respell(tree: unknown): Respelled {
  const renames: { readonly meant: Path; readonly key: string }[] = []
  const guesses = new Map<string, string | null>()

  function walk(value: unknown, node: SchemaNode | undefined, path: Path): unknown {
    if (Array.isArray(value)) return value.map((one, at) => walk(one, node?.items, [...path, at]))
    const properties = node?.properties
    if (typeof value !== 'object' || value === null || properties === undefined) return value
    const free = Object.keys(properties).filter((name) => !Object.hasOwn(value, name))
    const entries = Object.entries(value).map(([key, child]) => {
      const isKnown = Object.hasOwn(properties, key)
      const name = isKnown ? key : guessName([...path, key], child, free, properties)
      const below = Object.hasOwn(properties, name) ? properties[name] : undefined
      return [name, walk(child, below, [...path, name])] as const
    })
    return Object.fromEntries(entries)
  }

  /** The name from `free` that an unknown key was meant to be; the key itself if no name fits. */
  function guessName(
    path: readonly [...Path, string],
    child: unknown,
    free: string[],
    properties: Readonly<Record<string, SchemaNode>>,
  ): string {
    const key = `${path.at(-1)}`
    const name = findSection(key, child, free, properties)
    if (typeof child === 'object' && child !== null) guesses.set(joinPath(path), name ?? null)
    if (name === undefined) return key
    free.splice(free.indexOf(name), 1)
    renames.push({ meant: [...path.slice(0, -1), name], key })
    return name
  }

  return {
    tree: walk(tree, configJsonSchema(), []),
    meantBy: (path) => guesses.get(joinPath(path)),
    typed(path) {
      const typed = [...path]
      for (const { meant, key } of renames) {
        if (meant.every((part, at) => part === path[at])) typed[meant.length - 1] = key
      }
      return typed
    },
  }
}

const joinPath = (path: Path): string => JSON.stringify(path)

function findSection(
  key: string,
  value: unknown,
  free: readonly string[],
  properties: Readonly<Record<string, SchemaNode>>,
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const sections = free.filter((name) => {
    const node = properties[name]
    if (Array.isArray(value) && node?.items !== undefined && node.items.properties === undefined)
      return value.every((one) => typeof one !== 'object')
    const known = Array.isArray(value) ? node?.items?.properties : node?.properties
    return known !== undefined && fits(value, Object.keys(known))
  })
  return nearest(key, sections)
}

/** Whether at least half of the keys of a section belong to the meant section; otherwise another one was meant. */
function fits(value: object, known: readonly string[]): boolean {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  const keys = entries.flatMap((one) => (typeof one === 'object' && one ? Object.keys(one) : []))
  const fitting = keys.filter((key) => nearest(key, known) !== undefined)
  return fitting.length * 2 >= keys.length
}
