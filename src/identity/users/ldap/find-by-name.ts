/**
 * Finds the entry that a typed name means. Owns that one search covers all attributes that may have the name, for every
 * name, and which of several entries has the better right to it. Reads only names; other facts about the person are read
 * later.
 */
import type { Entry } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import { canonicalUsername } from '../user.ts'
import { type Connections, QuestionFailed } from './connections.ts'
import type { Dialect } from './dialect.ts'
import { readText, readTexts } from './entry.ts'
import { listNameValues, type NameAttributes, type NameValue } from './names.ts'
import { bindNameAttributes, createPersonFilter, isBindAccount } from './person-filter.ts'

export interface NamedEntry {
  readonly entryId: string
  readonly username: string
}

export interface FindByNameOptions {
  readonly config: DirectoryConfig
  readonly dialect: Dialect
  readonly connections: Connections
  readonly log: Log
}

/** `several`: more than one entry has the name, or its id cannot be read. */
export type NameSearch =
  | { readonly type: 'one'; readonly entry: NamedEntry }
  | { readonly type: 'several' | 'nobody' }

/** Throws DirectoryDown. */
export type FindByName = (typed: string, from?: Caller) => Promise<NameSearch>

/** More entries than can have one name by mistake. */
const mostEntries = 20

export function createFindByName(options: FindByNameOptions): FindByName {
  const { config, dialect, connections, log } = options
  const names: NameAttributes = {
    username: config.username_attribute ?? dialect.usernameAttribute,
    login: config.login_attributes ?? dialect.loginAttributes,
    assigned: dialect.assignedNames,
  }
  const assigned = [
    ...new Set([dialect.entryId, names.username, ...names.assigned, ...bindNameAttributes]),
  ]
  const attributes = [...new Set([...assigned, ...names.login])]

  /** If the answer is too long, it reads only attributes that administrators write. */
  const searchWithin = (values: readonly NameValue[], from?: Caller): Promise<readonly Entry[]> =>
    search(values, attributes, from).catch((error: unknown) => {
      if (!(error instanceof QuestionFailed) || !error.isTooLong) throw error
      return search(values, assigned, from)
    })

  async function search(
    values: readonly NameValue[],
    wanted: string[],
    from: Caller | undefined,
  ): Promise<readonly Entry[]> {
    return await connections.run(
      async (client, ldap) => {
        const filters = values.map((value) => new ldap.EqualityFilter(value))
        const isMeant = new ldap.OrFilter({ filters })
        const { searchEntries } = await client.search(config.base ?? '', {
          scope: 'sub',
          filter: new ldap.AndFilter({
            filters: [createPersonFilter(config, dialect, ldap), isMeant],
          }),
          attributes: wanted,
          explicitBufferAttributes: [...dialect.binaryAttributes],
          sizeLimit: mostEntries,
          timeLimit: Math.ceil(config.time_limit / 1000),
        })
        return searchEntries.filter((entry) => !isBindAccount(config, entry))
      },
      { from },
    )
  }

  return async (typed, from) => {
    const values = listNameValues(config, names, typed)
    const entries = values.length === 0 ? [] : await searchWithin(values, from)
    if (entries.length === 0) return { type: 'nobody' }
    const [entry, another] = entries.length < mostEntries ? choose(entries, values) : entries
    if (entry === undefined || another !== undefined) {
      log.warn({ directory: config.name }, 'a name that was typed belongs to more than one entry')
      return { type: 'several' }
    }
    const entryId = dialect.readEntryId(entry)
    if (entryId === undefined) {
      log.warn({ directory: config.name }, `bind_name may not read ${dialect.entryId}`)
      return { type: 'several' }
    }
    const username = readText(entry, names.username) ?? entryId
    return { type: 'one', entry: { entryId, username } }
  }
}

/**
 * The entries that have the first value that any of them has. All entries, if only the directory itself treats the texts
 * as equal.
 */
function choose(entries: readonly Entry[], values: readonly NameValue[]): readonly Entry[] {
  for (const { attribute, value } of values) {
    const having = entries.filter((entry) =>
      readTexts(entry, attribute).some((text) => canonicalUsername(text) === value),
    )
    if (having.length > 0) return having
  }
  return entries
}
