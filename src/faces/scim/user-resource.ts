/** Users as SCIM resources: the SCIM attribute for each attribute of a user. */
import type { WantedUser } from '../../identity/operations/provisioning.ts'
import type { ProvisionedUser } from '../../identity/provisioning/users.ts'
import { type Attributes, explainAttributeValues } from '../../identity/users/attributes.ts'
import { canonicalUsername, emailSchema, usernameRule } from '../../identity/users/user.ts'
import { countCodePoints } from '../../platform/kernel/text.ts'
import { refuse } from './errors.ts'
import { isObject, type Json, type JsonObject, type Resource } from './resource.ts'
import { enterpriseSchema, userSchema } from './schema.ts'

/** The place of a user's attribute. */
interface Place {
  /** The user's attribute, see identity/users/attributes.ts. */
  readonly attribute: string
  /** The names of the surrounding objects, then its own. In a list, the type of its value. */
  readonly path: readonly string[]
  readonly type?: string
}

const at = (attribute: string, ...path: string[]): Place => ({ attribute, path })
const inList = (attribute: string, list: string, type: string, part = 'value'): Place => ({
  ...{ attribute, path: [list, part], type },
})

const { id: enterprise } = enterpriseSchema

const places: readonly Place[] = [
  at('formattedName', 'name', 'formatted'),
  at('familyName', 'name', 'familyName'),
  at('givenName', 'name', 'givenName'),
  at('middleName', 'name', 'middleName'),
  at('nickname', 'nickName'),
  at('title', 'title'),
  at('userType', 'userType'),
  at('preferredLanguage', 'preferredLanguage'),
  at('locale', 'locale'),
  at('zoneinfo', 'timezone'),
  at('profile', 'profileUrl'),
  inList('phone', 'phoneNumbers', 'work'),
  inList('mobile', 'phoneNumbers', 'mobile'),
  inList('fax', 'phoneNumbers', 'fax'),
  inList('address', 'addresses', 'work', 'formatted'),
  inList('street', 'addresses', 'work', 'streetAddress'),
  inList('locality', 'addresses', 'work', 'locality'),
  inList('region', 'addresses', 'work', 'region'),
  inList('postalCode', 'addresses', 'work', 'postalCode'),
  inList('country', 'addresses', 'work', 'country'),
  at('employeeNumber', enterprise, 'employeeNumber'),
  at('costCenter', enterprise, 'costCenter'),
  at('organization', enterprise, 'organization'),
  at('division', enterprise, 'division'),
  at('department', enterprise, 'department'),
  at('manager', enterprise, 'manager', 'value'),
]

/** @param address the address of `/scim/v2` */
export function writeUser(address: string, found: ProvisionedUser): Resource {
  const { user, externalId, attributes, groups, updatedAt } = found
  const resource: Resource = {
    schemas: [userSchema.id],
    id: user.id,
    ...(externalId !== undefined && { externalId }),
    userName: user.username,
    displayName: user.displayName,
    active: user.disabledAt === null,
    ...(user.email !== null && {
      emails: [{ value: user.email, type: 'work', primary: true }],
    }),
    ...(groups.length > 0 && {
      groups: groups.map(({ id, displayName }) => ({
        ...{ value: id, $ref: `${address}/Groups/${id}`, display: displayName },
      })),
    }),
    meta: {
      resourceType: 'User',
      created: new Date(user.createdAt).toISOString(),
      lastModified: new Date(updatedAt).toISOString(),
      location: `${address}/Users/${user.id}`,
    },
  }
  for (const place of places) {
    const value = attributes.get(place.attribute)?.[0]
    if (value !== undefined) put(resource, place, value)
  }
  if (enterprise in resource) resource.schemas = [userSchema.id, enterprise]
  return resource
}

function put(resource: Resource, { path, type }: Place, value: string): void {
  const [first = '', ...rest] = path
  if (type === undefined) {
    const [name] = rest
    if (name === undefined) resource[first] = value
    else put(open(resource, first), { attribute: '', path: rest }, value)
    return
  }
  const list = resource[first]
  const values: Json[] = Array.isArray(list) ? list : []
  const known = values.filter(isObject).find((one) => one.type === type)
  if (known === undefined) values.push({ [rest[0] ?? 'value']: value, type })
  else known[rest[0] ?? 'value'] = value
  resource[first] = values
}

