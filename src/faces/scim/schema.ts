/**
 * Users and groups in SCIM (RFC 7643): their attributes as data. Owns how an attribute is found by its name in any case (RFC
 * 7643, 2.1), and the content of `/Schemas` and `/ResourceTypes`.
 */

export interface Attribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'dateTime' | 'reference' | 'complex'
  readonly description: string
  /** It is multi-valued. */
  readonly isList?: true
  readonly isRequired?: true
  /** Comparison is case-sensitive. */
  readonly isExact?: true
  /** A value from a client is ignored. */
  readonly isReadOnly?: true
  readonly isUnique?: true
  readonly isAlwaysReturned?: true
  /** The parts of a complex attribute. */
  readonly parts?: readonly Attribute[]
}

export interface Schema {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

export interface ResourceType {
  readonly name: 'User' | 'Group'
  readonly endpoint: '/Users' | '/Groups'
  readonly description: string
  readonly schema: Schema
  readonly extension?: Schema
}

const text = (name: string, description: string): Attribute => ({
  name,
  type: 'string',
  description,
})

const typed = (name: string, description: string, parts: readonly Attribute[]): Attribute => ({
  ...{ name, type: 'complex', description, isList: true },
  parts: [
    ...parts,
    text('type', 'What it is for, for example work.'),
    { name: 'primary', type: 'boolean', description: 'The one that is preferred.' },
  ],
})

const reference = (description: string): Attribute => ({
  ...{ name: '$ref', type: 'reference', description, isReadOnly: true, isExact: true },
})

export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A person who can log in.',
  attributes: [
    {
      ...text('userName', 'The login name.'),
      ...{ isRequired: true, isUnique: true },
    },
    {
      ...{ name: 'name', type: 'complex', description: 'The parts of the name.' },
      parts: [
        text('formatted', 'The whole name.'),
        text('familyName', 'The family name.'),
        text('givenName', 'The given name.'),
        text('middleName', 'The middle name.'),
      ],
    },
    text('displayName', 'The name that people read.'),
    text('nickName', 'What the person is called.'),
    text('title', 'The title or the function.'),
    text('userType', 'For example Employee.'),
    text('preferredLanguage', 'For example de-DE.'),
    text('locale', 'The language of dates and numbers, for example de-DE.'),
    text('timezone', 'For example Europe/Berlin.'),
    { name: 'profileUrl', type: 'reference', description: 'A page about the person.' },
    {
      ...{ name: 'active', type: 'boolean' },
      description: 'Whether the person may log in. When it becomes false, every session ends.',
    },
    typed('emails', 'One address is stored: the primary one, else that for work.', [
      text('value', 'The address.'),
    ]),
    typed('phoneNumbers', 'Stored are those of the types work, mobile and fax.', [
      text('value', 'The number.'),
    ]),
    typed('addresses', 'The one for work is stored.', [
      text('formatted', 'The whole address.'),
      text('streetAddress', 'Street and number.'),
      text('locality', 'The town.'),
      text('region', 'The region.'),
      text('postalCode', 'The postal code.'),
      text('country', 'The country.'),
    ]),
    {
      ...{ name: 'groups', type: 'complex', isList: true, isReadOnly: true },
      description: 'The groups of the person. They are changed at the groups.',
      parts: [
        { ...text('value', 'The id of the group.'), isReadOnly: true, isExact: true },
        reference('The address of the group.'),
        { ...text('display', 'The name of the group.'), isReadOnly: true },
      ],
    },
  ],
}

export const enterpriseSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'The place of a person in a company.',
  attributes: [
    text('employeeNumber', 'The number of the person in the company.'),
    text('costCenter', 'The cost centre.'),
    text('organization', 'The company.'),
    text('division', 'The division.'),
    text('department', 'The department.'),
    {
      ...{ name: 'manager', type: 'complex', description: 'The superior.' },
      parts: [{ ...text('value', 'The id of the superior.'), isExact: true }],
    },
  ],
}

