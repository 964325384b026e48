/**
 * Resources as JSON, in the spelling of their schema. Owns how the schema is used to read a client's data: names in any case,
 * without unknown and read-only attributes (RFC 7644, 3.3 and 3.5.1), everything else with its type.
 */
import { refuse } from './errors.ts'
import { type Attribute, findAttribute, listAttributes, type ResourceType } from './schema.ts'

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
const usualMostValues = 100
/** More than every stored text may have, so that stored texts have their own limits. In UTF-16 units. */
const longestText = 4000

/** Throws ScimError for invalid JSON, or for a text that no database can store. */
export function parseJson(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('invalidSyntax', 'The body is not JSON.')
  }
  if (!isObject(value)) throw refuse('invalidSyntax', 'The body has to be a JSON object.')
  checkPlain(value, 0)
  return value
}

function checkPlain(value: Json, depth: number): void {
  if (depth > deepest) throw refuse('invalidSyntax', `The body is nested deeper than ${deepest}.`)
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw refuse('invalidValue', 'A text has a character that cannot be stored.')
  }
  if (typeof value !== 'object' || value === null) return
  for (const one of Object.values(value)) checkPlain(one, depth + 1)
}

/** Throws ScimError `invalidValue`, and `invalidSyntax` for a repeated attribute. */
export function readResource(type: ResourceType, sent: JsonObject): Resource {
  return readParts(listAttributes(type), sent, '')
}

/** An unassigned attribute is absent (RFC 7643, 2.5). */
function readParts(attributes: readonly Attribute[], sent: JsonObject, place: string): JsonObject {
  const read: JsonObject = {}
  for (const [name, value] of Object.entries(sent)) {
    const attribute = findAttribute(attributes, name)
    if (attribute === undefined || attribute.isReadOnly) continue
    const path = `${place}${attribute.name}`
    if (Object.hasOwn(read, attribute.name)) {
      throw refuse('invalidSyntax', `${path} is there twice.`)
    }
    const known = readValue(attribute, value, path)
    if (known !== undefined) read[attribute.name] = known
  }
  return read
}

/** `undefined`: no value. @param path for the message */
export function readValue(attribute: Attribute, value: Json, path: string): Json | undefined {
  if (value === null) return undefined
  if (attribute.isList !== true) return readOne(attribute, value, path)
  // Some clients send a single value for a multi-valued attribute.
  const all = Array.isArray(value) ? value : [value]
  checkCount(attribute, all, path)
  const known = all.map((one) => readOne(attribute, one, path)).filter((one) => one !== undefined)
  return known.length === 0 ? undefined : keepOnePrimary(known, known.length - 1)
}

/** Each change examines all values of a list. Throws ScimError `invalidValue`. */
export function checkCount(
  { mostValues = usualMostValues }: Attribute,
  values: readonly Json[],
  path: string,
): void {
  if (values.length <= mostValues) return
  throw refuse('invalidValue', `${path} has more than ${mostValues} values.`)
}

function readOne(attribute: Attribute, value: Json, path: string): Json | undefined {
  switch (attribute.type) {
    case 'complex':
      return readComplex(attribute, value, path)
    case 'boolean': {
      const known = typeof value === 'string' ? value.toLowerCase() : value
      // Entra ID sends "True" and "False".
      if (known === true || known === 'true') return true
      if (known === false || known === 'false') return false
      throw refuse('invalidValue', `${path} has to be true or false.`)
    }
    default:
      if (typeof value !== 'string') throw refuse('invalidValue', `${path} has to be a text.`)
      if (value.length > longestText) {
        throw refuse('invalidValue', `${path} is longer than ${longestText} characters.`)
      }
      return value.trim() === '' ? undefined : value
  }
}

function readComplex(attribute: Attribute, value: Json, path: string): Json | undefined {
  const parts = attribute.parts ?? []
  // Entra ID sends the manager as text.
  const isBare = typeof value === 'string' && findAttribute(parts, 'value') !== undefined
  const sent = isBare ? { value } : value
  if (!isObject(sent)) throw refuse('invalidValue', `${path} has to be an object.`)
  const known = readParts(parts, sent, `${path}.`)
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
