/**
 * Users as Keycloak exports them. Owns how its names, password hashes and code apps become the columns of an import. Does not
 * judge a hash: it only writes its parts as the text that other programs use for the same algorithm.
 */
import { Secret } from 'otpauth'
import { z } from 'zod'
import { isObject, parseJson } from './json-lines.ts'
import { addValue, type NewFields, type RecordReading } from './record.ts'

const text = z.string().nullish()
const credentialSchema = z.object({
  type: z.string(),
  /** In the clear, as people write it into files by hand. */
  value: text,
  temporary: z.boolean().nullish(),
  secretData: text,
  credentialData: text,
  // Before Keycloak 8 a credential had no inner JSON.
  ...{ hashedSaltedValue: text, salt: text, hashIterations: z.int().nullish(), algorithm: text },
})
type Credential = z.output<typeof credentialSchema>

const userSchema = z.object({
  ...{ username: z.string(), email: text, firstName: text, lastName: text },
  enabled: z.boolean().nullish(),
  emailVerified: z.boolean().nullish(),
  attributes: z.record(z.string(), z.array(z.string()).or(z.string())).nullish(),
  credentials: z.array(credentialSchema).nullish(),
  requiredActions: z.array(z.string()).nullish(),
  groups: z.array(z.string()).nullish(),
  serviceAccountClientId: text,
})
type KeycloakUser = z.output<typeof userSchema>

/** Of a user, and not imported. */
const others = [
  'realmRoles',
  'clientRoles',
  'federatedIdentities',
  'clientConsents',
  'federationLink',
]

export function isKeycloakUser(value: Readonly<Record<string, unknown>>): boolean {
  return 'username' in value && ('credentials' in value || 'createdTimestamp' in value)
}

export function readKeycloakUser(
  line: number,
  value: Readonly<Record<string, unknown>>,
): RecordReading {
  const checked = userSchema.safeParse(value)
  if (!checked.success) {
    const where = checked.error.issues[0]?.path.join('.') ?? ''
    return { type: 'unreadable', line, reason: `its ${where} is not as Keycloak writes it` }
  }
  const fields: NewFields = new Map()
  addPerson(fields, checked.data)
  for (const credential of checked.data.credentials ?? []) addCredential(fields, credential)
  for (const name of others) if (!isEmpty(value[name])) addValue(fields, name, '')
  return { type: 'record', line, fields }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

function addPerson(fields: NewFields, user: KeycloakUser): void {
  const { username, email, firstName, lastName, attributes } = user
  const add = (name: string, value: string | null | undefined) => {
    if (value?.trim()) addValue(fields, name, value)
  }
  // Its presence says that a record without a password or a code app is complete.
  addValue(fields, 'keycloak', user.serviceAccountClientId ? 'service account' : 'user')
  add('username', username)
  // Apps would take the address of an imported user as verified, and here anybody may have typed it.
  add(user.emailVerified === false ? 'unverified email' : 'email', email)
  add('displayName', [firstName, lastName].filter((part) => part?.trim()).join(' '))
  add('givenName', firstName)
  add('familyName', lastName)
  if (user.enabled === false) add('disabled', 'true')
  if (user.requiredActions?.includes('UPDATE_PASSWORD')) add('mustChange', 'true')
  // `/staff/berlin` is the group berlin inside of staff.
  for (const group of user.groups ?? []) add('groups', group.replace(/^\//, ''))
  for (const [name, values] of Object.entries(attributes ?? {}))
    for (const one of [values].flat()) add(`attribute.${name}`, one)
}

function addCredential(fields: NewFields, credential: Credential): void {
  const { type, value } = credential
  if (type === 'password' && value) addValue(fields, 'password', value)
  else if (type === 'password') {
    addValue(fields, 'passwordHash', writeHash(credential))
    if (credential.temporary && !fields.has('mustchange')) addValue(fields, 'mustChange', 'true')
  } else if (type === 'otp') addValue(fields, 'otpauth', writeAddress(credential))
  else addValue(fields, `credential ${type}`, '')
}

function readInner(json: string | null | undefined): Readonly<Record<string, unknown>> {
  const value = parseJson(json ?? '')
  return isObject(value) ? value : {}
}

const hashSchema = z.object({
  value: z.string(),
  salt: z.string(),
  algorithm: z.string(),
  hashIterations: z.int(),
  additionalParameters: z.record(z.string(), z.array(z.string())).nullish(),
})

const versions: Readonly<Record<string, number>> = { '1.0': 16, '1.3': 19 }

/** A text of no known form if Keycloak had it from an extension. */
function writeHash(credential: Credential): string {
  const { hashedSaltedValue, salt, hashIterations, algorithm } = credential
  const found = hashSchema.safeParse({
    ...{ value: hashedSaltedValue, salt, hashIterations, algorithm: algorithm ?? 'pbkdf2' },
    ...readInner(credential.secretData),
    ...readInner(credential.credentialData),
  })
  if (!found.success) return 'keycloak:damaged'
  const { value, hashIterations: rounds, additionalParameters: more } = found.data
  const tail = `${trimPadding(found.data.salt)}$${trimPadding(value)}`
  if (/^pbkdf2(-sha(1|256|512))?$/.test(found.data.algorithm))
    return `$${found.data.algorithm}$${rounds}$${tail}`
  if (found.data.algorithm !== 'argon2')
    return value.startsWith('$') ? value : `keycloak:${found.data.algorithm}`
  const [type = 'id', version = '1.3', memory, lanes] = [
    ...['type', 'version', 'memory', 'parallelism'].map((name) => more?.[name]?.[0]),
  ]
  return `$argon2${type}$v=${versions[version] ?? version}$m=${memory},t=${rounds},p=${lanes}$${tail}`
}

const trimPadding = (base64: string) => base64.replace(/=+$/, '')

const codesSchema = z.object({
  value: z.string(),
  /** The type of an otpauth address. */
  subType: z.string().regex(/^[a-z]+$/),
  digits: z.int(),
  period: z.int().nullish(),
  algorithm: z.string(),
  // The only one there is. A secret in another would be taken for one that shows wrong codes.
  secretEncoding: z.literal('BASE32').nullish(),
})

/** An address that nobody can read if it is damaged. */
function writeAddress({ secretData, credentialData }: Credential): string {
  const found = codesSchema.safeParse({ ...readInner(secretData), ...readInner(credentialData) })
  if (!found.success) return 'otpauth://damaged'
  const { value, subType, digits, period, algorithm, secretEncoding } = found.data
  // Without an encoding, the characters themselves are the secret.
  const secret = secretEncoding ? value : Secret.fromUTF8(value).base32
  const query = new URLSearchParams({ secret, digits: `${digits}` })
  query.set('algorithm', algorithm.replace(/^Hmac/i, '').toUpperCase())
  if (subType === 'hotp') query.set('counter', '0')
  else query.set('period', `${period ?? 30}`)
  return `otpauth://${subType}/user?${query}`
}
