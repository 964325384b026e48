/** `einlass user list`: the users by name. */
import { z } from 'zod'
import { groupsOf } from '../identity/users/groups.ts'
import type { Manager, User } from '../identity/users/user.ts'
import type { Config } from '../platform/config/schema.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { checkInput } from './input.ts'
import { users } from './operations.ts'
import { formatTable } from './table.ts'
import { describeState, publicUser } from './user.ts'

const mostListed = 1_000_000

function readListOptions(
  {
    search,
    limit,
    after,
    directory,
  }: {
    readonly search?: string
    readonly limit?: string
    readonly after?: string
    readonly directory?: string
  },
  directories: Config['directories'],
) {
  const checked = checkInput(
    z.object({ limit: z.coerce.number().int().min(1).max(mostListed).default(mostListed) }),
    { limit },
    { limit: { option: '--limit', typed: limit, allowed: `a number from 1 to ${mostListed}` } },
  )
  return {
    ...checked,
    ...(search !== undefined && { search }),
    ...(after && { after }),
    ...(directory !== undefined && { managedBy: findManager(directory, directories) }),
  }
}

/** Users of a directory that the configuration names no more can be listed too. */
function findManager(name: string, directories: Config['directories']): Manager | null {
  const isOwn = directories.some((one) => one.kind === 'local' && one.name === name)
  return isOwn ? null : `directory:${name}`
}

/** The name of the directory, or of the system that provisions; empty: Einlass itself. */
const describeManager = ({ managedBy }: User): string =>
  managedBy?.replace(/^directory:/, '').replace(/^scim:/, 'SCIM: ') ?? ''

export const userList = defineCommand({
  name: 'user list',
  operands: [],
  summary: 'Lists users by name.',
  options: {
    search: {
      type: 'string',
      value: 'TEXT',
      help: 'Only users with words in names or address that begin so; *TEXT: anywhere in them, which takes longer',
    },
    limit: { type: 'string', value: 'NUMBER', help: 'At most so many; else all' },
    after: { type: 'string', value: 'NAME', help: 'Begin behind this username' },
    directory: {
      type: 'string',
      value: 'NAME',
      help: 'Only users who come from this directory, as the configuration names it',
    },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const wanted = readListOptions(values, config.directories)
    const { found, groups } = await withDatabase(config, async (db) => {
      const list = await users.list(db, wanted)
      const ids = list.map(({ id }) => id)
      return { found: list, groups: await groupsOf(db, ids) }
    })
    const rows = found.map((user) => [
      user.username,
      user.displayName,
      user.email ?? '',
      user.role,
      describeManager(user),
      (groups.get(user.id) ?? []).join(', '),
      describeState(user),
    ])
    const shown = found.map((user) => ({
      ...publicUser(user),
      managedBy: user.managedBy,
      groups: groups.get(user.id) ?? [],
    }))
    reply(shown, formatTable(['USER', 'NAME', 'E-MAIL', 'ROLE', 'FROM', 'GROUPS', 'STATE'], rows))
    return exit.ok
  },
})
