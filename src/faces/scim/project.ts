/** Which attributes of a resource are in an answer (RFC 7644, 3.9), and its version (3.14). */
import { sha256 } from '../../platform/kernel/crypto.ts'
import { refuse } from './errors.ts'
import { parseName } from './filter.ts'
import { isObject, type Json, type JsonObject, type Resource } from './resource.ts'
import { type Attribute, listAttributes, type ResourceType, resolvePath } from './schema.ts'

/** Names as sent; at most one of both lists. */
export interface Projection {
  readonly attributes?: readonly string[]
  readonly excludedAttributes?: readonly string[]
}

/** More than all attributes and their parts: each name is looked up in each resource. */
const mostNames = 100

/** Throws ScimError if a client names both, or too many. */
export function readProjection(
  attributes: readonly string[],
  excludedAttributes: readonly string[],
): Projection {
  if (attributes.length > 0 && excludedAttributes.length > 0) {
    throw refuse('invalidValue', 'attributes and excludedAttributes exclude one another.')
  }
  if (attributes.length + excludedAttributes.length > mostNames) {
    throw refuse('invalidValue', `There are more than ${mostNames} names of attributes.`)
  }
  return {
    ...(attributes.length > 0 && { attributes }),
    ...(excludedAttributes.length > 0 && { excludedAttributes }),
  }
}

/** Unknown names are ignored. */
export function project(
  type: ResourceType,
  resource: Resource,
  { attributes, excludedAttributes }: Projection,
): Resource {
  if (attributes !== undefined) {
    const always = listAttributes(type).filter((one) => one.isAlwaysReturned)
    const left = pick(resource, resolveAll(type, attributes))
    for (const { name } of always) {
      const value = resource[name]
      if (value !== undefined) left[name] = value
    }
    return left
  }
  const chains = resolveAll(type, excludedAttributes ?? [])
  return omit(
    resource,
    chains.filter(([first]) => first?.isAlwaysReturned !== true),
  )
}

type Chain = readonly Attribute[]

function resolveAll(type: ResourceType, names: readonly string[]): Chain[] {
  return names.flatMap((name) => {
    const path = parseName(name.trim())
    const chain = path && resolvePath(type, path)
    return chain === undefined ? [] : [chain]
  })
}

const startingWith = (chains: readonly Chain[], name: string): Chain[] =>
  chains.filter(([first]) => first?.name === name).map((chain) => chain.slice(1))

function pick(from: JsonObject, chains: readonly Chain[]): JsonObject {
  const left: JsonObject = {}
  for (const [name, value] of Object.entries(from)) {
    const rests = startingWith(chains, name)
    if (rests.length === 0) continue
    left[name] = rests.some((rest) => rest.length === 0)
      ? value
      : inEach(value, (one) => pick(one, rests))
  }
  return left
}

function omit(from: JsonObject, chains: readonly Chain[]): JsonObject {
  const left: JsonObject = {}
  for (const [name, value] of Object.entries(from)) {
    const rests = startingWith(chains, name)
    if (rests.some((rest) => rest.length === 0)) continue
    left[name] = rests.length === 0 ? value : inEach(value, (one) => omit(one, rests))
  }
  return left
}

function inEach(value: Json, change: (one: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((one) => inEach(one, change))
  return isObject(value) ? change(value) : value
}

/** Changes as soon as anything in the resource changes. */
export function findVersion({ meta: _, ...content }: Resource): string {
  return `W/"${sha256(JSON.stringify(content)).slice(0, 27)}"`
}

/** The resource with its version. */
export function withVersion(resource: Resource, version: string): Resource {
  const meta = isObject(resource.meta) ? resource.meta : {}
  return { ...resource, meta: { ...meta, version } }
}
