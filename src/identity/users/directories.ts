/**
 * Joins all directories of users into one. Owns that each of them costs the same work, and which one verifies a password;
 * owners.ts owns to whom a name belongs. A further kind of directory has its own folder and is opened here.
 */
import { readFileSync } from 'node:fs'
import type { Config } from '../../platform/config/schema.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Audit } from '../audit/audit.ts'
import { findAccount, resolveKnown, resolveTyped } from './accounts.ts'
import { createDescribeAccount } from './describe-account.ts'
import type {
  Directory,
  NamesOutcome,
  OwnStore,
  PasswordReset,
  TicketOutcome,
} from './directory.ts'
import { createDirectoryStatistics, type DirectoryStatistics } from './directory-statistics.ts'
import { findEntry, refuseElsewhere } from './entries.ts'
import { openLdapDirectory } from './ldap/open.ts'
import { purgeWrittenPasswords } from './ldap/written-passwords.ts'
import { createLocalDirectory, type LocalDirectoryOptions } from './local/directory.ts'
import { createLocalNames, type LocalNames } from './local/names.ts'
import { type OutageRecords, purgeOutages } from './outage-records.ts'
import { logOutages } from './outages.ts'
import { createOwners, findOwned, type Member, type Owners } from './owners.ts'
import type { Users } from './users.ts'

/** Contains the whole configuration, so that no caller has to know which directory it opens. */
export interface DirectoryOptions extends LocalDirectoryOptions {
  readonly users: Users
  readonly config: Config
  readonly audit: Audit
  /** The log of the server. Commands pass a silent one, and report themselves that the directory does not answer. */
  readonly log: Log
  /** Only the server records outages. */
  readonly outages?: OutageRecords
}

/** Opens the directory of the configuration. The server and each command call it. */
export function openDirectory(options: DirectoryOptions): Directory {
  const { directories, passwords } = options.config
  const own = directories.find(({ kind }) => kind === 'local')
  const names = createLocalNames({ ...options, loginAttributes: own?.login_attributes })
  const isOnly = directories.every(({ kind }) => kind === 'local')
  const minLengthAlone = passwords.min_length
  const local = createLocalDirectory({ ...options, names, minLengthAlone, isOnly })
  const statistics = createDirectoryStatistics()
  const owners = openOwners(options, names, statistics)
  const { clock, outages } = options
  const asked = { owners, clock, outages, metrics: statistics.metrics }
  return isOnly ? withoutOthers(local, asked) : combine(local, names, asked)
}

interface Asked {
  readonly owners: Owners
  readonly clock: Clock
  readonly metrics: readonly Metric[]
  readonly outages: OutageRecords | undefined
}

/** The own store alone. Rows of earlier directories stay, but their people are not users of the own store. */
function withoutOthers(local: OwnStore, asked: Asked): Directory {
  return {
    ...{ ...local, ...createPasswords(local, asked.owners), ...createUpkeep(asked) },
    // No other directory can have the name.
    verifyPassword: local.verifyPassword,
  }
}

function openOwners(
  options: DirectoryOptions,
  names: LocalNames,
  statistics: DirectoryStatistics,
): Owners {
  const readFile = (path: string) => readFileSync(path, 'utf8')
  const members = options.config.directories.map((config): Member => {
    if (config.kind === 'local') return 'local'
    const member = openLdapDirectory({
      ...{ ...options, config, readFile },
      // Called later, when all directories are open.
      listUsernames: (...asked) => owners.listUsernames(...asked),
    })
    return logOutages(statistics.watch(member), options)
  })
  const owners = createOwners(members, names)
  return owners
}

/** The local directory answers for every row where it can, because it has the groups and attributes of all people. */
function combine(local: OwnStore, names: LocalNames, asked: Asked): Directory {
  const { owners } = asked
  // Only some directories allow password changes; createPasswords decides.
  const { changePassword: _, passwordReset: __, ...others } = local
  return {
    ...others,
    ...createNames(local, owners),
    findNamesElsewhere: createFindNamesElsewhere(names, owners),
    describeAccount: createDescribeAccount(owners),
    ...createPasswords(local, owners),
    async judgeTicket(queries, holder): Promise<TicketOutcome> {
      const member = owners.remote.find(({ name }) => name === holder.directory)
      return (await member?.judgeTicket(queries, holder)) ?? { type: 'unknown' }
    },
    ...createUpkeep(asked),
    async close() {
      for (const one of owners.remote) await one.close()
      await asked.outages?.settle()
    },
  }
}

