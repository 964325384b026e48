/**
 * The request of a partial change (RFC 7644, 3.5.2), as a list of changes of single attributes. Owns how known clients write
 * it: Entra ID and Okta capitalise operations, leave out the path and put it into the value. An attribute that Einlass does
 * not have is left out. patch.ts owns what a change does.
 */
import { refuse, ScimError } from './errors.ts'
import { type Filter, type PatchPath, parseName, parsePath } from './filter.ts'
import type { LeaveOut } from './left-out.ts'
import {
  findMember,
  isObject,
  type Json,
  type JsonObject,
  listEntries,
  readValue,
} from './resource.ts'
import { type Attribute, findAttribute, type ResourceType, resolvePath } from './schema.ts'

export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

const mostOperations = 1000

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string | undefined
  /** `undefined`: no value was sent. */
  readonly value: Json | undefined
}

/** A change of one attribute. */
export interface Change {
  readonly target: Target
  readonly operation: Operation
}

/** Throws ScimError. */
export function readOperations(body: JsonObject): Operation[] {
  const schemas = findMember(body, 'schemas')
  const operations = findMember(body, 'operations')
  // Some clients send none.
  if (schemas !== undefined && !hasPatchSchema(schemas)) {
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

function hasPatchSchema(schemas: Json): boolean {
  const all = Array.isArray(schemas) ? schemas : [schemas]
  return all.some((one) => String(one).toLowerCase() === patchSchema.toLowerCase())
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
  return { op, path: path?.trim() || undefined, value }
}

/** Throws ScimError. Attributes that Einlass does not have are left out. */
export function listChanges(
  type: ResourceType,
  operation: Operation,
  leaveOut: LeaveOut,
): readonly Change[] {
  const { op, path, value } = operation
  if (path !== undefined) {
    const parsed = parsePath(path)
    const target = findTarget(type, parsed)
    if (target?.isReadOnly) throw refuse('mutability', `${path} cannot be changed.`)
    if (target !== undefined) return [{ target, operation }]
    leaveOut(nameOf(parsed))
    return []
  }
  if (op === 'remove') throw refuse('noTarget', 'remove needs a path.')
  const sent = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isObject(sent)) throw refuse('invalidValue', 'Without a path the value is an object.')
  return listEntries(type, sent).flatMap(([name, one]) => {
    const target = findTarget(type, readName(name))
    if (target === undefined) leaveOut(name.replace(/\[.*\]/s, ''))
    // Read-only attributes in a resource are ignored, as when it is created.
    if (target === undefined || target.isReadOnly) return []
    return [{ target, operation: { op, path: name, value: one } }]
  })
}

function nameOf({ path: { schema, name, part } }: PatchPath): string {
  return `${schema === undefined ? '' : `${schema}:`}${name}${part === undefined ? '' : `.${part}`}`
}

/** A name is `displayName`, or with Entra ID a whole path such as `emails[type eq "work"].value`. */
function readName(name: string): PatchPath | undefined {
  const path = parseName(name)
  if (path !== undefined) return { path }
  return name.includes('[') ? parsePath(name) : undefined
}

export interface Target {
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
  // RFC 7644 calls it an invalid filter. It is an attribute that Einlass does not have, so it is left out like others.
  if (
    filter !== undefined &&
    !listParts(filter).every((one) => findAttribute(attribute.parts, one))
  )
    return undefined
  const isReadOnly = chain.some((one) => one.isReadOnly)
  return { holders: chain.slice(0, at), attribute, part: chain[at + 1], filter, isReadOnly }
}

/** The parts that a filter of a value compares. */
function listParts(filter: Filter): readonly string[] {
  switch (filter.type) {
    case 'and':
    case 'or':
      return [...listParts(filter.left), ...listParts(filter.right)]
    case 'not':
      return listParts(filter.filter)
    default:
      return [filter.path.name]
  }
}

/**
 * Whether the request sets this attribute, which has one value, to `false`: its last word about it, whatever else is in the
 * request and however wrong that is.
 */
export function setsToFalse(type: ResourceType, body: JsonObject, name: string): boolean {
  const operations = findMember(body, 'operations')
  if (!Array.isArray(operations)) return false
  let last: Json | undefined
  for (const one of operations.flatMap((sent) => split(type, sent))) {
    const value = attempt(() => {
      const [change] = listChanges(type, readOperation(one), () => undefined)
      if (change?.target.attribute.name !== name || change.operation.op === 'remove') return
      return readValue(change.target.attribute, change.operation.value ?? null, name)
    })
    if (value !== undefined) last = value
  }
  return last === false
}

/** An operation without a path, as one for each name in its value. */
function split(type: ResourceType, sent: Json): readonly Json[] {
  if (!isObject(sent) || findMember(sent, 'path')) return [sent]
  const value = findMember(sent, 'value')
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isObject(one)) return []
  const op = findMember(sent, 'op') ?? null
  return listEntries(type, one).map(([name, part]) => ({ op, value: { [name]: part } }))
}

/** `undefined`: it is wrong. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}
