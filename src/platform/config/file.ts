/**
 * The YAML file as a plain tree that still knows its lines. Owns the limits on YAML (size, repeated keys, aliases); does not
 * know which keys exist. A mistake contains no text of the file, as it might be a secret.
 */
import { createRequire } from 'node:module'
import type { Document, LineCounter, YAMLError } from 'yaml'
import { brokenYaml } from './broken-yaml.ts'
import type { Path } from './fields.ts'
import type { Mistake } from './mistakes.ts'

const require = createRequire(import.meta.url)

/** The parser. A start without a configuration file does not load it, and so is faster. */
const yaml = (): typeof import('yaml') => require('yaml')

export type Tree = Record<string, unknown>

export interface ConfigFile {
  readonly tree: Tree
  /** The line of a key or list entry, or of the nearest thing around it. */
  findLine(path: Path): number | undefined
  readonly mistakes: readonly Mistake[]
  /** Whether the tree is worth checking. */
  readonly readable: boolean
}

const maxCharacters = 256 * 1024
const maxAliases = 32

/** The empty file of a start without a configuration file. */
export const noConfigFile: ConfigFile = {
  tree: {},
  findLine: () => undefined,
  mistakes: [],
  readable: true,
}

/** Reads the text of a configuration file. Never throws. */
export function readYaml(text: string): ConfigFile {
  if (text.length > maxCharacters)
    return unreadable([whole('a file that is too large', `up to ${maxCharacters} characters`)])
  try {
    return readDocument(text)
  } catch (error) {
    // The parser recurses on nested values, and throws a ReferenceError for too many aliases.
    const allowed =
      error instanceof ReferenceError ? `up to ${maxAliases} uses of an alias` : 'shallow nesting'
    return unreadable([whole('YAML that cannot be read', allowed)])
  }
}

function readDocument(text: string): ConfigFile {
  const { LineCounter, parseDocument } = yaml()
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const { errors } = document
  const mistakes = [
    ...brokenYaml(errors, counter),
    ...errors
      .filter(({ code }) => code === 'DUPLICATE_KEY')
      .map((error) => repeatedKey(error, text, counter)),
  ]
  if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return unreadable(mistakes)
  const tree = withoutNulls(document.toJS({ maxAliasCount: maxAliases })) ?? {}
  if (typeof tree !== 'object' || Array.isArray(tree))
    return unreadable([...mistakes, whole('a list or a single value', 'keys with values')])
  const findLine = (path: Path) => lineAt(document, counter, path)
  return { tree: tree as Tree, findLine, mistakes, readable: true }
}

function unreadable(mistakes: readonly Mistake[]): ConfigFile {
  return { tree: {}, findLine: () => undefined, mistakes, readable: false }
}

function whole(found: string, allowed: string): Mistake {
  return { path: '', found, allowed }
}

function repeatedKey(error: YAMLError, text: string, counter: LineCounter): Mistake {
  const { line } = counter.linePos(error.pos[0])
  const [key = ''] = /^[\w-]{1,60}/.exec(text.slice(error.pos[0])) ?? []
  return { path: key, line, found: 'a key that occurs twice', allowed: 'each key once' }
}

/** Removes keys without a value, such as a section whose lines are all comments. */
function withoutNulls(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).map(([key, child]) => [key, withoutNulls(child)] as const)
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined))
}

function lineAt(document: Document, counter: LineCounter, path: Path): number | undefined {
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  let node: unknown = document.contents
  let offset: number | undefined
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    let place: unknown
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      place = pair?.key
      node = pair?.value
    } else {
      node = isSeq(node) ? node.items[Number(part)] : undefined
      place = node
    }
    offset = rangeStart(place) ?? offset
  }
  return offset === undefined ? undefined : counter.linePos(offset).line
}

function rangeStart(node: unknown): number | undefined {
  const { range } = (node ?? {}) as { range?: readonly number[] | null }
  return range?.[0]
}