function open(resource: JsonObject, name: string): JsonObject {
  const known = resource[name]
  const opened = isObject(known) ? known : {}
  resource[name] = opened
  return opened
}

/**
 * The user as a resource from `readResource` describes it. Throws ScimError `invalidValue`.
 * @param isActive used if the resource does not say it
 */
export function readUser(resource: Resource, isActive: boolean): WantedUser {
  const { userName, externalId, active } = resource
  if (typeof userName !== 'string' || canonicalUsername(userName) === undefined) {
    throw refuse('invalidValue', `userName has to be ${usernameRule}.`)
  }
  return {
    username: userName.trim(),
    displayName: readDisplayName(resource, userName.trim()),
    email: readEmail(resource),
    externalId: readExternalId(externalId),
    active: typeof active === 'boolean' ? active : isActive,
    attributes: new Map(places.map((place) => [place.attribute, readAttribute(resource, place)])),
  }
}

export function readExternalId(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : checkText(value, 'externalId', 255)
}

export function checkText(value: Json, path: string, longest: number): string {
  if (
    typeof value === 'string' &&
    countCodePoints(value) <= longest &&
    !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(value)
  ) {
    return value
  }
  throw refuse('invalidValue', `${path} has to be a text of up to ${longest} visible characters.`)
}

function readDisplayName({ displayName, name }: Resource, userName: string): string {
  const { formatted, givenName, familyName } = isObject(name) ? name : {}
  const parts = [givenName, familyName].filter((one) => typeof one === 'string').join(' ')
  const shown = displayName ?? formatted ?? (parts === '' ? userName : parts)
  return checkText(shown, 'displayName', 200).trim()
}

function readEmail({ emails }: Resource): string | null {
  const all = Array.isArray(emails) ? emails.filter(isObject) : []
  const chosen =
    all.find(({ primary }) => primary === true) ?? all.find(({ type }) => type === 'work') ?? all[0]
  if (chosen === undefined || chosen.value === undefined) return null
  const checked = emailSchema.safeParse(chosen.value)
  if (!checked.success) throw refuse('invalidValue', 'emails has to have an e-mail address.')
  return checked.data
}

function readAttribute(resource: Resource, { attribute, path, type }: Place): readonly string[] {
  const value = findValue(resource, path, type)
  if (typeof value !== 'string') return []
  const values = [readForm(attribute, value)]
  const problem = explainAttributeValues(attribute, values)
  if (problem === undefined) return values
  throw refuse('invalidValue', `${path.join('.')} has to be ${problem}.`)
}

function readForm(attribute: string, value: string): string {
  // Some clients write a language in POSIX form.
  if (attribute === 'locale') return value.replaceAll('_', '-')
  const [, number, parameters = ''] = /^tel:([^;]*)(.*)$/is.exec(value) ?? []
  if (number === undefined || !['phone', 'mobile', 'fax'].includes(attribute)) return value
  // RFC 3966, 3: of the parameters, only the extension is part of a number here.
  const extension = /;ext=([\d().-]+)/i.exec(parameters)?.[1]?.replaceAll(/\D/g, '')
  return attribute === 'phone' && extension ? `${number};ext=${extension}` : number
}

/** A resource shows one value of an attribute, so a change of something else keeps the others. */
export function keepOthers(wanted: WantedUser, before: Attributes): WantedUser {
  const attributes = [...wanted.attributes].map(([name, values]) => {
    const own = before.get(name) ?? []
    return [name, own.length > 1 && values[0] === own[0] ? own : values] as const
  })
  return { ...wanted, attributes: new Map(attributes) }
}

function findValue(
  from: JsonObject,
  [first = '', ...rest]: readonly string[],
  type: string | undefined,
): Json | undefined {
  const value = from[first]
  if (rest.length === 0) return value
  if (!Array.isArray(value)) return isObject(value) ? findValue(value, rest, type) : undefined
  const all = value.filter(isObject)
  const own = all.find((one) => String(one.type).toLowerCase() === type)
  return own?.[rest[0] ?? '']
}
