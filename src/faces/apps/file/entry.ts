/**
 * The entry of an app in an apps file: its keys, and the schema of each part. Owns the shape; read.ts, write.ts and
 * json-schema.ts follow from it.
 */
import { ownPolicySchema } from '../../../identity/policy/policy.ts'
import {
  buildJsonSchema,
  configJsonSchema,
  type SchemaNode,
} from '../../../platform/config/fields.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { spell } from './spelling.ts'

/** In the order of writing. */
export const entryKeys = ['name', 'protocol', 'template', 'settings', 'policy'] as const

const schemas = new Map<Protocol, SchemaNode>()

/** The settings of a protocol's apps, in the order and with the words of its fields. Takes a moment, once. */
export function describeSettings(protocol: Protocol): SchemaNode {
  const known = schemas.get(protocol) ?? buildSettings(protocol)
  schemas.set(protocol, known)
  return known
}

function buildSettings({ settings, fields }: Protocol): SchemaNode {
  const node = buildJsonSchema(settings)
  const properties = node.properties ?? {}
  const names = [...new Set([...Object.keys(fields), ...Object.keys(properties)])]
  const described = names
    .filter((name) => Object.hasOwn(properties, name))
    .map((name): [string, SchemaNode] => {
      const own = properties[name] ?? {}
      const field = fields[name]
      const help = field !== undefined && 'help' in field ? field.help : undefined
      const description = own.description ?? help
      return [name, { ...own, ...(description !== undefined && { description }) }]
    })
  return { ...node, properties: Object.fromEntries(described) }
}

let policy: SchemaNode | undefined

/** The rule of an app. Its keys are those of `default_policy` in the configuration. */
export function describePolicy(): SchemaNode {
  const words = configJsonSchema().properties?.default_policy
  policy ??= withWords(buildJsonSchema(ownPolicySchema), words)
  return policy
}

function withWords(node: SchemaNode, words: SchemaNode | undefined): SchemaNode {
  const { properties, items } = node
  const { title, description } = words ?? {}
  return {
    ...node,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(items && { items: withWords(items, words?.items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [
          name,
          withWords(child, words?.properties?.[spell(name)]),
        ]),
      ),
    }),
  }
}
