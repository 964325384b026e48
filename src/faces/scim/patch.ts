/**
 * Partial changes of a resource (RFC 7644, 3.5.2). Owns the effect of `add`, `replace` and `remove` at a path, and the variants
 * of known clients: Entra ID and Okta capitalise operations, leave out the path and put it into the value, name the members to
 * remove in a value, and replace values that do not exist yet. Owns the maximum cost of a request: it runs without
 * interruption, and nobody else is served meanwhile.
 */
import { refuse, ScimError } from './errors.ts'
import { countTerms, type Filter, type PatchPath, parseName, parsePath } from './filter.ts'
import { createValueMatcher } from './match.ts'
import {
  checkCount,
  findMember,
  isObject,
  type Json,
  type JsonObject,
  keepOnePrimary,
  type Resource,
  readValue,
} from './resource.ts'
import { type Attribute, findAttribute, type ResourceType, resolvePath } from './schema.ts'

export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

const mostOperations = 1000

/** Values of lists that are examined, multiplied by comparisons. This many take some tenths of a second. */
const mostWork = 1_000_000
/** This many further characters are as much work as one more value. */
const textOfOneValue = 100

interface Budget {
  left: number
}

function spend(budget: Budget, work: number): void {
  budget.left -= work
  if (budget.left >= 0) return
  const text =
    'These are too many changes at once for the number of values. Send them in several requests. Nothing was changed.'
  throw new ScimError(413, text)
}

interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string | undefined
  /** `undefined`: no value was sent. */
  readonly value: Json | undefined
}

/** Returns the resource after all operations, in order. Throws ScimError; the given resource stays unchanged. */
export function applyPatch(type: ResourceType, resource: Resource, body: JsonObject): Resource {
  const changed = structuredClone(resource)
  const budget: Budget = { left: mostWork }
  for (const operation of readOperations(body)) applyOperation(type, changed, operation, budget)
  return changed
}

function readOperations(body: JsonObject): Operation[] {
  const schemas = findMember(body, 'schemas')
  const operations = findMember(body, 'operations')
  if (!Array.isArray(schemas) || !schemas.includes(patchSchema)) {
    throw refuse('invalidSyntax', `schemas has to name ${patchSchema}.`)
  }
  if (!Array.isArray(operations) || operations.length === 0) {
    throw refuse('invalidSyntax', 'Operations has to be a list of operations.')
  }
  if (operations.length > mostOperations) {
    throw refuse('invalidValue', `There are more than ${mostOperations} operations.`)
  }
  return operations.map(readOperation)
}

function readOperation(sent: Json): Operation {
  if (!isObject(sent)) throw refuse('invalidSyntax', 'An operation has to be an object.')
  const op = String(findMember(sent, 'op')).toLowerCase()
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw refuse('invalidSyntax', 'op has to be add, replace or remove.')
  }
  const path = findMember(sent, 'path') ?? undefined
  if (path !== undefined && typeof path !== 'string') {
    throw refuse('invalidPath', 'path has to be a text.')
  }
  const value = findMember(sent, 'value')
  if (op !== 'remove' && value === undefined) {
    throw refuse('invalidValue', `${op} needs a value.`)
  }
  return { op, path: path === '' ? undefined : path, value }
}

function applyOperation(
  type: ResourceType,
  resource: Resource,
  operation: Operation,
  budget: Budget,
): void {
  const { op, path, value } = operation
  if (path !== undefined) {
    const target = findTarget(type, parsePath(path))
    if (target === undefined) throw refuse('invalidPath', `There is no attribute ${path}.`)
    if (target.isReadOnly) throw refuse('mutability', `${path} cannot be changed.`)
    change(resource, target, operation, budget)
    return
  }
  if (op === 'remove') throw refuse('noTarget', 'remove needs a path.')
  if (!isObject(value)) throw refuse('invalidValue', 'Without a path the value is an object.')
  for (const [name, one] of Object.entries(value)) {
    const target = findTarget(type, readName(name))
    // Unknown and read-only attributes in a resource are ignored, as when it is created.
    if (target === undefined || target.isReadOnly) continue
    change(resource, target, { op, path: name, value: one }, budget)
  }
}

