/** Finds the names of tests in the source of a file: arguments of `test`, and names in tables that tests are made from. */
import { parseSync } from 'oxc-parser'

interface Quasi {
  readonly value: { readonly cooked: string }
}

/** The functions that make tests in our files: Node's own, and a short one for tests with a database. */
const makers: readonly unknown[] = ['test', 'on']

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Titles without the suffix of the engine; an expression in one is an ellipsis. */
export function listTitles(file: string, source: string): ReadonlySet<string> {
  const titles = new Set<string>()
  const add = (value: unknown): void => {
    const text = readText(value)
    if (text !== undefined) titles.add(text.replace(/ \(…\)$/, ''))
  }
  const walk = (value: unknown): void => {
    if (!isNode(value)) return
    for (const one of listNames(value)) add(one)
    for (const one of Object.values(value)) walk(one)
  }
  walk(parseSync(file, source).program)
  return titles
}

/** The parts of a node that can be the name of a test. */
function listNames(node: Node): unknown[] {
  switch (node.type) {
    case 'CallExpression':
      return isNode(node.callee) && makers.includes(node.callee.name) ? listArguments(node) : []
    case 'Property':
      return isNode(node.key) && node.key.name === 'name' ? [node.value] : [node.key]
    case 'ArrayExpression':
      return [(node.elements as unknown[])[0]]
    default:
      return []
  }
}

/** The first argument. If it is a call that adds the engine, the first argument of that call. */
function listArguments(call: Node): unknown[] {
  const [first] = call.arguments as unknown[]
  return isNode(first) && first.type === 'CallExpression' ? listArguments(first) : [first]
}

function readText(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === 'Literal' && typeof value.value === 'string') return value.value
  if (value.type !== 'TemplateLiteral') return undefined
  return (value.quasis as Quasi[]).map((quasi) => quasi.value.cooked).join('…')
}
