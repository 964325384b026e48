/** The section `directories`: where users and their passwords are, in the order in which a name is searched. */
import { z } from 'zod'
import { isLdapFilter } from './ldap-filter.ts'
import { duration, mailDomain, text } from './values.ts'

const serverTitle =
  'an address such as ldaps://dc1.example.org, or ldap://dc1.example.org for StartTLS, without a path'

const server = z
  .string()
  .refine((address) => {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (url === undefined || !['ldap:', 'ldaps:'].includes(url.protocol)) return false
    const isBare = url.username === '' && url.password === '' && ['', '/'].includes(url.pathname)
    return isBare && url.hostname !== '' && !/[?#]/.test(address)
  }, serverTitle)
  .meta({ title: serverTitle })

const filterTitle = 'a filter of LDAP in parentheses, such as (employeeType=staff)'

const attributeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9.;-]{0,99}$/)
  .meta({ title: 'the name of an LDAP attribute' })

const directorySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .meta({ title: 'up to 32 small letters, digits and hyphens, the first a letter' })
    .describe('The name that Einlass stores with the users of this directory. Do not change it.'),
  kind: z
    .enum(['local', 'openldap', 'active_directory'])
    .describe(
      '`local`: users in the database of Einlass. Only `name` and `login_attributes` go with it. The others require `servers`, `bind_name`, a password and `base`.',
    ),
  servers: z
    .array(server)
    .max(16)
    .default([])
    .describe(
      'The LDAP servers, all with the same content: if one does not answer, Einlass asks the next. Always encrypted: `ldaps://` from the first byte, `ldap://` by StartTLS.',
    ),
  ca_file: text(4096)
    .optional()
    .describe('The CA certificates (PEM) for the servers. Absent: those that Node trusts.'),
  bind_name: text(1000)
    .optional()
    .describe('The account with which Einlass reads: a DN or a user principal name.'),
  bind_password: text(1024)
    .meta({ writeOnly: true })
    .optional()
    .describe('The password of that account. Better: `bind_password_file`.'),
  bind_password_file: text(4096)
    .optional()
    .describe('A file with that password in one line, read for each connection.'),
  base: text(1000).optional().describe('The DN below which Einlass searches users.'),
  people_filter: text(4000)
    .refine(isLdapFilter, filterTitle)
    .meta({ title: filterTitle })
    .optional()
    .describe(
      'Which entries below `base` are people, who may log in, as a filter of LDAP, for example `(memberOf=CN=staff,DC=corp,DC=example)`. Absent: all persons of the directory. The account of `bind_name` can never log in. The sessions of a user whom the filter no longer has end.',
    ),
  domain: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .meta({ title: 'a name such as CORP' })
    .optional()
    .describe('The short name of the domain: `CORP\\user` belongs to this directory.'),
  upn_suffixes: z
    .array(text(255))
    .max(50)
    .default([])
    .describe('A name that ends in `@` and one of these suffixes belongs only to this directory.'),
  login_attributes: z
    .array(attributeName)
    .min(1)
    .max(10)
    .optional()
    .describe(
      'The attributes in which a typed name is searched. Absent: `sAMAccountName`, `userPrincipalName` and `mail` (Active Directory), or `uid` and `mail` (OpenLDAP). With `local`: `username`, which always applies, and `mail`; absent: `username`.',
    ),
  username_attribute: attributeName
    .optional()
    .describe(
      'The attribute that has the username. Absent: `sAMAccountName` (Active Directory) or `uid` (OpenLDAP).',
    ),
  attributes: z
    .record(text(64), attributeName)
    .default({})
    .describe(
      'Additional attributes for apps: each [name](directories.md#attributes) with the LDAP attribute that it comes from.',
    ),
  verified_mail_domains: z
    .array(mailDomain)
    .max(100)
    .default([])
    .describe(
      'Mail domains for whose addresses this directory vouches: apps get `email_verified` for them. List only domains whose addresses nobody but its administrators can set, see [claims](claims.md#verified-addresses-and-numbers).',
    ),
  verified_phone_numbers: z
    .boolean()
    .default(false)
    .describe(
      'Whether this directory vouches for telephone numbers: apps get `phone_number_verified`.',
    ),
  group_base: text(1000)
    .optional()
    .describe('The DN below which Einlass searches groups. Absent: `base`.'),
  nested_groups: z
    .boolean()
    .default(true)
    .describe(
      'Whether a member of a group is also a member of the groups that contain this group.',
    ),
  admin_groups: z
    .array(text(1000))
    .max(100)
    .default([])
    .describe(
      'Groups of this directory whose members get the role *admin*, each as a DN or as a name. With OpenLDAP, a name requires `group_base`.',
    ),
  service_desk_groups: z
    .array(text(1000))
    .max(100)
    .default([])
    .describe(
      'Groups of this directory whose members get the role *service_desk*, in the same form.',
    ),
  write_passwords: z
    .boolean()
    .default(false)
    .describe(
      'Whether users can choose new passwords here. The bind account writes them to the directory and requires the right to do so.',
    ),
  old_password_window: duration('0s', '1d')
    .prefault('61m')
    .describe(
      'How long Active Directory still accepts the previous password after Einlass wrote a new one: `OldPasswordAllowedPeriod` plus a minute. Einlass accepts only the new one in this time. `0s`: not at all.',
    ),
  expiry_warning: duration('0s', '90d')
    .prefault('5d')
    .describe('How long before the password expires a login warns the user. `0s`: never.'),
  lockout_threshold: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      'The number of wrong passwords that locks an account in the directory. Einlass stops two earlier. `0`: no account is locked. Absent: as the directory says; OpenLDAP does not say it for its default policy.',
    ),
  lockout_window: duration('1s', '30d')
    .prefault('30m')
    .describe(
      'How long the directory remembers a wrong password. Used with `lockout_threshold`, or if the directory does not say it.',
    ),
  time_limit: duration('500ms', '60s')
    .prefault('5s')
    .describe('How long an answer may take. After that, Einlass asks the next server.'),
  connections: z
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe(
      'The maximum number of connections to a server for reading, and as many for verifying passwords.',
    ),
  sessions_end_on: z
    .array(z.enum(['new_password', 'must_change', 'locked']))
    .max(3)
    .default(['new_password', 'must_change'])
    .describe(
      'What else in the directory ends the sessions of a user, beside an account that is disabled, expired or removed: `new_password`: the password was set there, by the user or by somebody else; `must_change`: it has to be changed at the next login; `locked`: the account is locked after wrong passwords in any program. With `locked` anybody who knows a name can end the sessions of that user.',
    ),
  sync_interval: duration('10s', '1h')
    .prefault('2m')
    .describe(
      'How often Einlass looks up users with a session again. Changes in the directory take effect then.',
    ),
})

