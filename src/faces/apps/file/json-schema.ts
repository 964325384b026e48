/** The JSON Schema of an apps file, for editors. Follows from the protocols; owns only how their schemas are combined. */
import { appIdRule } from '../../../identity/apps/apps.ts'
import type { SchemaNode } from '../../../platform/config/fields.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { allTemplates } from '../templates/index.ts'
import { describePolicy, describeSettings } from './entry.ts'
import { spell } from './spelling.ts'

/** @returns JSON */
export function writeAppsSchema(protocols: readonly Protocol[]): string {
  const [first] = protocols
  const entries = protocols.map((protocol) => describeEntry(protocol, protocol === first))
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Apps of Einlass',
    type: 'object',
    required: ['apps'],
    additionalProperties: false,
    properties: {
      apps: {
        description: `The apps by their id: ${appIdRule}.`,
        type: 'object',
        additionalProperties: entries.length === 1 ? entries[0] : { anyOf: entries },
      },
    },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function describeEntry(protocol: Protocol, isFirst: boolean) {
  const names = allTemplates.filter((one) => one.protocol === protocol.name).map(({ name }) => name)
  return {
    type: 'object',
    ...(!isFirst && { required: ['protocol'] }),
    additionalProperties: false,
    properties: {
      name: {
        description: 'The name that people read. Absent: the id.',
        type: 'string',
        minLength: 1,
        maxLength: 100,
      },
      protocol: {
        description: `How the app asks who a person is.${isFirst ? ' This is the default.' : ''}`,
        const: protocol.name,
      },
      template: {
        description:
          'The template or library that the app was added from: gives its icon and what to enter on its side.',
        enum: names,
      },
      settings: spellSchema(describeSettings(protocol)),
      policy: {
        ...spellSchema(describePolicy()),
        description:
          'Its own rule. What it does not name is `default_policy` of the configuration.',
      },
    },
  }
}

/** The same schema with the spelling of a file. */
function spellSchema(node: SchemaNode): SchemaNode {
  const { properties, required, items, additionalProperties, anyOf, ...others } = node
  const rest = Object.entries(others).filter(([name]) => name !== '$schema')
  return {
    ...Object.fromEntries(rest),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [spell(name), spellSchema(child)]),
      ),
    }),
    ...(required && { required: required.map(spell) }),
    ...(items && { items: spellSchema(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && spellSchema(additionalProperties),
    }),
    ...(anyOf && { anyOf: anyOf.map(spellSchema) }),
  }
}
