/** Whether a filter is true for a resource (RFC 7644, 3.4.2.2). Owns how values of each type are compared. */
import { refuse } from './errors.ts'
import type { Comparison, Filter } from './filter.ts'
import { isObject, type Json, type JsonObject } from './resource.ts'
import {
  type Attribute,
  type AttributePath,
  findAttribute,
  type ResourceType,
  resolvePath,
} from './schema.ts'

export type Matches = (resource: JsonObject) => boolean

type Resolve = (path: AttributePath) => readonly Attribute[] | undefined

/** Throws ScimError `invalidFilter` for an unknown attribute, or a value of another type than the attribute's. */
export function createMatcher(type: ResourceType, filter: Filter): Matches {
  return create((path) => resolvePath(type, path), filter)
}

/** For one value of a multi-valued attribute, as in `[type eq "work"]`. */
export function createValueMatcher({ parts, name }: Attribute, filter: Filter): Matches {
  return create((path) => {
    const { schema, name: part } = path
    if (schema !== undefined || path.part !== undefined) return undefined
    const found = findAttribute(parts, part)
    if (found === undefined) throw refuse('invalidFilter', `${name} has no ${part}.`)
    return [found]
  }, filter)
}

function create(resolve: Resolve, filter: Filter): Matches {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const [left, right] = [create(resolve, filter.left), create(resolve, filter.right)]
      return filter.type === 'and'
        ? (resource) => left(resource) && right(resource)
        : (resource) => left(resource) || right(resource)
    }
    case 'not': {
      const inner = create(resolve, filter.filter)
      return (resource) => !inner(resource)
    }
    case 'some': {
      const chain = find(resolve, filter.path)
      const inner = createValueMatcher(last(chain), filter.filter)
      return (resource) => listValues(resource, chain).some((one) => isObject(one) && inner(one))
    }
    case 'present': {
      const chain = find(resolve, filter.path)
      return (resource) => listValues(resource, chain).length > 0
    }
    case 'compare':
      return createComparison(find(resolve, filter.path), filter)
  }
}

function find(resolve: Resolve, path: AttributePath): readonly Attribute[] {
  const chain = resolve(path)
  if (chain === undefined) throw refuse('invalidFilter', `There is no attribute ${path.name}.`)
  return chain
}

function last(chain: readonly Attribute[]): Attribute {
  const attribute = chain.at(-1)
  if (attribute === undefined) throw new Error('a path has at least one attribute')
  return attribute
}

/** All values at the end of the chain; empty if there are no values. */
export function listValues(resource: JsonObject, chain: readonly Attribute[]): Json[] {
  let values: Json[] = [resource]
  for (const { name } of chain) {
    values = values.flatMap((one) => {
      const value = isObject(one) && Object.hasOwn(one, name) ? one[name] : undefined
      return value === undefined || value === null ? [] : value
    })
  }
  return values
}

function createComparison(named: readonly Attribute[], comparison: Comparison): Matches {
  // A complex attribute is compared by its value, as in `emails co "example"`.
  const value = findAttribute(last(named).parts, 'value')
  const chain = value === undefined ? named : [...named, value]
  const { operator, value: wanted } = comparison
  if (wanted === null) {
    if (operator === 'eq') return (resource) => listValues(resource, chain).length === 0
    if (operator === 'ne') return (resource) => listValues(resource, chain).length > 0
  }
  const test = createTest(last(chain), comparison)
  const isTrue = createFinder(chain, test)
  return operator === 'ne' ? (resource) => !isTrue(resource) : isTrue
}

/** Whether the test is true for any value of the attribute. */
function createFinder(chain: readonly Attribute[], test: (value: Json) => boolean): Matches {
  const { name, isList } = last(chain)
  if (chain.length > 1 || isList) return (resource) => listValues(resource, chain).some(test)
  // Most filters on a list compare one part of its values. Reading it directly avoids a list for each value.
  return (resource) => {
    const value = Object.hasOwn(resource, name) ? resource[name] : undefined
    return value !== undefined && value !== null && test(value)
  }
}

/** `ne` gets the test of `eq`. */
function createTest(
  attribute: Attribute,
  { operator, value: wanted }: Comparison,
): (value: Json) => boolean {
  const wrong = () => refuse('invalidFilter', `${attribute.name} is not compared so.`)
  if (attribute.type === 'boolean') {
    // Entra ID writes `primary eq "True"`.
    const known = /^(true|false)$/i.exec(String(wanted))?.[0].toLowerCase()
    if (known === undefined || !['eq', 'ne'].includes(operator)) throw wrong()
    return (value) => String(value) === known
  }
  if (attribute.type === 'complex' || typeof wanted !== 'string') throw wrong()
  if (attribute.type === 'dateTime') {
    const at = Date.parse(wanted)
    if (Number.isNaN(at) || ['co', 'sw', 'ew'].includes(operator)) throw wrong()
    return (value) => compare(operator, Date.parse(String(value)), at)
  }
  const fold = (text: string) => (attribute.isExact ? text : foldText(text))
  const text = fold(wanted)
  return (value) => typeof value === 'string' && compareTexts(operator, fold(value), text)
}

/** As login names are compared: one letter may be written in several ways in Unicode. */
const foldText = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase().normalize('NFKC')

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

function compareTexts(operator: Comparison['operator'], value: string, wanted: string): boolean {
  switch (operator) {
    case 'co':
      return value.includes(wanted)
    case 'sw':
      return value.startsWith(wanted)
    case 'ew':
      return value.endsWith(wanted)
    default:
      return compare(operator, value, wanted)
  }
}

function compare<Value extends string | number>(
  operator: Comparison['operator'],
  value: Value,
  wanted: Value,
): boolean {
  switch (operator) {
    case 'gt':
      return value > wanted
    case 'ge':
      return value >= wanted
    case 'lt':
      return value < wanted
    case 'le':
      return value <= wanted
    default:
      return value === wanted
  }
}
