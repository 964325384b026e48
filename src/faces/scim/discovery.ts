/** The server's own description (RFC 7644, 4): `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`. */
import { ScimError } from './errors.ts'
import type { Attribute, ResourceType, Schema } from './schema.ts'
import { mostResults } from './search.ts'

const core = 'urn:ietf:params:scim:schemas:core:2.0'

export interface BulkLimits {
  readonly operations: number
  /** Bytes. */
  readonly body: number
}

export function describeServer(address: string, bulk: BulkLimits) {
  return {
    schemas: [`${core}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: bulk.operations,
      maxPayloadSize: bulk.body,
    },
    filter: { supported: true, maxResults: mostResults },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token that an administrator has created with "einlass scim-token create".',
        primary: true,
      },
    ],
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${address}/ServiceProviderConfig`,
    },
  }
}

export function describeTypes(address: string, types: readonly ResourceType[]) {
  return types.map(({ name, endpoint, description, schema, extension }) => ({
    schemas: [`${core}:ResourceType`],
    ...{ id: name, name, endpoint, description, schema: schema.id },
    ...(extension && { schemaExtensions: [{ schema: extension.id, required: false }] }),
    meta: { resourceType: 'ResourceType', location: `${address}/ResourceTypes/${name}` },
  }))
}

export function describeSchemas(address: string, types: readonly ResourceType[]) {
  const schemas = types.flatMap(({ schema, extension }) => [
    schema,
    ...(extension === undefined ? [] : [extension]),
  ])
  return schemas.map((schema) => describeSchema(address, schema))
}

function describeSchema(address: string, { id, name, description, attributes }: Schema) {
  return {
    schemas: [`${core}:Schema`],
    ...{ id, name, description, attributes: attributes.map(describeAttribute) },
    meta: { resourceType: 'Schema', location: `${address}/Schemas/${id}` },
  }
}

/** RFC 7643, 7. */
function describeAttribute(attribute: Attribute): object {
  const { name, type, description, parts } = attribute
  return {
    ...{ name, type, description },
    multiValued: attribute.isList === true,
    required: attribute.isRequired === true,
    ...(type !== 'complex' && { caseExact: attribute.isExact === true }),
    mutability: attribute.isReadOnly ? 'readOnly' : 'readWrite',
    returned: attribute.isAlwaysReturned ? 'always' : 'default',
    uniqueness: attribute.isUnique ? 'server' : 'none',
    ...(type === 'reference' && { referenceTypes: ['external'] }),
    ...(parts && { subAttributes: parts.map(describeAttribute) }),
  }
}

/** RFC 7644, 4: these resources cannot be filtered. */
export function refuseFilter(query: URLSearchParams): void {
  if (query.has('filter')) throw new ScimError(403, 'A filter has no use here.')
}
