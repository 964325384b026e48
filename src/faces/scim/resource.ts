/**
 * Resources as JSON, in the spelling of their schema. Owns how the schema is used to read a client's data: names in any case,
 * without unknown and read-only attributes (RFC 7644, 3.3 and 3.5.1), everything else with its type.
 */
import { refuse } from './errors.ts'
import { parseName } from './filter.ts'
import type { LeaveOut } from './left-out.ts'
import {
  type Attribute,
  findAttribute,
  listAttributes,
  type ResourceType,
  resolvePath,
} from './schema.ts'

export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}
export type Resource = JsonObject

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Finds a member of a message. @param name in lower case */
export function findMember(sent: JsonObject, name: string): Json | undefined {
  const found = Object.keys(sent).find((one) => one.toLowerCase() === name)
  return found === undefined ? undefined : sent[found]
}

const deepest = 12
const mostValues = 100
/** More than every stored text may have, so that stored texts have their own limits. In UTF-16 units. */
const longestText = 4000

/** Throws ScimError for invalid JSON. */
export function parseJson(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('invalidSyntax', 'The body is not JSON.')
  }
  if (!isObject(value)) throw refuse('invalidSyntax', 'The body has to be a JSON object.')
  checkDepth(value, 0)
  return value
}

function checkDepth(value: Json, depth: number): void {
  if (depth > deepest) throw refuse('invalidSyntax', `The body is nested deeper than ${deepest}.`)
  if (typeof value !== 'object' || value === null) return
  for (const one of Object.values(value)) checkDepth(one, depth + 1)
}

const ignore: LeaveOut = () => undefined

/**
 * Throws ScimError `invalidValue`, and `invalidSyntax` for a repeated attribute. A name may have its schema in front (RFC 7644,
 * 3.10), and the attributes of the main schema may be in an object with its name, as those of an extension are.
 */
export function readResource(
  type: ResourceType,
  sent: JsonObject,
  leaveOut: LeaveOut = ignore,
): Resource {
  const attributes = listAttributes(type)
  const entries = listEntries(type, sent)
  const isPlain = ([name]: readonly [string, Json]) => findAttribute(attributes, name) !== undefined
  const read = readParts(attributes, entries.filter(isPlain), { place: '', leaveOut })
  for (const [name, value] of entries.filter((one) => !isPlain(one))) {
    const path = parseName(name)
    const chain = path && resolvePath(type, path)
    if (chain === undefined || chain.slice(0, -1).some((one) => one.isList)) leaveOut(name)
    else readAt(read, chain, { name, value })
  }
  return read
}

/** The members of an object with the name of the main schema stand beside it. */
export function listEntries({ schema }: ResourceType, sent: JsonObject): [string, Json][] {
  return Object.entries(sent).flatMap(([name, value]) =>
    name.toLowerCase() === schema.id.toLowerCase() && isObject(value)
      ? Object.entries(value)
      : [[name, value]],
  )
}

function readAt(
  read: Resource,
  chain: readonly Attribute[],
  { name, value }: { readonly name: string; readonly value: Json },
): void {
  const attribute = chain.at(-1)
  if (attribute === undefined || chain.some((one) => one.isReadOnly)) return
  const known = readValue(attribute, value, name)
  if (known === undefined) return
  const holder = openHolder(read, chain.slice(0, -1))
  if (Object.hasOwn(holder, attribute.name)) {
    throw refuse('invalidSyntax', `${name} is there twice.`)
  }
  holder[attribute.name] = known
}

/** The object that contains an attribute; made if it is not there yet. @param holders from the top of the resource */
export function openHolder(resource: Resource, holders: readonly Attribute[]): JsonObject {
  let holder = resource
  for (const { name } of holders) {
    const next = Object.hasOwn(holder, name) ? holder[name] : undefined
    const opened = isObject(next) ? next : {}
    holder[name] = opened
    holder = opened
  }
  return holder
}

interface Reading {
  /** In front of each name, for messages. */
  readonly place: string
  readonly leaveOut: LeaveOut
}

