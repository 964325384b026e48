/** The section `directories`: where users and their passwords are, in the order in which a name is searched. */
import { z } from 'zod'
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

const attributeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9.;-]{0,99}$/)
  .meta({ title: 'the name of an LDAP attribute' })

const directorySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .meta({ title: 'up to 32 small letters, digits and dashes, the first a letter' })
    .describe('The name that Einlass remembers its users by: it must stay as it is.'),
  kind: z
    .enum(['local', 'openldap', 'active_directory'])
    .describe(
      '`local`: the users that Einlass itself has; only `name` and `login_attributes` go with it.',
    ),
  servers: z
    .array(server)
    .max(16)
    .default([])
    .describe(
      'Its servers, which are all asked for the same: the next one when one does not answer. Always encrypted: `ldaps://` from the first byte, `ldap://` by StartTLS.',
    ),
  ca_file: text(4096)
    .optional()
    .describe(
      'The authorities (PEM) of the certificates of the servers. Absent: those that the machine knows.',
    ),
  bind_name: text(1000)
    .optional()
    .describe('The account that Einlass reads with: a DN, or a user principal name.'),
  bind_password: text(1024)
    .meta({ writeOnly: true })
    .optional()
    .describe('The password of that account. Better in a file, see `bind_password_file`.'),
  bind_password_file: text(4096)
    .optional()
    .describe(
      'A file with that password in one line. It is read for each connection, so it may be replaced.',
    ),
  base: text(1000).optional().describe('The DN below which people are.'),
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
    .describe('What follows the `@` of names that belong to this directory and to no other one.'),
  login_attributes: z
    .array(attributeName)
    .min(1)
    .max(10)
    .optional()
    .describe(
      'The attributes that a typed name is looked for in. Absent: `sAMAccountName`, `userPrincipalName` and `mail`, or `uid` and `mail`. With `local`: `username`, which is always one of them, and `mail`; absent: `username`.',
    ),
  username_attribute: attributeName
    .optional()
    .describe('The attribute that becomes the username. Absent: `sAMAccountName` or `uid`.'),
  attributes: z
    .record(text(64), attributeName)
    .default({})
    .describe(
      'Attributes for apps by their [names](directories.md#attributes), each with the LDAP attribute that it comes from. They are added to the usual ones.',
    ),
  verified_mail_domains: z
    .array(mailDomain)
    .max(100)
    .default([])
    .describe(
      'Mail domains for whose addresses this directory answers: apps hear `email_verified` for them. Only domains whose addresses nobody but its administrators writes, see [claims](claims.md#verified-addresses-and-numbers).',
    ),
  verified_phone_numbers: z
    .boolean()
    .default(false)
    .describe(
      'Whether this directory answers for telephone numbers: apps hear `phone_number_verified`.',
    ),
  group_base: text(1000).optional().describe('The DN below which groups are. Absent: `base`.'),
  nested_groups: z
    .boolean()
    .default(true)
    .describe('Whether a member of a group is a member of the groups that this one is in.'),
  admin_groups: z
    .array(text(1000))
    .max(100)
    .default([])
    .describe(
      'Groups of this directory whose members are administrators: each as a DN, or as a name, which with OpenLDAP needs `group_base`.',
    ),
  service_desk_groups: z
    .array(text(1000))
    .max(100)
    .default([])
    .describe('Groups of this directory whose members are of the service desk, in the same forms.'),
  write_passwords: z
    .boolean()
    .default(false)
    .describe(
      'Whether people may choose new passwords here, which the bind account writes to the directory. It needs the right for that.',
    ),
  old_password_window: duration('0s', '1d')
    .prefault('61m')
    .describe(
      'How long Active Directory may take the password of before when Einlass has written a new one (`OldPasswordAllowedPeriod` and a minute). Until then only the new one lets the user in here. `0s`: it takes none.',
    ),
  expiry_warning: duration('0s', '90d')
    .prefault('5d')
    .describe('How long before a password expires a login says so. `0s`: never.'),
  lockout_threshold: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      'After how many wrong passwords the directory locks an account; Einlass stops two before. `0`: never. Absent: as the directory says; OpenLDAP does not say it for its default policy.',
    ),
  lockout_window: duration('1s', '30d')
    .prefault('30m')
    .describe('How long the directory counts a wrong password, where it does not say so itself.'),
  time_limit: duration('500ms', '60s')
    .prefault('5s')
    .describe('How long an answer may take; then the next server is asked.'),
  connections: z
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe(
      'How many connections are open at most, of each of two kinds: to read, and to verify.',
    ),
  sync_interval: duration('10s', '1h')
    .prefault('2m')
    .describe('How often users with a session are looked up again, so that changes act on them.'),
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
        ? [{ key: 'kind', message: 'openldap or active_directory, where servers are named' }]
        : []),
      ...(isOwn ? [] : [{ key: 'login_attributes', message: 'username and mail, for local' }]),
    ]
  }
  const gaps: { key: string; message: string }[] = requiredKeys.flatMap((key) =>
    isMissing(one[key]) ? [{ key, message: `a value, which ${one.kind} needs` }] : [],
  )
  const roleGroups = [...one.admin_groups, ...one.service_desk_groups]
  const isByName = roleGroups.some((group) => !group.includes('='))
  if (one.kind === 'openldap' && isByName && one.group_base === undefined) {
    // Below the base of people, anybody might own a group of the same name.
    gaps.push({ key: 'group_base', message: 'a DN, where groups give roles by their names' })
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
            message: 'a name before the backslash that leads to no other directory',
            input: one.domain,
          },
        ]
      : []),
    ...one.upn_suffixes.flatMap((suffix, index) =>
      suffixes.includes(fold(suffix))
        ? [
            {
              path: ['upn_suffixes', index],
              message: 'each suffix at one directory',
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
        const message = 'each name once, and one directory of the kind local'
        context.addIssue({ code: 'custom', path: [at, 'name'], message, input: one.name })
      }
      for (const issue of listSharedForms(one, all.slice(0, at)))
        context.addIssue({ code: 'custom', ...issue, path: [at, ...issue.path] })
    }
  })

export type DirectoryConfig = DirectoryInput
