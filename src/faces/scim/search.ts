/**
 * A client's query to a list (RFC 7644, 3.4.2 and 3.4.3): read strictly, with the limits of a page. Owns the sorting of
 * resources, and which part of a filter an index can answer.
 */
import { refuse, ScimError } from './errors.ts'
import { type Comparison, type Filter, parseFilter, parseName } from './filter.ts'
import { listValues } from './match.ts'
import { type Projection, readProjection } from './project.ts'
import { findMember, isObject, type JsonObject, type Resource } from './resource.ts'
import { type Attribute, findAttribute, type ResourceType, resolvePath } from './schema.ts'

export const mostResults = 200

/** A filter that no index answers may examine at most this many resources. */
export const mostScanned = 20_000

export interface Search {
  readonly filter: Filter | undefined
  readonly sortBy: readonly Attribute[] | undefined
  readonly isDescending: boolean
  /** From 1. */
  readonly startIndex: number
  readonly count: number
  readonly projection: Projection
}

/** The parameters as sent. */
interface Sent {
  /** Finds a parameter by its name in lower case; in an address all values are texts. */
  find(name: string): string | undefined
  readonly attributes: readonly string[]
  readonly excludedAttributes: readonly string[]
}

/** Throws ScimError. Other parameters are ignored. */
export function readQuery(type: ResourceType, query: URLSearchParams): Search {
  return readSearch(type, { find: (name) => findOnce(query, name), ...readNames(query) })
}

/** The projection of a single resource. */
export function readQueryProjection(query: URLSearchParams): Projection {
  const { attributes, excludedAttributes } = readNames(query)
  return readProjection(attributes, excludedAttributes)
}

function readNames(query: URLSearchParams) {
  const split = (name: string) => (findOnce(query, name) ?? '').split(',').filter((one) => one)
  return { attributes: split('attributes'), excludedAttributes: split('excludedattributes') }
}

/** By its name in lower case. */
function findOnce(query: URLSearchParams, name: string): string | undefined {
  const values = [...query].filter(([key]) => key.toLowerCase() === name)
  if (values.length > 1) throw refuse('invalidValue', `${name} is there twice.`)
  return values[0]?.[1]
}

/** The body of a POST to `/.search`. */
export function readSearchBody(type: ResourceType, body: JsonObject): Search {
  const find: Sent['find'] = (name) => {
    const value = findMember(body, name)
    return value === undefined || value === null ? undefined : String(value)
  }
  const list = (name: string) => {
    const value = findMember(body, name)
    return Array.isArray(value) ? value.map(String) : []
  }
  return readSearch(type, {
    find,
    attributes: list('attributes'),
    excludedAttributes: list('excludedattributes'),
  })
}

function readSearch(type: ResourceType, sent: Sent): Search {
  const [filter, sortBy] = [sent.find('filter'), sent.find('sortby')]
  const order = sent.find('sortorder')?.toLowerCase() ?? 'ascending'
  if (!['ascending', 'descending'].includes(order)) {
    throw refuse('invalidValue', 'sortOrder has to be ascending or descending.')
  }
  return {
    filter: filter ? parseFilter(filter) : undefined,
    sortBy: sortBy ? readSortBy(type, sortBy) : undefined,
    isDescending: order === 'descending',
    startIndex: Math.max(1, readWhole('startIndex', sent.find('startindex')) ?? 1),
    count: Math.min(mostResults, Math.max(0, readWhole('count', sent.find('count')) ?? 100)),
    projection: readProjection(sent.attributes, sent.excludedAttributes),
  }
}

function readWhole(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text)
  throw refuse('invalidValue', `${name} has to be a whole number.`)
}

function readSortBy(type: ResourceType, name: string): readonly Attribute[] {
  const path = parseName(name)
  const chain = path && resolvePath(type, path)
  if (chain === undefined) throw refuse('invalidValue', 'sortBy names no attribute.')
  const value = findAttribute(chain.at(-1)?.parts, 'value')
  return value === undefined ? chain : [...chain, value]
}

/** Values that a filter compares with `eq` and always requires, by the name of the attribute in lower case. */
export function listRequired(filter: Filter | undefined): ReadonlyMap<string, string> {
  if (filter?.type === 'and') {
    return new Map([...listRequired(filter.left), ...listRequired(filter.right)])
  }
  if (filter?.type !== 'compare' || !isPlainEquality(filter)) return new Map()
  return new Map([[filter.path.name.toLowerCase(), String(filter.value)]])
}

function isPlainEquality({ operator, path, value }: Comparison): boolean {
  return operator === 'eq' && path.part === undefined && typeof value === 'string'
}

/** The requested page of these resources; all of them match. */
export function cutPage(resources: readonly Resource[], search: Search) {
  const { sortBy, isDescending, startIndex, count } = search
  const sorted = sortBy === undefined ? resources : sort(resources, sortBy, isDescending)
  return {
    total: resources.length,
    resources: sorted.slice(startIndex - 1, startIndex - 1 + count),
  }
}

/** Resources without a value come last in either order (RFC 7644, 3.4.2.3, for ascending). */
function sort(
  resources: readonly Resource[],
  chain: readonly Attribute[],
  isDescending: boolean,
): Resource[] {
  const isExact = chain.at(-1)?.isExact === true
  const keyed = resources.map((resource) => {
    const key = findSortKey(resource, chain)
    return { resource, key: isExact ? key : key?.toLowerCase() }
  })
  const sign = isDescending ? -1 : 1
  keyed.sort(({ key: one }, { key: other }) => {
    if (one === undefined || other === undefined)
      return one === other ? 0 : one === undefined ? 1 : -1
    if (one === other) return 0
    return one < other ? -sign : sign
  })
  return keyed.map(({ resource }) => resource)
}

/** The primary value of a multi-valued attribute, otherwise the first. */
function findSortKey(resource: Resource, chain: readonly Attribute[]): string | undefined {
  const list = chain.findIndex((one) => one.isList)
  if (list === -1) return asKey(listValues(resource, chain)[0])
  const all = listValues(resource, chain.slice(0, list + 1))
  const chosen = all.find((one) => isObject(one) && one.primary === true) ?? all[0]
  return isObject(chosen) ? asKey(listValues(chosen, chain.slice(list + 1))[0]) : undefined
}

const asKey = (value: unknown) => (value === undefined ? undefined : String(value))

export function refuseTooMany(): ScimError {
  return new ScimError(
    400,
    `The filter or the order would have to look at more than ${mostScanned} users. Compare userName, externalId, id or emails with eq.`,
    'tooMany',
  )
}
