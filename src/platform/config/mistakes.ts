/**
 * The mistakes of a configuration, in words. Owns how an issue of the schema becomes a mistake with path, line, found value and
 * allowed values. A mistake never contains a secret.
 */
import type { z } from 'zod'
import { nearest } from '../kernel/nearest.ts'
import {
  configFields,
  describeKind,
  nodeAt,
  type Path,
  pathText,
  type SchemaNode,
} from './fields.ts'

export interface Mistake {
  /** `storage.url`, `networks[0].ranges[1]`; empty for the file as a whole. */
  readonly path: string
  /** Line of the file, from 1; absent when the value is missing or comes from the environment. */
  readonly line?: number
  /** The environment variable that the value comes from. */
  readonly variable?: string
  readonly found: string
  readonly allowed: string
  /** The key that was probably meant. */
  readonly nearest?: string
}

/** Where a value comes from. */
export interface Origin {
  readonly line?: number
  readonly variable?: string
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'keys with values'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'boolean' ? `${value}` : 'a number'
}

/** A value in the form in which it may be shown: never a secret, never a value in place of a section, at most 60 characters. */
export function foundText(value: unknown, path: Path): string {
  return isSingle(value) ? describeFound(value, nodeAt(path)) : typeName(value)
}

const isSingle = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** As `foundText`, for a value at the place of `node` in a schema; `undefined`: the schema has no such key. */
export function describeFound(value: unknown, node: SchemaNode | undefined): string {
  if (!isSingle(value)) return typeName(value)
  if (node === undefined || node.type === 'object') return typeName(value)
  if (node.writeOnly === true) return `${typeName(value)} (not shown, it is a secret)`
  const text = JSON.stringify(value).replace(/\/\/[^/@\s]*@/g, '//…@')
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** The value of a tree at a path; `undefined`: there is no value. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

function unknownKey(parent: Path, key: string, { typed, nameOrigin, meantBy }: Places): Mistake {
  const siblings = Object.keys(nodeAt(parent)?.properties ?? {})
  const section = meantBy([...parent, key])
  const near = section === undefined ? nearest(key, siblings) : (section ?? undefined)
  const elsewhere = configFields.find((field) => field.path.at(-1) === key)
  const meant = near === undefined ? elsewhere?.path : [...parent, near]
  const path = typed([...parent, key])
  return {
    path: pathText(path),
    ...nameOrigin(path),
    found: 'an unknown key',
    allowed: siblings.length === 0 ? 'a value' : `the keys ${siblings.join(', ')}`,
    ...(meant === undefined ? {} : { nearest: pathText(meant) }),
  }
}

export interface Places {
  /** The path in the file for a path that the schema reports. */
  readonly typed: (path: Path) => Path
  readonly nameOrigin: (path: Path) => Origin
  /** See misspelled.ts. */
  readonly meantBy: (path: Path) => string | null | undefined
}

type Issues = readonly z.core.$ZodIssue[]

/** Mistakes for keys that the schema does not have. */
export function unknownKeys(issues: Issues, places: Places): Mistake[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(readPath(issue), key, places))
      : [],
  )
}

/** All other mistakes that the schema found in `tree`. */
export function wrongValues(
  issues: Issues,
  tree: unknown,
  { typed, nameOrigin }: Omit<Places, 'meantBy'>,
): Mistake[] {
  return issues.flatMap((issue): Mistake[] => {
    if (issue.code === 'unrecognized_keys') return []
    const path = readPath(issue)
    const found = foundText(valueAt(tree, path), path)
    const allowed = issue.code === 'custom' ? issue.message : describeKind(nodeAt(path) ?? {})
    return [{ path: pathText(typed(path)), ...nameOrigin(typed(path)), found, allowed }]
  })
}

function readPath({ path }: z.core.$ZodIssue): Path {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part))
}

/** One mistake for each path, by line of the file; then those that are not in the file. */
export function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  const seen = new Set<string>()
  const findLine = ({ line }: Mistake) => line ?? Number.MAX_SAFE_INTEGER
  return mistakes
    .filter(({ path }) => !seen.has(path) && seen.add(path))
    .sort((a, b) => findLine(a) - findLine(b))
}

function formatMistake(mistake: Mistake, file: string | undefined): string {
  const place = mistake.line === undefined ? '' : ` (${file ?? 'file'}, line ${mistake.line})`
  const source = mistake.variable === undefined ? place : ` (environment, ${mistake.variable})`
  const lines = [
    `  ${mistake.path === '' ? (file ?? 'file') : mistake.path}${source}`,
    `    found:   ${mistake.found}`,
    `    allowed: ${mistake.allowed}`,
  ]
  if (mistake.nearest !== undefined) lines.push(`    meant:   ${mistake.nearest}?`)
  return lines.join('\n')
}

/** What has the mistakes: the configuration, or another file. */
export type MistakenText = 'configuration' | 'file'

/** All mistakes as lines for a terminal. */
export function formatMistakes(
  mistakes: readonly Mistake[],
  file?: string,
  what: MistakenText = 'configuration',
): string {
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`
  const parts = mistakes.map((mistake) => formatMistake(mistake, file))
  return `The ${what} has ${count}.\n\n${parts.join('\n\n')}\n`
}

/** Carries all mistakes of a configuration, or of another file, to the place that prints them. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly Mistake[]
  readonly file: string | undefined
  readonly warnings: readonly string[]
  readonly what: MistakenText

  constructor(
    mistakes: readonly Mistake[],
    file: string | undefined,
    warnings: readonly string[] = [],
    what: MistakenText = 'configuration',
  ) {
    super(`the ${what} has mistakes`)
    this.name = 'ConfigMistakes'
    this.mistakes = mistakes
    this.file = file
    this.warnings = warnings
    this.what = what
  }
}
