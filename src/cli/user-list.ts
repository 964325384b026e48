/** `einlass user list`: lists the users by name. Writes while it reads, so that memory does not grow with their number. */
import { z } from 'zod'
import { groupsOf } from '../identity/users/groups.ts'
import { listNames } from '../identity/users/list.ts'
import type { Manager, User } from '../identity/users/user.ts'
import { createUsers } from '../identity/users/users.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import type { Database } from '../platform/storage/database.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { checkInput } from './input.ts'
import { createTable } from './table.ts'
import { describeState, publicUser } from './user-words.ts'
import { createWriter } from './writer.ts'

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

/** The users of a directory can be listed even if the configuration no longer has it. */
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
      help: 'Only users with a word in their names or address that begins with TEXT; *TEXT: anywhere in a word, which takes longer',
    },
    limit: { type: 'string', value: 'NUMBER', help: 'At most this many; else all' },
    after: { type: 'string', value: 'NAME', help: 'Begin after this username' },
    directory: {
      type: 'string',
      value: 'NAME',
      help: 'Only users of this directory, by its name in the configuration',
    },
  },
  async run({ values, configFile, json, io }) {
    const { config } = usableConfig(configFile, io)
    const wanted = readListOptions(values, config.directories)
    const writer = createWriter(io.stdout)
    const format = json ? createJsonList() : createTextList()
    await withDatabase(config, async (db) => {
      for await (const part of listParts(db, wanted)) {
        if (!(await writer.write(format.write(part)))) return
      }
      await writer.write(format.end())
    })
    return exit.ok
  },
})

interface Listed {
  readonly user: User
  readonly groups: readonly string[]
}

/** Users that are read in one query. */
const partSize = 200
/** Each query of a search goes through all matches, so a search reads many at once, but only their names. */
const namesAtOnce = 50_000

type Wanted = ReturnType<typeof readListOptions>

/** Users who are added or removed meanwhile may be listed or not; all others are listed once. */
async function* listParts(db: Database, wanted: Wanted): AsyncGenerator<readonly Listed[]> {
  const parts = wanted.search === undefined ? listAll(db, wanted) : listFound(db, wanted)
  for await (const users of parts) {
    const ids = users.map(({ id }) => id)
    const groups = await groupsOf(db, ids)
    yield users.map((user) => ({ user, groups: groups.get(user.id) ?? [] }))
  }
}

async function* listAll(db: Database, wanted: Wanted): AsyncGenerator<readonly User[]> {
  const users = createUsers({ clock, random })
  let after = wanted.after
  for (let left = wanted.limit; left > 0; left -= partSize) {
    const limit = Math.min(partSize, left)
    const found = await users.list(db, { ...wanted, ...(after !== undefined && { after }), limit })
    yield found
    if (found.length < limit) return
    after = found.at(-1)?.username
  }
}

async function* listFound(db: Database, wanted: Wanted): AsyncGenerator<readonly User[]> {
  const users = createUsers({ clock, random })
  let after = wanted.after
  for (let left = wanted.limit; left > 0; left -= namesAtOnce) {
    const limit = Math.min(namesAtOnce, left)
    const names = await listNames(db, { ...wanted, ...(after !== undefined && { after }), limit })
    for (let from = 0; from < names.length; from += partSize) {
      const part = names.slice(from, from + partSize)
      const found = await users.findByNames(db, part)
      yield part.flatMap((name) => found.get(name) ?? [])
    }
    if (names.length < limit) return
    after = names.at(-1)
  }
}

interface Format {
  write(part: readonly Listed[]): string
  end(): string
}

const columns = ['USER', 'NAME', 'E-MAIL', 'ROLE', 'FROM', 'GROUPS', 'STATE']

function createTextList(): Format {
  const format = createTable(columns)
  let isEmpty = true
  return {
    write(part) {
      isEmpty = false
      const rows = part.map(({ user, groups }) => [
        user.username,
        user.displayName,
        user.email ?? '',
        user.role,
        describeManager(user),
        groups.join(', '),
        describeState(user),
      ])
      const text = format(rows)
      return text === '' ? '' : `${text}\n`
    },
    end: () => (isEmpty ? `${format([])}\n` : ''),
  }
}

/** Writes one JSON array, as all lists do. */
function createJsonList(): Format {
  let isFirst = true
  return {
    write(part) {
      const texts = part.map(({ user, groups }) =>
        JSON.stringify({ ...publicUser(user), managedBy: user.managedBy, groups }),
      )
      const before = isFirst ? '[' : texts.length > 0 ? ',' : ''
      isFirst = false
      return `${before}${texts.join(',')}`
    },
    end: () => ']\n',
  }
}