/** A name is `displayName`, or with Entra ID a whole path such as `emails[type eq "work"].value`. */
function readName(name: string): PatchPath | undefined {
  const path = parseName(name)
  if (path !== undefined) return { path }
  return name.includes('[') ? parsePath(name) : undefined
}

interface Target {
  /** The objects that contain the attribute, from the top of the resource. */
  readonly holders: readonly Attribute[]
  readonly attribute: Attribute
  /** A part of each value of a multi-valued attribute. */
  readonly part: Attribute | undefined
  readonly filter: Filter | undefined
  readonly isReadOnly: boolean
}

function findTarget(type: ResourceType, found: PatchPath | undefined): Target | undefined {
  const chain = found && resolvePath(type, found.path)
  if (chain === undefined) return undefined
  const list = chain.findIndex((one) => one.isList)
  const at = list === -1 ? chain.length - 1 : list
  const attribute = chain[at]
  if (attribute === undefined) return undefined
  const { filter } = found ?? {}
  if (filter !== undefined && list === -1) {
    throw refuse('invalidPath', `${attribute.name} has one value, so it takes no filter.`)
  }
  const isReadOnly = chain.some((one) => one.isReadOnly)
  return { holders: chain.slice(0, at), attribute, part: chain[at + 1], filter, isReadOnly }
}

function change(resource: Resource, target: Target, operation: Operation, budget: Budget): void {
  const { attribute, holders } = target
  const holder = openHolder(resource, holders)
  const before = Object.hasOwn(holder, attribute.name) ? holder[attribute.name] : undefined
  spend(budget, estimateWork(target, before, operation))
  const after =
    attribute.isList === true
      ? changeList(target, Array.isArray(before) ? before : [], operation)
      : changeOne(attribute, before, operation)
  if (Array.isArray(after)) checkCount(attribute, after, attribute.name)
  if (after === undefined || (Array.isArray(after) && after.length === 0)) {
    delete holder[attribute.name]
  } else {
    holder[attribute.name] = after
  }
}

function estimateWork({ filter }: Target, before: Json | undefined, { value }: Operation): number {
  return (weigh(before) + weigh(value)) * (1 + (filter === undefined ? 0 : countTerms(filter)))
}

/** The weight of each value; values are never changed. */
const weights = new WeakMap<JsonObject, number>()

function weigh(value: Json | undefined): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / textOfOneValue)
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + weigh(one), 0)
  if (!isObject(value)) return 1
  const known = weights.get(value)
  if (known !== undefined) return known
  const texts = Object.values(value).map((part) => weigh(part) - 1)
  const weight = texts.reduce((sum, one) => sum + one, 1)
  weights.set(value, weight)
  return weight
}

function openHolder(resource: Resource, holders: readonly Attribute[]): JsonObject {
  let holder = resource
  for (const { name } of holders) {
    const next = Object.hasOwn(holder, name) ? holder[name] : undefined
    const opened = isObject(next) ? next : {}
    holder[name] = opened
    holder = opened
  }
  return holder
}

function changeOne(
  attribute: Attribute,
  before: Json | undefined,
  { op, value = null }: Operation,
): Json | undefined {
  if (op === 'remove') return undefined
  const wanted = readValue(attribute, value, attribute.name)
  return isObject(before) && isObject(wanted) ? { ...before, ...wanted } : wanted
}