type DirectoryInput = z.output<typeof directorySchema>

/** What a directory over LDAP needs. */
const requiredKeys = ['servers', 'bind_name', 'base'] as const

/** What users of Einlass's own store log in with. */
const localNames = ['username', 'mail']

const isMissing = (value: unknown) =>
  value === undefined || (Array.isArray(value) && value.length === 0)

function listGaps(one: DirectoryInput): { readonly key: string; readonly message: string }[] {
  if (one.kind === 'local') {
    const isElsewhere = one.servers.length > 0 || one.base !== undefined
    const isOwn = one.login_attributes?.every((name) => localNames.includes(name)) ?? true
    return [
      ...(isElsewhere
        ? [{ key: 'kind', message: 'openldap or active_directory, as servers or base is set' }]
        : []),
      ...(isOwn
        ? []
        : [{ key: 'login_attributes', message: 'username or mail, as the kind is local' }]),
    ]
  }
  const gaps: { key: string; message: string }[] = requiredKeys.flatMap((key) =>
    isMissing(one[key]) ? [{ key, message: `a value, which ${one.kind} needs` }] : [],
  )
  const roleGroups = [...one.admin_groups, ...one.service_desk_groups]
  const isByName = roleGroups.some((group) => !group.includes('='))
  if (one.kind === 'openldap' && isByName && one.group_base === undefined) {
    // Below the base of people, anybody might own a group of the same name.
    gaps.push({
      key: 'group_base',
      message: 'a DN, as a group that gives a role is not named by its DN',
    })
  }
  const passwords = [one.bind_password, one.bind_password_file].filter((it) => it !== undefined)
  const message = 'a password for bind_name, here or in bind_password_file'
  return passwords.length === 1 ? gaps : [...gaps, { key: 'bind_password', message }]
}

/** A name of such a form is searched in one directory only, so no two directories may share a form. */
function listSharedForms(one: DirectoryInput, earlier: readonly DirectoryInput[]) {
  const fold = (text: string) => text.toLowerCase()
  const prefixes = earlier.flatMap(({ name, domain }) => [name, domain ?? name].map(fold))
  const suffixes = earlier.flatMap((other) => other.upn_suffixes.map(fold))
  const isTaken = ({ name, domain }: DirectoryInput) =>
    prefixes.includes(fold(domain ?? '')) ||
    earlier.some((other) => other.domain && fold(other.domain) === fold(name))
  return [
    ...(isTaken(one)
      ? [
          {
            path: ['domain'],
            message: "a name that is no other directory's domain or name",
            input: one.domain,
          },
        ]
      : []),
    ...one.upn_suffixes.flatMap((suffix, index) =>
      suffixes.includes(fold(suffix))
        ? [
            {
              path: ['upn_suffixes', index],
              message: 'each suffix in only one directory',
              input: suffix,
            },
          ]
        : [],
    ),
  ]
}

export const directoriesSchema = z
  .array(directorySchema)
  .min(1)
  .max(20)
  .superRefine((all, context) => {
    for (const [at, one] of all.entries()) {
      for (const { key, message } of listGaps(one)) {
        context.addIssue({ code: 'custom', path: [at, key], message, input: undefined })
      }
      const first = all.findIndex(
        ({ name, kind }) => name === one.name || (kind === 'local' && one.kind === 'local'),
      )
      if (first < at) {
        const message = 'each name once, and at most one directory of the kind local'
        context.addIssue({ code: 'custom', path: [at, 'name'], message, input: one.name })
      }
      for (const issue of listSharedForms(one, all.slice(0, at)))
        context.addIssue({ code: 'custom', ...issue, path: [at, ...issue.path] })
    }
  })

export type DirectoryConfig = DirectoryInput
