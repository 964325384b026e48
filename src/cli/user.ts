/** `einlass user …`: people who can log in. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { requireSetPassword, requireWritablePasswords } from '../identity/operations/users.ts'
import type { Directory } from '../identity/users/directory.ts'
import { createHasher } from '../identity/users/hasher.ts'
import { canonicalUsername, emailSchema, usernameRule } from '../identity/users/user.ts'
import type { NewUser } from '../identity/users/users.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { quoteWord } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { openEndedApps } from './ended-apps.ts'
import { checkInput } from './input.ts'
import { openDirectoryFor, withUserOperations } from './operations.ts'
import { operator } from './operator.ts'
import { choosePassword, type PasswordOptions } from './password.ts'
import { attributeOption, readAttributes } from './user-attributes.ts'
import { publicUser } from './user-words.ts'

interface PasswordValues {
  readonly 'password-stdin'?: boolean
  readonly 'must-change'?: boolean
}

/**
 * A password, its hash, and the part of the reply about it. The reply shows the password only if it was generated here; the
 * administrator then knows it, so it is valid for one login only.
 */
async function newPassword(
  values: PasswordValues,
  options: Omit<PasswordOptions, 'random' | 'fromStdin'>,
) {
  const fromStdin = values['password-stdin'] === true
  const { password, isGenerated } = await choosePassword({ ...options, fromStdin, random })
  const hasher = createHasher({ cores: availableParallelism(), log: silentLog })
  return {
    password,
    hash: await hasher.hash(password),
    changeRequired: isGenerated || values['must-change'] === true,
    shown: isGenerated ? { password } : {},
    line: isGenerated
      ? `\nPassword: ${password}\nIt is shown this once, and has to be changed at the next login.`
      : '',
  }
}

/** Absent: no password was to be shown. */
function describeLost(
  { username }: { readonly username: string },
  { shown }: { readonly shown: { readonly password?: string } },
): string | undefined {
  if (shown.password === undefined) return undefined
  return `The password of ${username} was not shown. Set another one: einlass user set-password ${quoteWord(username)}`
}

/** The password of a new user; none if a directory has the passwords. */
export async function passwordForNew(
  directory: Pick<Directory, 'setPassword'>,
  values: PasswordValues,
  options: Parameters<typeof newPassword>[1],
) {
  if (directory.setPassword !== undefined) {
    const { password: _, hash, changeRequired, ...said } = await newPassword(values, options)
    return { user: { passwordHash: hash, passwordChangeRequired: changeRequired }, ...said }
  }
  if (values['password-stdin'] === true || values['must-change'] === true)
    requireSetPassword(directory)
  return { user: {}, shown: {}, line: '\nThe directory of users has the password.' }
}

const passwordStdin = {
  type: 'boolean',
  help: 'Read the password from standard input, or ask for it at a terminal; else one is generated and shown once',
} as const

const mustChange = {
  type: 'boolean',
  help: 'The next login asks for a new password; always the case for a generated one',
} as const

export const newUserSchema = z.object({
  username: z.string().refine((name) => canonicalUsername(name) !== undefined, usernameRule),
  displayName: z.string().trim().min(1).max(200),
  email: emailSchema.nullable(),
})

interface UserValues {
  readonly 'display-name'?: string
  readonly email?: string
  readonly admin?: boolean
}

function readNewUser(username: string, values: UserValues): Omit<NewUser, 'passwordHash'> {
  const { 'display-name': displayName = username, email = null, admin } = values
  const checked = checkInput(
    newUserSchema,
    { username, displayName, email },
    {
      username: { option: 'NAME', typed: username, allowed: usernameRule },
      displayName: {
        option: '--display-name',
        typed: displayName,
        allowed: 'a text of 1 to 200 characters',
      },
      email: { option: '--email', typed: values.email, allowed: 'an e-mail address' },
    },
  )
  return { ...checked, role: admin === true ? 'admin' : 'user' }
}

export const userAdd = defineCommand({
  name: 'user add',
  operands: ['NAME'],
  summary: 'Adds a user.',
  options: {
    'display-name': {
      type: 'string',
      value: 'NAME',
      help: 'The displayed name; else the username',
    },
    email: { type: 'string', value: 'ADDRESS', help: 'An e-mail address' },
    attribute: attributeOption,
    admin: {
      type: 'boolean',
      help: 'Gives the role of administrator, which imports and SCIM cannot change; it opens no page and no command',
    },
    'password-stdin': passwordStdin,
    'must-change': mustChange,
  },
  async run({ operands: [username = ''], values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const attributes = readAttributes(values.attribute)
    const input = { ...readNewUser(username, values), attributes }
    const directory = openDirectoryFor(config)
    const made = await passwordForNew(directory, values, { owner: input, config, io })
    const user = await withUserOperations(config, (operations) =>
      operations.addUser(operator, { ...input, ...made.user }),
    )
    const result = { ...publicUser(user), ...made.shown }
    const text = `Added ${user.username} (${user.id}).${made.line}`
    return await replySecret(result, text, describeLost(user, made))
  },
})

export const userDisable = defineCommand({
  name: 'user disable',
  operands: ['NAME'],
  summary: 'Disables a user and ends every session of the user.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const describeApps = await openEndedApps(config)
    const result = await withUserOperations(config, (operations) =>
      operations.disableUser(operator, name),
    )
    const { username, changed, sessionsEnded } = result
    const text = changed
      ? `${username} is disabled. Sessions ended: ${sessionsEnded}.`
      : `${username} was disabled before.`
    const { lines, apps } = describeApps(result.apps)
    reply({ ...result, apps }, [text, ...lines].join('\n'))
    return exit.ok
  },
})

export const userEnable = defineCommand({
  name: 'user enable',
  operands: ['NAME'],
  summary: 'Enables a disabled user.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withUserOperations(config, (operations) =>
      operations.enableUser(operator, name),
    )
    const { username, changed } = result
    reply(result, changed ? `${username} is enabled.` : `${username} was not disabled.`)
    return exit.ok
  },
})

export const userSetPassword = defineCommand({
  name: 'user set-password',
  operands: ['NAME'],
  summary: 'Sets a password and ends every session of the user.',
  options: { 'password-stdin': passwordStdin, 'must-change': mustChange },
  async run({ operands: [username = ''], values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    // Checked before anything is asked or shown.
    requireWritablePasswords(openDirectoryFor(config))
    const made = await newPassword(values, { owner: { username }, config, io })
    const { shown, line, ...chosen } = made
    const result = await withUserOperations(config, (operations) =>
      operations.setPassword(operator, username, { ...chosen, at: clock.now() }),
    )
    const { directory } = result
    const where =
      directory === undefined ? '' : ` in the directory ${directory}, for everything that asks it`
    const text = `The password of ${result.username} is set${where}. Sessions ended: ${result.sessionsEnded}. A login under way has to begin anew, and needs another pass if it used up a pass for one login.`
    return await replySecret({ ...result, ...shown }, `${text}${line}`, describeLost(result, made))
  },
})