/** An unassigned attribute is absent (RFC 7643, 2.5). */
function readParts(
  attributes: readonly Attribute[],
  entries: readonly (readonly [string, Json])[],
  { place, leaveOut }: Reading,
): JsonObject {
  const read: JsonObject = {}
  for (const [name, value] of entries) {
    const attribute = findAttribute(attributes, name)
    if (attribute === undefined) leaveOut(`${place}${name}`)
    if (attribute === undefined || attribute.isReadOnly) continue
    const path = `${place}${attribute.name}`
    if (Object.hasOwn(read, attribute.name)) {
      throw refuse('invalidSyntax', `${path} is there twice.`)
    }
    const known = readValue(attribute, value, path, leaveOut)
    if (known !== undefined) read[attribute.name] = known
  }
  return read
}

/** `undefined`: no value. @param path for the message */
export function readValue(
  attribute: Attribute,
  value: Json,
  path: string,
  leaveOut: LeaveOut = ignore,
): Json | undefined {
  const reading = { place: path, leaveOut }
  if (attribute.isList !== true) {
    const one = readSingle(value, path)
    return one === null ? undefined : readOne(attribute, one, reading)
  }
  if (value === null) return undefined
  // Some clients send a single value for a multi-valued attribute.
  const all = Array.isArray(value) ? value : [value]
  checkCount(all, path)
  const known = all
    .map((one) => readOne(attribute, one, reading))
    .filter((one) => one !== undefined)
  return known.length === 0 ? undefined : keepOnePrimary(known, known.length - 1)
}

/** Some clients send a list for an attribute with one value, as Entra ID does for the manager. */
function readSingle(value: Json, path: string): Json {
  if (!Array.isArray(value)) return value
  const [one = null, ...others] = value
  if (others.length > 0) throw refuse('invalidValue', `${path} has one value.`)
  return one
}

/** Each change examines all values of a list. Throws ScimError `invalidValue`. */
export function checkCount(values: readonly Json[], path: string): void {
  if (values.length <= mostValues) return
  throw refuse('invalidValue', `${path} has more than ${mostValues} values.`)
}

function readOne(attribute: Attribute, value: Json, reading: Reading): Json | undefined {
  if (attribute.type === 'complex') return readComplex(attribute, value, reading)
  const { place: path } = reading
  // Some clients wrap the value, as in a multi-valued attribute.
  const plain = isObject(value) ? (findMember(value, 'value') ?? value) : value
  if (attribute.type === 'boolean') return readBoolean(plain, path)
  if (typeof plain !== 'string') throw refuse('invalidValue', `${path} has to be a text.`)
  if (plain.length > longestText) {
    throw refuse('invalidValue', `${path} is longer than ${longestText} characters.`)
  }
  if (plain.includes('\0') || !plain.isWellFormed()) {
    throw refuse('invalidValue', `${path} has a character that cannot be stored.`)
  }
  return plain.trim() === '' ? undefined : plain
}

function readBoolean(value: Json, path: string): boolean {
  // Entra ID sends "True" and "False".
  const known = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (known === true || known === 'true') return true
  if (known === false || known === 'false') return false
  throw refuse('invalidValue', `${path} has to be true or false.`)
}

function readComplex(
  attribute: Attribute,
  value: Json,
  { place: path, leaveOut }: Reading,
): Json | undefined {
  const parts = attribute.parts ?? []
  // Entra ID sends the manager as text.
  const isBare = typeof value === 'string' && findAttribute(parts, 'value') !== undefined
  const sent = isBare ? { value } : value
  if (!isObject(sent)) throw refuse('invalidValue', `${path} has to be an object.`)
  const separator = attribute.name.startsWith('urn:') ? ':' : '.'
  const known = readParts(parts, Object.entries(sent), { place: `${path}${separator}`, leaveOut })
  return Object.keys(known).length === 0 ? undefined : known
}

/** RFC 7643, 2.4: at most one value is primary. If several claim it, the one at this position stays primary. */
export function keepOnePrimary(values: Json[], preferred: number): Json[] {
  const isPrimary = (value: Json | undefined) => isObject(value) && value.primary === true
  const chosen = isPrimary(values[preferred]) ? preferred : values.findLastIndex(isPrimary)
  return values.map((value, index) =>
    isObject(value) && isPrimary(value) && index !== chosen ? { ...value, primary: false } : value,
  )
}
