// Finds in source text what the linter cannot: options objects with too many members, long files, and words that this
// repository no longer uses. It knows files only as paths and text; which files still offend is in style.test.ts.

import { parseSync, Visitor } from 'oxc-parser'

export type RuleName = 'options' | 'length' | 'names' | 'comments'

/** One thing that a rule found in one file. */
export type Offence = { rule: RuleName; path: string; what: string }

const maxMembers = 8
const maxLines = 400

/** Tables and texts: what they hold decides how long they are. */
const isTable = (path: string): boolean =>
  /(^|\/)(messages\/[a-z]{2}|tables)\.ts$/.test(path) || path.includes('/migrations/')

/**
 * Words of names, and what replaced them. `anywhere` words never stand in a declared name; `noun` words do not stand
 * at its end or alone, where they are nouns (`reachLogin` is a verb and allowed, `maxReach` is not).
 */
const oldNames: Readonly<Record<'anywhere' | 'noun', Readonly<Record<string, string>>>> = {
  anywhere: {
    holding: 'authenticator',
    holdings: 'authenticators',
    complaint: 'form error, mistake',
    complaints: 'form errors, mistakes',
    visit: 'step context, call',
    visits: 'step contexts, calls',
    visitor: 'request context',
    outrun: 'stale version',
    overtaken: 'superseded',
    stranger: 'anonymous',
    strangers: 'anonymous',
    lapsed: 'invalidated',
    outlived: 'session ended',
    companion: 'linked TOTP',
    news: 'notice',
    told: 'notified',
    whoever: 'the user, the caller',
  },
  noun: {
    reach: 'level',
    need: 'requirement',
    needed: 'required level',
    demand: 'requirement, effective policy',
    kept: 'journey data',
    standing: 'challenge state',
    way: 'factor, transition',
  },
}

/** Idioms in comments, in lower case. */
const oldPhrases: readonly string[] = [
  'whoever',
  'somebody',
  'is told',
  'are told',
  'is none',
  'are none',
  'not to be had',
  'holding of',
  'holdings',
  'complaint',
  'outrun',
  'overtaken',
  'stranger',
  'stands for itself',
  'the reach of',
  'as unknown as',
  'that counts',
  'counts for',
  'counts as',
]

const splitName = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')

/** Names with an underscore are columns, keys of the configuration or of the wire: they stay as they are stored. */
const findOldWord = (name: string): string | undefined => {
  if (name.includes('_')) return undefined
  const words = splitName(name)
  const last = words.at(-1) ?? ''
  const old =
    words.find((word) => Object.hasOwn(oldNames.anywhere, word)) ??
    (Object.hasOwn(oldNames.noun, last) ? last : undefined)
  return old && `${name}: ${oldNames.anywhere[old] ?? oldNames.noun[old]}`
}

const findOldPhrases = (comment: string): string[] => {
  const text = comment.replace(/\s+(\*\s+)?/g, ' ').toLowerCase()
  return oldPhrases.filter((phrase) => new RegExp(`\\b${phrase}\\b`).test(text))
}

type Parsed = ReturnType<typeof parseSync>

/** A node of the tree, as far as it is looked at here. */
type Node = { readonly type: string; readonly [key: string]: unknown }

const asNode = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null && 'type' in value ? (value as Node) : undefined

const asNodes = (value: unknown): Node[] =>
  Array.isArray(value) ? value.flatMap((one) => asNode(one) ?? []) : []

const readName = (value: unknown): string | undefined => {
  const node = asNode(value)
  return node?.type === 'Identifier' ? String(node.name) : undefined
}

/** The names that a pattern binds: `{ a, b: [c], ...d }` binds a, c and d. */
const listBound = (value: unknown): string[] => {
  const node = asNode(value)
  if (node === undefined) return []
  if (node.type === 'Identifier') return [String(node.name)]
  if (node.type === 'AssignmentPattern') return listBound(node.left)
  if (node.type === 'RestElement') return listBound(node.argument)
  if (node.type === 'Property') return listBound(node.value)
  return [...asNodes(node.properties), ...asNodes(node.elements)].flatMap(listBound)
}

type Declarations = {
  names: Set<string>
  /** The parameters of each function. */
  functions: Node[][]
  /** Object types of this file by their name. */
  types: Map<string, Node[]>
}

