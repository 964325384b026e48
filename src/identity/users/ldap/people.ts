/**
 * Finds people in a directory and reads facts about them. Owns the searches: typed text is only ever a value in a filter,
 * and filters are built as objects and never written as text, so it cannot have another meaning. Before a right password,
 * only the facts for a login are read; details.ts reads the rest.
 */
import type { Client, Entry, Filter } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { type Clock, isOver } from '../../../platform/kernel/clock.ts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { DirectoryPerson } from '../entries.ts'
import { groupNameSchema } from '../groups.ts'
import { cleanDisplayName, emailSchema, type Role } from '../user.ts'
import { type Connections, DirectoryDown, isLdapError, QuestionFailed } from './connections.ts'
import { createDetails } from './details.ts'
import type { AccountState, Dialect, FoundGroup, LockoutRule } from './dialect.ts'
import { canonicalDn } from './dn.ts'
import { readText } from './entry.ts'
import { createFindByName, type FindByName, type NamedEntry } from './find-by-name.ts'
import type { Ldap } from './open-connection.ts'
import { bindNameAttributes, createPersonFilter, isBindAccount } from './person-filter.ts'
import { explainResult, LimitReached } from './result-codes.ts'

/** An entry with the facts that a login has to know before the password. */
export interface FoundPerson extends NamedEntry {
  readonly dn: string
  /** The entry with the attributes that are read before the password. */
  readonly entry: Entry
  readonly state: AccountState
  /** The rule that decides whether one more wrong password comes too close to a lock-out. */
  readonly lockout: LockoutRule
}

/** A person with the name that the directory itself gives. */
export type ReadPerson = Omit<DirectoryPerson, 'usernames'> & Pick<NamedEntry, 'username'>

export interface PeopleOptions {
  readonly config: DirectoryConfig
  readonly dialect: Dialect
  readonly connections: Connections
  readonly clock: Clock
  readonly log: Log
}

export interface People {
  readonly findByName: FindByName
  /** Throws DirectoryDown. */
  findByEntryId(id: string, from?: Caller): Promise<FoundPerson | undefined>
  /** Finds by the name that the account has in tickets. */
  findByAccount(name: string): Promise<FoundPerson | undefined>
  /** Does the work of findByEntryId for an entry that does not exist. Throws DirectoryDown. */
  searchNobody(from?: Caller): Promise<void>
  /** Everything that Einlass stores about the person. */
  read(person: FoundPerson): Promise<ReadPerson>
}

/** How long a rule of the directory is remembered, in milliseconds. */
const ruleMemory = 60_000

export function createPeople(options: PeopleOptions): People {
  const { config, dialect, connections, clock, log } = options
  const findLockout = createLockoutRules(options)
  const usernameAttribute = config.username_attribute ?? dialect.usernameAttribute
  const details = createDetails(options)
  const attributes = listAttributes(dialect, usernameAttribute)

  async function search(
    makeFilter: (ldap: Ldap) => Filter,
    work: (found: readonly Entry[], client: Client, ldap: Ldap) => Promise<FoundPerson | undefined>,
    {
      sizeLimit = 1,
      from,
    }: { readonly sizeLimit?: number; readonly from?: Caller | undefined } = {},
  ): Promise<FoundPerson | undefined> {
    return await connections.run(
      async (client, ldap) => {
        const { searchEntries } = await client.search(config.base ?? '', {
          scope: 'sub',
          filter: new ldap.AndFilter({
            filters: [createPersonFilter(config, dialect, ldap), makeFilter(ldap)],
          }),
          attributes,
          explicitBufferAttributes: [...dialect.binaryAttributes],
          sizeLimit,
          timeLimit: Math.ceil(config.time_limit / 1000),
        })
        const people = searchEntries.filter((entry) => !isBindAccount(config, entry))
        return await work(people, client, ldap)
      },
      { from },
    )
  }

  async function describe(
    entries: readonly Entry[],
    client: Client,
    ldap: Ldap,
  ): Promise<FoundPerson | undefined> {
    const [entry, another] = entries
    if (entry === undefined || another !== undefined) return undefined
    const entryId = dialect.readEntryId(entry)
    if (entryId === undefined) {
      log.warn({ directory: config.name }, `bind_name may not read ${dialect.entryId}`)
      return undefined
    }
    const lockout = await findLockout(client, ldap, entry)
    const username = readText(entry, usernameAttribute) ?? entryId
    const state = dialect.readState(entry, lockout, clock.now())
    return { entryId, dn: entry.dn, username, entry, state, lockout }
  }

  return {
    findByName: createFindByName(options),
    findByAccount: (value) =>
      search(
        ({ EqualityFilter }) => new EqualityFilter({ attribute: dialect.accountAttribute, value }),
        describe,
        // Two, to notice a name of several entries, which then means nobody.
        { sizeLimit: 2 },
      ),
    async findByEntryId(id, from) {
      const found = await search((ldap) => dialect.hasEntryId(ldap, id), describe, { from })
      if (found === undefined) await requireBase(options, from)
      return found
    },
    async searchNobody(from) {
      await search((ldap) => dialect.hasEntryId(ldap, nobodysId), describe, { from })
    },
    async read(person) {
      const { entryId, username, state } = person
      const entry = await details.read(person)
      const groups = await readGroups(options, entry)
      const named = groups.flatMap(({ name }) => groupNameSchema.safeParse(name).data ?? [])
      const email = emailSchema.safeParse(readText(entry, 'mail'))
      return {
        directory: config.name,
        ...{ entryId, username },
        displayName: findDisplayName(entry) ?? cleanDisplayName(username),
        email: email.success ? email.data : null,
        ...findRole(config, groups),
        groups: [...new Set(named)].sort(),
        attributes: details.listAttributes(person, entry),
        password: { changedAt: state.passwordChangedAt, mustChange: state.mustChange },
        endsLogins: config.sessions_end_on.filter((one) => one !== 'locked'),
      }
    },
  }
}

