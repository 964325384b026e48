/**
 * Partial changes of a resource (RFC 7644, 3.5.2). Owns the effect of `add`, `replace` and `remove` at a path, also where known
 * clients differ from the standard: Entra ID names the members to remove in a value, and replaces values that do not exist yet.
 * Owns the maximum cost of a request: it runs without interruption, and nobody else is served meanwhile. patch-request.ts
 * reads the request.
 */
import { refuse, ScimError } from './errors.ts'
import { countTerms, type Filter } from './filter.ts'
import type { LeaveOut } from './left-out.ts'
import { createValueMatcher } from './match.ts'
import {
  type Change,
  listChanges,
  type Operation,
  readOperations,
  type Target,
} from './patch-request.ts'
import {
  checkCount,
  isObject,
  type Json,
  type JsonObject,
  keepOnePrimary,
  openHolder,
  type Resource,
  readValue,
} from './resource.ts'
import { type Attribute, findAttribute, type ResourceType } from './schema.ts'

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

/** Returns the resource after all operations, in order. Throws ScimError; the given resource stays unchanged. */
export function applyPatch(
  type: ResourceType,
  resource: Resource,
  body: JsonObject,
  leaveOut: LeaveOut,
): Resource {
  const changes = readOperations(body).flatMap((one) => listChanges(type, one, leaveOut))
  return applyChanges(resource, changes)
}

/** As `applyPatch`. */
export function applyChanges(resource: Resource, changes: readonly Change[]): Resource {
  const changed = structuredClone(resource)
  const budget: Budget = { left: mostWork }
  for (const one of changes) change(changed, one, budget)
  return changed
}

function change(resource: Resource, { target, operation }: Change, budget: Budget): void {
  const { attribute, holders } = target
  const holder = openHolder(resource, holders)
  const before = Object.hasOwn(holder, attribute.name) ? holder[attribute.name] : undefined
  spend(budget, estimateWork(target, before, operation))
  const after =
    attribute.isList === true
      ? changeList(target, Array.isArray(before) ? before : [], operation)
      : changeOne(attribute, before, operation)
  if (Array.isArray(after)) checkCount(after, attribute.name)
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