function changeList(target: Target, before: Json[], operation: Operation): Json[] {
  const { attribute, part, filter } = target
  if (part !== undefined || filter !== undefined) return changeSome(target, before, operation)
  const { op, value = null } = operation
  const wanted = readValue(attribute, value, attribute.name)
  const values = Array.isArray(wanted) ? wanted : []
  if (op === 'replace') return values
  if (op === 'remove') return value === null ? [] : without(before, values)
  const added = new Set(values.map(writeKey))
  const all = [...before.filter((one) => !added.has(writeKey(one))), ...values]
  return keepOnePrimary(all, all.length - 1)
}

/** The key of each value; a value is never changed but replaced. */
const keys = new WeakMap<JsonObject, string>()

/** Two values with the same key are the same value, even if their other parts differ. */
function writeKey(value: Json): string {
  if (!isObject(value)) return JSON.stringify(value)
  const known = keys.get(value)
  if (known !== undefined) return known
  const { value: own, type = null } = value
  const key = own === undefined ? JSON.stringify(value) : JSON.stringify([own, type])
  keys.set(value, key)
  return key
}

/** A client that names a value for removal may omit its type. */
function without(values: Json[], gone: Json[]): Json[] {
  const named = new Set(gone.map(writeKey))
  const untyped = gone.filter(isObject).filter(({ type }) => type === undefined)
  const ofAnyType = new Set(untyped.flatMap(({ value }) => (value === undefined ? [] : [value])))
  return values.filter((one) => {
    const isOfAnyType = isObject(one) && one.value !== undefined && ofAnyType.has(one.value)
    return !isOfAnyType && !named.has(writeKey(one))
  })
}

function changeSome(target: Target, before: Json[], operation: Operation): Json[] {
  const { attribute, part, filter } = target
  const matches = filter === undefined ? () => true : createValueMatcher(attribute, filter)
  const isChosen = (one: Json) => isObject(one) && matches(one)
  if (operation.op === 'remove') {
    if (part === undefined) return before.filter((one) => !isChosen(one))
    return before.flatMap((one) => (isObject(one) && isChosen(one) ? omit(one, part.name) : one))
  }
  const chosen = before.findIndex(isChosen)
  if (chosen === -1) {
    const added = changeValue(target, readEqualities(attribute, filter), operation)
    return keepOnePrimary([...before, ...added], before.length)
  }
  const after = before.flatMap((one) =>
    isObject(one) && isChosen(one) ? changeValue(target, one, operation) : one,
  )
  return keepOnePrimary(after, chosen)
}

/** Without its `value`, the whole value is removed. */
function omit(value: JsonObject, name: string): Json[] {
  const { [name]: _, ...rest } = value
  return 'value' in rest || name !== 'value' ? [rest] : []
}

function changeValue(
  { attribute, part }: Target,
  before: JsonObject,
  { op, value = null }: Operation,
): Json[] {
  if (part !== undefined) {
    const wanted = readValue(part, value, `${attribute.name}.${part.name}`)
    return wanted === undefined ? omit(before, part.name) : [{ ...before, [part.name]: wanted }]
  }
  const wanted = readValue(attribute, value, attribute.name)
  const [one, ...others] = Array.isArray(wanted) ? wanted : []
  if (!isObject(one) || others.length > 0) {
    throw refuse('invalidValue', `${attribute.name} takes one value here.`)
  }
  return [op === 'add' ? { ...before, ...one } : one]
}

/** The members that a new value needs to satisfy the filter. Throws ScimError `noTarget` if the filter leaves them open. */
function readEqualities(attribute: Attribute, filter: Filter | undefined): JsonObject {
  if (filter === undefined) return {}
  if (filter.type === 'and') {
    return {
      ...readEqualities(attribute, filter.left),
      ...readEqualities(attribute, filter.right),
    }
  }
  const part = filter.type === 'compare' && findAttribute(attribute.parts, filter.path.name)
  if (!part || filter.type !== 'compare' || filter.operator !== 'eq' || part.isReadOnly) {
    throw refuse('noTarget', `No value of ${attribute.name} is meant.`)
  }
  const value = readValue(part, filter.value, part.name)
  return value === undefined ? {} : { [part.name]: value }
}