/** Throws QuestionFailed if they cannot all be read: with a part of the groups, the wrong rules would apply. */
async function readGroups(
  { config, dialect, connections }: PeopleOptions,
  entry: Entry,
): Promise<FoundGroup[]> {
  const base = config.group_base ?? config.base ?? ''
  const isNested = config.nested_groups
  const what = 'the groups of the person cannot be read'
  try {
    return await connections.run((client, ldap) =>
      dialect.listGroups(client, ldap, { entry, base, isNested }),
    )
  } catch (error) {
    if (error instanceof LimitReached) {
      const advice = dialect.groupLimitAdvice?.(config.bind_name ?? '')
      const text = [`${what}: ${error.message}`, ...(advice ? [advice] : [])].join('; ')
      throw new QuestionFailed(text, false, true)
    }
    if (error instanceof QuestionFailed && error.isTooLong)
      throw new QuestionFailed(`${what}: ${error.message}`, true)
    if (!isLdapError(error)) throw error
    const { text, isLasting } = explainResult(error)
    throw new QuestionFailed(`${what}: ${text}`, false, isLasting)
  }
}

/** An id that nobody has, as long as the ids of both kinds of directories. */
const nobodysId = '00000000-0000-0000-0000-000000000000'

/** The attributes that are read before the password. */
const listAttributes = (
  { entryId, accountAttribute, attributes }: Dialect,
  usernameAttribute: string,
): string[] => [
  ...new Set([entryId, accountAttribute, usernameAttribute, ...bindNameAttributes, ...attributes]),
]

/** How many wrong passwords lock an account, according to its policy. */
export function createLockoutRules({ config, dialect, clock }: PeopleOptions) {
  const rules = new Map<string, { readonly rule: LockoutRule; readonly readAt: number }>()
  return async (client: Client, ldap: Ldap, entry: Entry): Promise<LockoutRule> => {
    const { lockout_threshold: threshold, lockout_window: window } = config
    // The configuration does not say whether the directory ever forgets wrong passwords.
    if (threshold !== undefined) return { threshold, window, isUntilRight: true }
    const policy = readText(entry, dialect.policyAttribute) ?? ''
    const known = rules.get(policy)
    if (known !== undefined && !isOver(known.readAt, ruleMemory, clock.now())) return known.rule
    const read = await dialect.findLockoutRule(client, ldap, entry)
    const rule = { window, ...(read ?? { threshold: 0 }) }
    rules.set(policy, { rule, readAt: clock.now() })
    return rule
  }
}

/** A bind account without the right to read finds nobody. That does not mean that the person does not exist. */
async function requireBase({ config, connections }: PeopleOptions, from?: Caller): Promise<void> {
  const { base = '' } = config
  const { searchEntries } = await connections.run(
    (client) => client.search(base, { scope: 'base', attributes: ['1.1'] }),
    { from },
  )
  if (searchEntries.length === 0) throw new DirectoryDown(`bind_name may not read ${base}`)
}

function findDisplayName(entry: Entry): string | undefined {
  const names = ['displayName', 'cn'].map((name) => readText(entry, name) ?? '')
  return names.map(cleanDisplayName).find((name) => name !== '')
}

/** No role if the configuration names no groups for roles: then operators give roles. */
function findRole(
  { admin_groups: admins, service_desk_groups: desk }: DirectoryConfig,
  groups: readonly FoundGroup[],
): { readonly role?: Role } {
  if (admins.length === 0 && desk.length === 0) return {}
  const isIn = (wanted: readonly string[]) =>
    groups.some((group) => wanted.some((one) => isNamed(group, one)))
  return { role: isIn(admins) ? 'admin' : isIn(desk) ? 'service_desk' : 'user' }
}

/** Compares by DN if the wanted name is a DN. */
function isNamed({ dn, name }: FoundGroup, wanted: string): boolean {
  const exact = canonicalDn(wanted)
  return exact === undefined
    ? name?.toLowerCase() === wanted.toLowerCase()
    : canonicalDn(dn) === exact
}
