/** `einlass user …`: people who can log in. Every change writes its audit event in the same transaction, by `cli`. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { createAudit } from '../audit/audit.ts'
import type { Config } from '../config/schema.ts'
import { systemClock } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { systemRandom } from '../kernel/random.ts'
import { openNotices } from '../mail/mail.ts'
import { createSessions } from '../sessions/sessions.ts'
import type { Database, Queries } from '../storage/database.ts'
import { createHasher } from '../users/hasher.ts'
import { createLocalUsers } from '../users/local.ts'
import type { User } from '../users/user.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { choosePassword } from './password.ts'
import { formatTable } from './table.ts'

const by = 'cli'
const random = systemRandom
const clock = systemClock
const users = createLocalUsers({ clock, random })
const audit = createAudit({ clock })

function hashPassword(password: string): Promise<string> {
  return createHasher({ cores: availableParallelism(), log: silentLog }).hash(password)
}

async function findUser(queries: Queries, name: string): Promise<User> {
  const user = await users.findByName(queries, name)
  if (user === undefined) throw new Fault('not_found', `There is no user ${JSON.stringify(name)}.`)
  return user
}

/** The running server sends them. */
function noticesFor(config: Config) {
  return openNotices({
    config,
    publicUrl: config.public_url,
    clock,
    random,
    log: silentLog,
    findUser: users.find,
  })
}

/** Ends every session of a user inside the transaction that is the reason for it. */
async function endSessions(options: {
  config: Config
  db: Database
  queries: Queries
  user: User
  reason: string
}): Promise<number> {
  const { config, db, queries, user, reason } = options
  const sessions = createSessions({ db, clock, random, limits: config.sessions, log: silentLog })
  const ended = await sessions.endAllOf(queries, user.id, reason)
  for (const sessionId of ended)
    await audit.sessionEnded(queries, { userId: user.id, sessionId, reason })
  return ended.length
}

function publicUser(user: User) {
  const { id, username, displayName, email, role, disabledAt } = user
  return { id, username, displayName, email, role, disabledAt }
}

const passwordStdin = {
  type: 'boolean',
  help: 'Read the password from standard input; else one is made and shown once',
} as const

export const userAdd = defineCommand({
  name: 'user add',
  operands: ['NAME'],
  summary: 'Adds a user.',
  options: {
    'display-name': { type: 'string', value: 'NAME', help: 'The name shown; else the user name' },
    email: { type: 'string', value: 'ADDRESS', help: 'An e-mail address' },
    admin: { type: 'boolean', help: 'May administer Einlass' },
    'password-stdin': passwordStdin,
  },
  async run({ operands: [username = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const email = z.email().optional().parse(values.email) ?? null
    const fromStdin = values['password-stdin'] === true
    const chosen = await choosePassword({ fromStdin, username, config, random, io })
    const passwordHash = await hashPassword(chosen.password)
    const displayName = z
      .string()
      .trim()
      .min(1)
      .max(200)
      .parse(values['display-name'] ?? username)
    const role = values.admin === true ? 'admin' : 'user'
    const user = await withDatabase(config, (db) =>
      db.transaction().execute(async (queries) => {
        const added = await users.create(queries, {
          username,
          displayName,
          email,
          role,
          passwordHash,
        })
        await audit.userCreated(queries, { userId: added.id, username: added.username, by })
        return added
      }),
    )
    const shown = chosen.isGenerated ? { password: chosen.password } : {}
    const line = chosen.isGenerated ? `\nPassword: ${chosen.password}` : ''
    reply({ ...publicUser(user), ...shown }, `Added ${user.username} (${user.id}).${line}`)
    return exit.ok
  },
})

export const userList = defineCommand({
  name: 'user list',
  operands: [],
  summary: 'Lists users by name.',
  options: {
    search: { type: 'string', value: 'TEXT', help: 'Only users whose names or address contain it' },
  },
  async run({ values: { search }, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const limit = 1_000_000
    const found = await withDatabase(config, (db) =>
      users.list(db, search === undefined ? { limit } : { search, limit }),
    )
    const rows = found.map(({ username, displayName, email, role, disabledAt }) => [
      username,
      displayName,
      email ?? '',
      role,
      disabledAt === null ? 'active' : 'disabled',
    ])
    reply(found.map(publicUser), formatTable(['USER', 'NAME', 'E-MAIL', 'ROLE', 'STATE'], rows))
    return exit.ok
  },
})

export const userDisable = defineCommand({
  name: 'user disable',
  operands: ['NAME'],
  summary: 'Locks a user out and ends every session of theirs.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withDatabase(config, (db) =>
      db.transaction().execute(async (queries) => {
        const user = await findUser(queries, name)
        const changed = await users.disable(queries, user.id)
        if (changed) await audit.userDisabled(queries, { userId: user.id, by })
        const ended = await endSessions({ config, db, queries, user, reason: 'user_disabled' })
        return { username: user.username, changed, sessionsEnded: ended }
      }),
    )
    const { username, changed, sessionsEnded } = result
    const text = changed
      ? `${username} is disabled. Sessions ended: ${sessionsEnded}.`
      : `${username} was disabled before.`
    reply(result, text)
    return exit.ok
  },
})

export const userEnable = defineCommand({
  name: 'user enable',
  operands: ['NAME'],
  summary: 'Lets a disabled user in again.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withDatabase(config, (db) =>
      db.transaction().execute(async (queries) => {
        const user = await findUser(queries, name)
        const changed = await users.enable(queries, user.id)
        if (changed) await audit.userEnabled(queries, { userId: user.id, by })
        return { username: user.username, changed }
      }),
    )
    const text = result.changed
      ? `${result.username} is enabled.`
      : `${result.username} was enabled.`
    reply(result, text)
    return exit.ok
  },
})

export const userSetPassword = defineCommand({
  name: 'user set-password',
  operands: ['NAME'],
  summary: 'Sets a password and ends every session of the user.',
  options: { 'password-stdin': passwordStdin },
  async run({ operands: [username = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const fromStdin = values['password-stdin'] === true
    const chosen = await choosePassword({ fromStdin, username, config, random, io })
    const hash = await hashPassword(chosen.password)
    const result = await withDatabase(config, (db) =>
      db.transaction().execute(async (queries) => {
        const user = await findUser(queries, username)
        await users.setPasswordHash(queries, user.id, hash)
        await noticesFor(config).passwordChanged(queries, { userId: user.id })
        await audit.passwordSet(queries, { userId: user.id, by })
        const ended = await endSessions({ config, db, queries, user, reason: 'password_set' })
        return { username: user.username, sessionsEnded: ended }
      }),
    )
    const shown = chosen.isGenerated ? { password: chosen.password } : {}
    const line = chosen.isGenerated ? `\nPassword: ${chosen.password}` : ''
    const text = `The password of ${result.username} is set. Sessions ended: ${result.sessionsEnded}.`
    reply({ ...result, ...shown }, `${text}${line}`)
    return exit.ok
  },
})