export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'People for whom rules of apps are the same.',
  attributes: [
    { ...text('displayName', 'The name.'), isRequired: true, isUnique: true },
    {
      ...{ name: 'members', type: 'complex', isList: true, description: 'Users; no groups.' },
      parts: [
        { ...text('value', 'The id of the user.'), isExact: true },
        reference('The address of the user.'),
        { ...text('display', 'The name of the user.'), isReadOnly: true },
        text('type', 'User.'),
      ],
    },
  ],
}

export const userType: ResourceType = {
  ...{ name: 'User', endpoint: '/Users', description: 'People who can log in.' },
  ...{ schema: userSchema, extension: enterpriseSchema },
}

export const groupType: ResourceType = {
  ...{ name: 'Group', endpoint: '/Groups', description: 'Groups of people.' },
  schema: groupSchema,
}

/** The attributes of every resource (RFC 7643, 3.1). */
const common: readonly Attribute[] = [
  {
    ...{ name: 'schemas', type: 'reference', isList: true, description: 'What the resource is.' },
    ...{ isReadOnly: true, isExact: true, isAlwaysReturned: true },
  },
  {
    ...text('id', 'The id here.'),
    ...{ isReadOnly: true, isExact: true, isAlwaysReturned: true },
  },
  { ...text('externalId', 'The id at the client.'), isExact: true },
  {
    ...{ name: 'meta', type: 'complex', description: 'About the resource.', isReadOnly: true },
    parts: [
      { ...text('resourceType', 'User or Group.'), isReadOnly: true, isExact: true },
      { name: 'created', type: 'dateTime', description: 'When it was made.', isReadOnly: true },
      { name: 'lastModified', type: 'dateTime', description: 'Last change.', isReadOnly: true },
      { ...text('location', 'The address.'), isReadOnly: true, isExact: true },
      { ...text('version', 'Changes with the content.'), isReadOnly: true, isExact: true },
    ],
  },
]

/** All attributes of a resource of this type; an extension is an attribute with the name of its schema. */
export function listAttributes({ schema, extension }: ResourceType): readonly Attribute[] {
  const extensions: Attribute[] = extension
    ? [
        {
          ...{ name: extension.id, type: 'complex', description: extension.description },
          parts: extension.attributes,
        },
      ]
    : []
  return [...common, ...schema.attributes, ...extensions]
}

export function findAttribute(
  attributes: readonly Attribute[] | undefined,
  name: string,
): Attribute | undefined {
  const wanted = name.toLowerCase()
  return attributes?.find((one) => one.name.toLowerCase() === wanted)
}

/** The name of an attribute as a client wrote it (RFC 7644, 3.10). */
export interface AttributePath {
  /** The schema before the last colon. */
  readonly schema?: string
  readonly name: string
  /** After the dot. */
  readonly part?: string
}

/** From the top of a resource down to the attribute; `undefined`: no attribute has the name. */
export function resolvePath(
  type: ResourceType,
  { schema, name, part }: AttributePath,
): readonly Attribute[] | undefined {
  const attributes = listAttributes(type)
  const prefix = schema?.toLowerCase()
  if (prefix === undefined || prefix === type.schema.id.toLowerCase()) {
    return descend(attributes, [name, part])
  }
  const { extension } = type
  if (extension === undefined) return undefined
  if (prefix === extension.id.toLowerCase()) {
    return descend(attributes, [extension.id, name, part])
  }
  const whole = `${prefix}:${name.toLowerCase()}`
  return whole === extension.id.toLowerCase()
    ? descend(attributes, [extension.id, part])
    : undefined
}

function descend(
  attributes: readonly Attribute[],
  names: readonly (string | undefined)[],
): readonly Attribute[] | undefined {
  const chain: Attribute[] = []
  for (const name of names) {
    if (name === undefined) continue
    const last = chain.at(-1)
    const found = findAttribute(last === undefined ? attributes : last.parts, name)
    if (found === undefined) return undefined
    chain.push(found)
  }
  return chain
}
