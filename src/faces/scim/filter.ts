/**
 * The filters and paths of SCIM (RFC 7644, 3.4.2.2 and 3.5.2) as trees. Owns the grammar and its limits: longer, deeper or
 * invalid text is refused. Does not know which attributes exist.
 *
 *   parseFilter('userName eq "erika" and not (emails[type eq "work"])')
 *   parsePath('emails[type eq "work"].value')
 */
import { refuse, type ScimType } from './errors.ts'
import type { AttributePath } from './schema.ts'

export const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const
export type Operator = (typeof operators)[number]

export type Filter =
  | { readonly type: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly type: 'not'; readonly filter: Filter }
  | { readonly type: 'present'; readonly path: AttributePath }
  | Comparison
  /** A single value of a multi-valued attribute satisfies the whole filter. */
  | { readonly type: 'some'; readonly path: AttributePath; readonly filter: Filter }

export interface Comparison {
  readonly type: 'compare'
  readonly path: AttributePath
  readonly operator: Operator
  readonly value: string | number | boolean | null
}

/** The target of a change. `filter`: selects values of the attribute; the part is one of these values. */
export interface PatchPath {
  readonly path: AttributePath
  readonly filter?: Filter
}

const mostCharacters = 4000
const mostNested = 20
const mostTerms = 100

const patterns = {
  space: / +/y,
  name: /(?:urn:[^\s"()[\]]*:)?[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?/iy,
  word: /[A-Za-z]+/y,
  text: /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
}

type Reader = ReturnType<typeof createReader>

/** Reads one token after the other. */
function createReader(text: string, scimType: ScimType) {
  let at = 0
  let terms = 0
  const fail = () => refuse(scimType, `not understood from character ${at + 1} on`)
  if (text.length > mostCharacters) {
    throw refuse(scimType, `longer than ${mostCharacters} characters`)
  }
  const find = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  const take = (pattern: RegExp): string => {
    const found = find(pattern)
    if (found === undefined) throw fail()
    at += found.length
    return found
  }
  return {
    fail,
    find,
    take,
    isAtEnd: () => at === text.length,
    /** Whether the sign is next; if so, it is consumed. */
    pass(sign: string): boolean {
      if (!text.startsWith(sign, at)) return false
      at += sign.length
      return true
    },
    /** Consumes ` word ` in upper or lower case. */
    passBetween(word: string): boolean {
      const found = find(/ +[A-Za-z]+ +/y)
      if (found?.trim().toLowerCase() !== word) return false
      at += found.length
      return true
    },
    countTerm(): void {
      terms += 1
      if (terms > mostTerms) throw refuse(scimType, `more than ${mostTerms} comparisons`)
    },
    enter(depth: number): number {
      if (depth >= mostNested) throw refuse(scimType, `nested deeper than ${mostNested}`)
      return depth + 1
    },
  }
}

/** Throws ScimError `invalidFilter`. */
export function parseFilter(text: string): Filter {
  const reader = createReader(text, 'invalidFilter')
  const filter = readOr(reader, 0)
  if (!reader.isAtEnd()) throw reader.fail()
  return filter
}

/** Throws ScimError `invalidPath`. */
export function parsePath(text: string): PatchPath {
  const reader = createReader(text, 'invalidPath')
  const path = readPath(reader)
  if (reader.isAtEnd()) return { path }
  if (path.part !== undefined || !reader.pass('[')) throw reader.fail()
  const filter = readOr(reader, 0)
  if (!reader.pass(']')) throw reader.fail()
  if (reader.isAtEnd()) return { path, filter }
  if (!reader.pass('.')) throw reader.fail()
  const part = reader.take(/[A-Za-z$][\w$-]*/y)
  if (!reader.isAtEnd()) throw reader.fail()
  return { path: { ...path, part }, filter }
}

/** The maximum number of comparisons for one value. */
export function countTerms(filter: Filter): number {
  switch (filter.type) {
    case 'and':
    case 'or':
      return countTerms(filter.left) + countTerms(filter.right)
    case 'not':
    case 'some':
      return 1 + countTerms(filter.filter)
    default:
      return 1
  }
}

/** A name alone, as in `attributes` and `sortBy`. `undefined`: it is not a name. */
export function parseName(text: string): AttributePath | undefined {
  const reader = createReader(text.slice(0, mostCharacters), 'invalidPath')
  if (reader.find(patterns.name) === undefined) return undefined
  const path = readPath(reader)
  return reader.isAtEnd() ? path : undefined
}

function readPath(reader: Reader): AttributePath {
  const found = reader.take(patterns.name)
  const colon = found.lastIndexOf(':')
  const [name = '', part] = found.slice(colon + 1).split('.')
  return {
    ...(colon !== -1 && { schema: found.slice(0, colon) }),
    name,
    ...(part !== undefined && { part }),
  }
}

function readOr(reader: Reader, depth: number): Filter {
  let left = readAnd(reader, depth)
  while (reader.passBetween('or')) left = { type: 'or', left, right: readAnd(reader, depth) }
  return left
}

function readAnd(reader: Reader, depth: number): Filter {
  let left = readTerm(reader, depth)
  while (reader.passBetween('and')) left = { type: 'and', left, right: readTerm(reader, depth) }
  return left
}

function readTerm(reader: Reader, depth: number): Filter {
  reader.countTerm()
  if (reader.pass('(')) return readClosed(reader, depth, ')')
  const negation = reader.find(/not *\(/iy)
  if (negation !== undefined) {
    reader.pass(negation)
    return { type: 'not', filter: readClosed(reader, depth, ')') }
  }
  const path = readPath(reader)
  if (!reader.pass('[')) return readComparison(reader, path)
  const filter = readClosed(reader, depth, ']')
  if (!reader.pass('.')) return { type: 'some', path, filter }
  // As Entra ID writes it: `emails[type eq "work"].value eq "…"`.
  reader.countTerm()
  const part = { name: reader.take(/[A-Za-z$][\w$-]*/y) }
  const right = readComparison(reader, part)
  return { type: 'some', path, filter: { type: 'and', left: filter, right } }
}

function readComparison(reader: Reader, path: AttributePath): Filter {
  reader.take(patterns.space)
  const word = reader.take(patterns.word).toLowerCase()
  if (word === 'pr') return { type: 'present', path }
  const operator = operators.find((one) => one === word)
  if (operator === undefined) throw reader.fail()
  reader.take(patterns.space)
  return { type: 'compare', path, operator, value: readLiteral(reader) }
}

function readClosed(reader: Reader, depth: number, end: string): Filter {
  const filter = readOr(reader, reader.enter(depth))
  if (!reader.pass(end)) throw reader.fail()
  return filter
}

function readLiteral(reader: Reader): Comparison['value'] {
  if (reader.find(/"/y) !== undefined) return readText(reader)
  if (reader.find(patterns.number) !== undefined) return Number(reader.take(patterns.number))
  const word = reader.take(patterns.word).toLowerCase()
  if (word === 'true') return true
  if (word === 'false') return false
  if (word === 'null') return null
  throw reader.fail()
}

function readText(reader: Reader): string {
  const text: string = JSON.parse(reader.take(patterns.text))
  // No database can store such a text, so nothing is equal to it.
  if (text.includes('\0') || !text.isWellFormed()) throw reader.fail()
  return text
}