function createUpkeep({
  owners,
  clock,
  metrics,
}: Asked): Pick<Directory, 'checkAccount' | 'purge' | 'metrics'> {
  return {
    metrics,
    async checkAccount(queries, userId, from) {
      const entry = await findEntry(queries, userId)
      if (entry === undefined) return { type: 'current' }
      // Users of a directory that the configuration no longer names stay, but cannot log in.
      const member = owners.findMember(entry)
      if (member === undefined) return { type: 'refused', reason: 'removed' }
      return await member.checkAccount(queries, entry, from)
    },
    async purge(queries) {
      await purgeWrittenPasswords(queries, clock.now())
      await purgeOutages(queries, clock.now())
    },
  }
}

function createNames(
  local: OwnStore,
  owners: Owners,
): Pick<Directory, 'findByName' | 'resolveName' | 'resolveUser' | 'findElsewhere'> {
  return {
    async findElsewhere(queries, typed, { addsRow }) {
      const owner = await owners.find(queries, typed, 'background')
      if (owner.type === 'unavailable') return owner
      if (owner.type !== 'ldap') return { type: 'unknown' }
      const user = await findOwned(queries, owner)
      if (user !== undefined || !addsRow) return { type: 'found', user }
      return await owner.directory.savePerson(queries, owner.person)
    },
    async findByName(queries, typed, from) {
      const owner = await owners.find(queries, typed, from)
      if (owner.type === 'unavailable') return owner
      return await findAccount({ local, owner }, queries, typed)
    },
    resolveName: (queries, typed, origin) =>
      resolveTyped({ local, owners }, queries, typed, origin),
    resolveUser: (queries, user) => resolveKnown({ local, owners }, queries, user),
  }
}

function createFindNamesElsewhere(
  { isByMail }: LocalNames,
  { remote, findElsewhere }: Owners,
): NonNullable<Directory['findNamesElsewhere']> {
  const findClaiming = (name: string) => remote.find((one) => one.isClaimed(name))
  async function ask(name: string): Promise<NamesOutcome> {
    const found = await findElsewhere(name)
    if (found.type === 'unavailable') return found
    const { directory } = found
    return { type: 'names', taken: directory === undefined ? undefined : { name, directory } }
  }
  return async (_queries, { username = '', email }) => {
    const claiming = findClaiming(username)?.name
    // The form of the name leads to that directory, even if nobody there has the name.
    if (claiming !== undefined) {
      return { type: 'names', taken: { name: username, directory: claiming } }
    }
    // An address of such a form never leads to this user.
    const address = isByMail && email && findClaiming(email) === undefined ? email : ''
    for (const name of [username, address].filter((one) => one !== '')) {
      const outcome = await ask(name)
      if (outcome.type === 'unavailable' || outcome.taken !== undefined) return outcome
    }
    return { type: 'names', taken: undefined }
  }
}

function createPasswords(
  local: OwnStore,
  owners: Owners,
): Pick<Directory, 'verifyPassword' | 'changePassword' | 'passwordReset' | 'setPassword'> {
  const { setPassword } = local
  const changePassword: NonNullable<Directory['changePassword']> = async (queries, change) => {
    const entry = await findEntry(queries, change.user.id)
    const outcome =
      entry === undefined
        ? await local.changePassword?.(queries, change)
        : await owners.findMember(entry)?.changePassword(queries, entry, change)
    return outcome ?? { type: 'refused', reason: 'elsewhere' }
  }
  const isFor: PasswordReset['isFor'] = async (queries, user) => {
    const entry = await findEntry(queries, user.id)
    if (entry === undefined) return true
    return (await owners.findMember(entry)?.maySetPassword(entry.entryId)) === true
  }
  const isWritable = owners.hasLocal || owners.remote.some(({ config }) => config.write_passwords)
  return {
    async verifyPassword(queries, name, password, origin = {}) {
      if (password === '') return { type: 'unknown' }
      const resolved = await resolveTyped({ local, owners }, queries, name, origin)
      if (resolved.type === 'unavailable') return resolved
      return (
        (await resolved.account?.verifyPassword(queries, password, origin)) ?? { type: 'unknown' }
      )
    },
    ...(isWritable && { changePassword, passwordReset: { isFor, reset: changePassword } }),
    ...(setPassword && {
      async setPassword(queries, id, hash, options) {
        await refuseElsewhere(queries, id)
        await setPassword(queries, id, hash, options)
      },
    }),
  }
}
