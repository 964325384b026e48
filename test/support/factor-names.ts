// Finds where a source file names a kind of factor: by an import of its folder, a literal or an identifier. It knows the
// kinds and the folders only as data; those of this repository are in factors.test.ts.

import { parseSync, Visitor } from 'oxc-parser'

export type Naming = {
  /** Relative to the repository. */
  path: string
  /** What names the factor, as it stands in the source. */
  what: string
}

const wordsIn = (name: string): string[] =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)

/** A kind is a word of an identifier; `sms-code` is two words in a row. The singular and the plural are the same. */
const namesKind = (name: string, kinds: readonly string[]): boolean => {
  const words = ` ${wordsIn(name).join(' ')} `
  return kinds.some((kind) => {
    const wanted = kind.replaceAll('-', ' ')
    return ['', 's', 'es'].some((ending) => words.includes(` ${wanted}${ending} `))
  })
}

const isKindText = (text: string, kinds: readonly string[]): boolean =>
  kinds.some((kind) => text === kind || text.startsWith(`${kind}/`) || text.startsWith(`${kind}.`))

/** Of a kind whose name is a word for things of all kinds: only the names of its steps are its own. */
const isStepOf = (text: string, kinds: readonly string[]): boolean =>
  kinds.some((kind) => text.startsWith(`${kind}/`))

/**
 * Each thing once per file. `array.push(…)` is no factor.
 * @param general kinds whose name is a word of the house as well, for example `authenticator`
 */
export const findFactorNames = (
  path: string,
  text: string,
  all: readonly string[],
  general: readonly string[] = [],
): Naming[] => {
  const parsed = parseSync(path, text)
  const error = parsed.errors[0]
  if (error) throw new Error(`${path}: ${error.message}`)
  const kinds = all.filter((kind) => !general.includes(kind))
  const found = new Set<string>()
  const isKind = (value: string) => isKindText(value, kinds) || isStepOf(value, general)
  const methods = new Set<number>()
  const checkImport = (source: string) => {
    if (all.some((kind) => source.includes(`/factors/${kind}/`))) found.add(source)
  }
  const checkName = (name: string, at: number) => {
    if (!methods.has(at) && namesKind(name, kinds)) found.add(name)
  }
  new Visitor({
    CallExpression: ({ callee }) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      if (callee.property.name === 'push') methods.add(callee.property.start)
    },
    ImportDeclaration: (node) => checkImport(node.source.value),
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal') checkImport(`${source.value}`)
    },
    ExportNamedDeclaration: (node) => {
      if (node.source) checkImport(node.source.value)
    },
    TSImportType: (node) => checkImport(node.source.value),
    Identifier: (node) => checkName(node.name, node.start),
    Literal: ({ value }) => {
      if (typeof value === 'string' && isKind(value)) found.add(`'${value}'`)
    },
    TemplateElement: ({ value }) => {
      if (isKind(value.raw)) found.add(`\`${value.raw}\``)
    },
  }).visit(parsed.program)
  return [...found].map((what) => ({ path, what }))
}