const collect = ({ program }: Parsed): Declarations => {
  const found: Declarations = { names: new Set(), functions: [], types: new Map() }
  const add = (value: unknown) => {
    for (const name of listBound(value)) found.names.add(name)
  }
  const addFunction = (node: { id?: unknown; params: unknown }) => {
    add(node.id)
    const params = asNodes(node.params)
    params.forEach(add)
    found.functions.push(params)
  }
  new Visitor({
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    VariableDeclarator: (node) => add(node.id),
    TSPropertySignature: (node) => add(node.key),
    TSMethodSignature: (node) => add(node.key),
    Property: (node) => {
      if (!node.computed && !node.shorthand) add(node.key)
    },
    TSInterfaceDeclaration: (node) => {
      add(node.id)
      const parents = node.extends.map((one) => one as unknown as Node)
      found.types.set(node.id.name, [...parents, node.body as unknown as Node])
    },
    TSTypeAliasDeclaration: (node) => {
      add(node.id)
      found.types.set(node.id.name, [node.typeAnnotation as unknown as Node])
    },
  }).visit(program)
  return found
}

/** How many members an object type has, as far as this file says; 0 for what is declared elsewhere. */
const countMembers = (node: Node | undefined, types: Declarations['types']): number => {
  if (node === undefined) return 0
  const sum = (nodes: Node[]) => nodes.reduce((all, one) => all + countMembers(one, types), 0)
  if (node.type === 'TSTypeAnnotation') return countMembers(asNode(node.typeAnnotation), types)
  if (node.type === 'TSTypeLiteral') return asNodes(node.members).length
  if (node.type === 'TSInterfaceBody') return asNodes(node.body).length
  if (node.type === 'TSIntersectionType') return sum(asNodes(node.types))
  const name = readName(node.typeName) ?? readName(node.expression)
  if (name === 'Pick') {
    const [, keys] = asNodes(asNode(node.typeArguments)?.params)
    return asNodes(keys?.types).length || 1
  }
  return sum(types.get(name ?? '') ?? [])
}

/** `options: CreateOptions` and `{ a, b }: CreateOptions`, with or without a default. */
const findType = (parameter: Node): Node | undefined =>
  parameter.type === 'AssignmentPattern'
    ? findType(asNode(parameter.left) ?? parameter)
    : asNode(parameter.typeAnnotation)

/** What a caller has to build for a call: literal types, and types that are called options, input or parts. */
const isOptions = (type: Node): boolean => {
  const inner = asNode(type.typeAnnotation) ?? type
  const name = readName(inner.typeName)
  return name === undefined || /(Options|Input|Parts|Dependencies|Context)$/.test(name)
}

const findLargeOptions = ({ functions, types }: Declarations): string[] => {
  const found = functions.flat().flatMap((parameter) => {
    const type = findType(parameter)
    const count = type && isOptions(type) ? countMembers(type, types) : 0
    const name = readName(asNode(type?.typeAnnotation)?.typeName) ?? 'an object'
    return count > maxMembers ? [`${name} has ${count} members`] : []
  })
  return [...new Set(found)]
}

/** Every offence of one file. Throws on a syntax error. */
export const checkStyle = (path: string, text: string): Offence[] => {
  const parsed = parseSync(path, text)
  const error = parsed.errors[0]
  if (error) throw new Error(`${path}: ${error.message}`)
  const declarations = collect(parsed)
  const lines = text.split('\n').length - 1
  const found: Record<RuleName, string[]> = {
    options: findLargeOptions(declarations),
    length: lines > maxLines && !isTable(path) ? [`${lines} lines`] : [],
    names: [...declarations.names].flatMap((name) => findOldWord(name) ?? []),
    comments: parsed.comments.flatMap(({ value }) => findOldPhrases(value)),
  }
  return Object.entries(found).flatMap(([rule, whats]) =>
    whats.map((what) => ({ rule: rule as RuleName, path, what })),
  )
}

/** The files that offend against each rule, sorted: what may stand in the list of exceptions. */
export const listOffenders = (offences: readonly Offence[]): Record<RuleName, string[]> => {
  const list = (rule: RuleName) => [
    ...new Set(offences.filter((one) => one.rule === rule).map(({ path }) => path)),
  ]
  const rules = ['options', 'length', 'names', 'comments'] as const
  return Object.fromEntries(rules.map((rule) => [rule, list(rule).sort()])) as Record<
    RuleName,
    string[]
  >
}
