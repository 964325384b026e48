/**
 * The spelling of names in files: `redirect_uris` for `redirectUris`, as in the configuration. Owns both directions, which
 * follow from a schema: only names in the schema are converted; names that are data stay unchanged.
 */
import { type Path, pathText, type SchemaNode } from '../../../platform/config/fields.ts'
import type { Mistake } from '../../../platform/config/mistakes.ts'
import { nearest } from '../../../platform/kernel/nearest.ts'

export const spell = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A mistake with the path that finds its line. */
export interface PlacedMistake extends Mistake {
  readonly at: Path
}

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The keys that the schema `node` allows, in all its variants. */
export function listProperties(node: SchemaNode | undefined): Readonly<Record<string, SchemaNode>> {
  const variants = (node?.anyOf ?? []).map(listProperties)
  return Object.assign({}, ...variants, node?.properties)
}

/** Whether a node allows further names, and the schema of their values. */
function findOthers(node: SchemaNode | undefined): SchemaNode | false | undefined {
  const all = [node, ...(node?.anyOf ?? [])].flatMap((one) => one?.additionalProperties || [])
  return all[0] ?? (Object.keys(listProperties(node)).length > 0 ? false : undefined)
}

function findItems(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.items ?? node?.anyOf?.map(findItems).find((items) => items !== undefined)
}

/** Converts a value to the names of a file, without secrets. Known names have the order of the schema. */
export function writeSpelling(value: unknown, node: SchemaNode | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => writeSpelling(one, findItems(node)))
  if (!isTree(value)) return value
  const known = listProperties(node)
  const others = findOthers(node)
  const names = Object.keys(known).filter((name) => Object.hasOwn(value, name))
  const rest = Object.keys(value).filter((name) => !Object.hasOwn(known, name))
  return Object.fromEntries([
    ...names
      .filter((name) => value[name] !== undefined && known[name]?.writeOnly !== true)
      .map((name) => [spell(name), writeSpelling(value[name], known[name])]),
    ...rest.map((name) => [name, writeSpelling(value[name], others || undefined)]),
  ])
}

/** Converts a value of a file to the names of the schema. Unknown keys are left out and reported as mistakes. */
export function readSpelling(
  value: unknown,
  node: SchemaNode | undefined,
  path: Path,
): { readonly value: unknown; readonly mistakes: readonly PlacedMistake[] } {
  const mistakes: PlacedMistake[] = []
  const read = (one: unknown, below: SchemaNode | undefined, at: Path): unknown => {
    if (Array.isArray(one)) {
      return one.map((entry, index) => read(entry, findItems(below), [...at, index]))
    }
    if (!isTree(one)) return one
    const known = listProperties(below)
    const names = new Map(Object.keys(known).map((name) => [spell(name), name]))
    const others = findOthers(below)
    return Object.fromEntries(
      Object.entries(one).flatMap(([key, child]) => {
        const name = names.get(key)
        if (name !== undefined) return [[name, read(child, known[name], [...at, key])]]
        if (others !== false) return [[key, read(child, others, [...at, key])]]
        mistakes.push(describeUnknown([...at, key], [...names.keys()]))
        return []
      }),
    )
  }
  return { value: read(value, node, path), mistakes }
}

/** @param at ends with the unknown key */
export function describeUnknown(at: Path, known: readonly string[]): PlacedMistake {
  const meant = nearest(String(at.at(-1)), known)
  return {
    path: pathText(at),
    at,
    found: 'an unknown key',
    allowed: `the keys ${known.join(', ')}`,
    ...(meant !== undefined && { nearest: pathText([...at.slice(0, -1), meant]) }),
  }
}

/** A path of the schema, with the names of a file. */
export function spellPath(path: Path, node: SchemaNode | undefined): Path {
  let below: SchemaNode | undefined = node
  return path.map((part) => {
    if (typeof part === 'number') {
      below = findItems(below)
      return part
    }
    const known = listProperties(below)
    const isKnown = Object.hasOwn(known, part)
    below = isKnown ? known[part] : findOthers(below) || undefined
    return isKnown ? spell(part) : part
  })
}
