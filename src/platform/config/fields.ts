/**
 * Describes the schema: which keys exist, the environment variable of each, and the values that it takes. Read from schema.ts
 * and its JSON Schema, so that mistakes, documentation and environment cannot disagree with it. Building the JSON Schema takes
 * longer than the rest of the configuration, and most starts need little of it.
 */
import { z } from 'zod'
import { configSchema } from './schema.ts'

/** The part of JSON Schema (2020-12) that our files use. */
export interface SchemaNode {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  /** The values under names that are not fixed; false: no other names. */
  readonly additionalProperties?: SchemaNode | false
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: unknown
  /** The value is a secret and is never shown. */
  readonly writeOnly?: boolean
}

/** A key that has a value and no further keys. */
export interface Field {
  readonly path: readonly string[]
  /** `EINLASS_STORAGE_URL` for `storage.url`. */
  readonly variable: string
  readonly node: SchemaNode
}

export type Path = readonly (string | number)[]

/** What may be written, before defaults. */
export const configJsonSchema = once(() => z.toJSONSchema(configSchema, inputs) as SchemaNode)

const inputs = { io: 'input' } as const

/** The JSON Schema of the input of `schema`, before defaults. Checks that only code can do are not described. */
export function buildJsonSchema(schema: z.core.$ZodType): SchemaNode {
  return z.toJSONSchema(schema, { ...inputs, unrepresentable: 'any' }) as SchemaNode
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function fieldsBelow(schema: z.core.$ZodType, path: readonly string[]): Field[] {
  const shape = findShape(schema)
  if (shape === undefined) return [describeField(schema, path)]
  return Object.entries(shape).flatMap(([key, child]) => fieldsBelow(child, [...path, key]))
}

/** The keys of a section, without wrappers that add a default, a check or a conversion. */
function findShape(schema: z.core.$ZodType): z.core.$ZodShape | undefined {
  const { def } = schema._zod as z.core.$ZodTypes['_zod']
  if (def.type === 'object') return def.shape
  if (def.type === 'pipe') return findShape(def.in)
  return 'innerType' in def ? findShape(def.innerType) : undefined
}

function describeField(schema: z.core.$ZodType, path: readonly string[]): Field {
  const node = once(() => z.toJSONSchema(schema, inputs) as SchemaNode)
  return {
    path,
    variable: `EINLASS_${path.join('_').toUpperCase()}`,
    get node() {
      return node()
    },
  }
}

/** Every field, in the order of the schema. */
export const configFields: readonly Field[] = fieldsBelow(configSchema, [])

/** The node at a path of a value; `undefined`: the schema has no such key. */
export function nodeAt(path: Path): SchemaNode | undefined {
  return nodeBelow(configJsonSchema(), path)
}

/** As `nodeAt`, in another schema. */
export function nodeBelow(root: SchemaNode, path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, part) => node && childOf(node, part), root)
}

/** The node of one key or entry. */
function childOf(node: SchemaNode, part: string | number): SchemaNode | undefined {
  const { properties = {}, items, additionalProperties, anyOf = [] } = node
  const own = typeof part === 'number' ? items : findProperty(properties, part)
  if (own !== undefined) return own
  if (typeof part === 'string' && additionalProperties) return additionalProperties
  return anyOf.map((one) => childOf(one, part)).find((child) => child !== undefined)
}

function findProperty(
  properties: Readonly<Record<string, SchemaNode>>,
  name: string,
): SchemaNode | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** `networks[0].name`; a key that is not plain is quoted. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const key = /^[\w-]{1,60}$/.test(part) ? part : JSON.stringify(part.slice(0, 60))
    return text === '' ? key : `${text}.${key}`
  }, '')
}

/** Describes in words the values that a key takes. */
export function describeKind(node: SchemaNode): string {
  if (node.title !== undefined) return node.title
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.anyOf !== undefined) return node.anyOf.map(describeKind).join(', or ')
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`
  if (node.type === 'boolean') return 'true or false'
  if (node.type === 'object' && node.properties === undefined) return 'names, each with a value'
  if (node.type === 'object') return `the keys ${Object.keys(node.properties ?? {}).join(', ')}`
  if (node.type === 'array') return `a list, each entry ${describeKind(node.items ?? {})}`
  if (node.format === 'email') return 'an e-mail address'
  if (node.format === 'date') return 'a day such as 2030-12-31'
  return node.maxLength === undefined ? 'a text' : `a text of 1 to ${node.maxLength} characters`
}
