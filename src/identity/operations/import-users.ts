/**
 * Imports many users from a file. Owns what an import may do to an existing user: it changes names, address and
 * attributes and adds groups. It never changes the password, the role or whether the user may log in, so an old file
 * cannot undo such a change. It leaves people of directories and users with a role alone: an export of another product
 * may contain them, but with older or less reliable data. Knows no file format.
 *
 *   const outcomes = await importUsers.plan(batch)             // reads only
 *   const outcomes = await importUsers.write(operator, batch)  // all of the batch or none of it
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { Notify } from '../notify/notice.ts'
import type { Attributes } from '../users/attributes.ts'
import type { Directory } from '../users/directory.ts'
import { directoryAway } from '../users/directory-answers.ts'
import { userEvents } from '../users/events.ts'
import { addMembers, groupsOf } from '../users/groups.ts'
import { addAttributes, findOtherAttributes } from '../users/local/attributes.ts'
import { hasMixedScripts, mixedScriptsText } from '../users/mixed-scripts.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import type { NewUser, Users } from '../users/users.ts'
import { type Administrator, auditName } from './actor.ts'
import type { NewIdentity, TwoPeople } from './two-people-names.ts'
import { changeFound, listChanged, listOtherNames } from './users.ts'

/** A user in a file. Fields that it does not name stay; for a new user they have their defaults. */
export interface ImportedUser extends Omit<NewUser, 'displayName' | 'email'> {
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly attributes: Attributes
  readonly groups: readonly string[]
}

export type ImportOutcome =
  | { readonly type: 'new' | 'unchanged' }
  /** `what`: for example `email`, `attribute:title`, `group:staff`. */
  | { readonly type: 'changed'; readonly what: readonly string[] }
  /** Something would be new or changed, but the import may not change it. */
  | { readonly type: 'left_alone'; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: string }

export interface ImportUsersOptions {
  readonly db: Database
  readonly users: Users
  readonly directory: Pick<Directory, 'setPassword' | 'findNamesElsewhere' | 'findTakenName'>
  readonly notify: Notify
  readonly audit: Audit
  readonly twoPeople: TwoPeople
  /** Administrators and members of the service desk are changed like everybody else. */
  readonly changesRoleHolders?: boolean
}

export type ImportUsers = ReturnType<typeof createImportUsers>

/** The number of users in a batch. A batch is one transaction; logins go on between two of them. */
export const usersInBatch = 500

export function createImportUsers(options: ImportUsersOptions) {
  const { db, audit } = options
  /** Names of all batches that were planned, because a plan writes none of them to the database. */
  const planned = new Map<string, string>()
  return {
    /** What `write` would do after all batches planned before. A name may be in a batch only once. */
    async plan(batch: readonly ImportedUser[]): Promise<ImportOutcome[]> {
      const elsewhere = await findElsewhere(options, batch)
      const asked = { batch, elsewhere, addresses: planned }
      return (await planBatch(options, db, asked)).map(({ outcome }) => outcome)
    },

    /** Each user that is added or changed has an audit event. */
    write: (actor: Administrator, batch: readonly ImportedUser[]): Promise<ImportOutcome[]> =>
      retryWhenTaken(async () => {
        const elsewhere = await findElsewhere(options, batch)
        return await transact(db, async (tx) => {
          const asked = { batch, elsewhere, addresses: new Map<string, string>() }
          const planned = await planBatch(options, tx, asked)
          await addNew(options, tx, actor, planned)
          for (const one of planned) await changeExisting(options, tx, actor, one)
          return planned.map(({ outcome }) => outcome)
        })
      }),

    /** Records the end of the import in the audit log, if it changed something. */
    async finish(
      actor: Administrator,
      done: { readonly added: number; readonly changed: number },
    ): Promise<void> {
      if (done.added + done.changed === 0) return
      await audit.record(db, userEvents.imported, { ...done, by: auditName(actor) })
    },
  }
}

interface Planned {
  readonly wanted: ImportedUser
  /** `undefined`: nobody has the name. */
  readonly existing: User | undefined
  readonly newGroups: readonly string[]
  readonly outcome: ImportOutcome
}

/** Users whose name another directory has, with the name of that directory. */
type Elsewhere = ReadonlyMap<ImportedUser, string>

/** How many questions to directories run at the same time. */
const questionsAtOnce = 4

/** Asks the directories; never call it inside a transaction. Throws Fault `unavailable` when one does not answer. */
async function findElsewhere(
  { db, users, directory: { findNamesElsewhere } }: ImportUsersOptions,
  batch: readonly ImportedUser[],
): Promise<Elsewhere> {
  const elsewhere = new Map<ImportedUser, string>()
  if (findNamesElsewhere === undefined) return elsewhere
  const found = await users.findByNames(
    db,
    batch.map(({ username }) => username),
  )
  const waiting = [...batch]
  const ask = async () => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const { username, email } = one
      const existing = found.get(canonicalUsername(username) ?? '')
      const names = existing ? listOtherNames(existing, { email }) : { username, email }
      if (names === undefined) continue
      const outcome = await findNamesElsewhere(db, names)
      if (outcome.type === 'unavailable') throw directoryAway(outcome)
      if (outcome.taken !== undefined) elsewhere.set(one, outcome.taken.directory)
    }
  }
  await Promise.all(Array.from({ length: questionsAtOnce }, ask))
  return elsewhere
}

interface Asked {
  readonly batch: readonly ImportedUser[]
  readonly elsewhere: Elsewhere
  /**
   * Addresses with which earlier users of the batch, who are not in the database yet, will log in, and their usernames.
   * This function adds more.
   */
  readonly addresses: Map<string, string>
}

async function planBatch(
  options: ImportUsersOptions,
  queries: Queries,
  { batch, elsewhere, addresses }: Asked,
): Promise<Planned[]> {
  const found = await options.users.findByNames(
    queries,
    batch.map(({ username }) => username),
  )
  const groups = await groupsOf(
    queries,
    [...found.values()].map(({ id }) => id),
  )
  const planned: Planned[] = []
  for (const wanted of batch) {
    const existing = found.get(canonicalUsername(wanted.username) ?? '')
    const own = (existing && groups.get(existing.id)) ?? []
    const newGroups = wanted.groups.filter((group) => !own.includes(group))
    const outcome = existing
      ? await compare(queries, existing, wanted, newGroups)
      : judgeNew(options.directory, wanted)
    const isOther = ['new', 'changed'].includes(outcome.type)
    const reason =
      findOwner(options, existing, elsewhere.get(wanted)) ??
      (isOther ? await findNamesake(options, queries, { wanted, existing }, addresses) : undefined)
    const isLeft = reason !== undefined && isOther
    planned.push({
      ...{ wanted, existing, newGroups },
      outcome: isLeft ? { type: 'left_alone', reason } : outcome,
    })
  }
  return await leaveGuarded(options, queries, planned)
}

/** Leaves alone who would change or get a name that needs two operators. */
async function leaveGuarded(
  { twoPeople }: ImportUsersOptions,
  queries: Queries,
  planned: readonly Planned[],
): Promise<Planned[]> {
  const identities = planned.map(({ outcome, existing, wanted }): NewIdentity => {
    if (outcome.type === 'new') return wanted
    if (outcome.type !== 'changed') return { user: existing, what: [] }
    const { email, attributes } = wanted
    return { user: existing, what: outcome.what, email, attributes }
  })
  const reasons = await twoPeople.explainAll(queries, identities)
  return planned.map((one, index) => {
    const reason = reasons[index]
    return reason === undefined ? one : { ...one, outcome: { type: 'left_alone', reason } }
  })
}

/** Why the import may not add or change a user; undefined: it may. */
function findOwner(
  { changesRoleHolders = false }: ImportUsersOptions,
  existing: User | undefined,
  elsewhere: string | undefined,
): string | undefined {
  const directory = /^directory:(.*)$/.exec(existing?.managedBy ?? '')?.[1]
  if (directory !== undefined) return `this user comes from the directory ${directory}`
  if (elsewhere !== undefined) return `the directory ${elsewhere} has this name`
  const role = existing?.role ?? 'user'
  return role === 'user' || changesRoleHolders
    ? undefined
    : `this user has the role ${role}; --with role-holders changes such users too`
}

/** If two users of a file would log in with the same address, the first one gets it. */
async function findNamesake(
  { directory: { findTakenName } }: ImportUsersOptions,
  queries: Queries,
  { wanted: { username, email }, existing }: Pick<Planned, 'wanted' | 'existing'>,
  addresses: Map<string, string>,
): Promise<string | undefined> {
  if (findTakenName === undefined) return undefined
  const names = existing ? listOtherNames(existing, { email }) : { username, email }
  if (names === undefined) return undefined
  const taken = await findTakenName(queries, names, existing?.id)
  if (taken !== undefined) return `another user logs in with ${taken}`
  const own = [names.username, names.email].flatMap((name) =>
    name?.includes('@') ? (canonicalUsername(name) ?? []) : [],
  )
  const claimed = own.find((address) => (addresses.get(address) ?? username) !== username)
  if (claimed !== undefined) return `another user of the file logs in with ${claimed}`
  for (const address of own) addresses.set(address, username)
  return undefined
}

function judgeNew(
  { setPassword }: Pick<Directory, 'setPassword'>,
  { username, passwordHash }: ImportedUser,
): ImportOutcome {
  if (hasMixedScripts(username)) return { type: 'refused', reason: `the name ${mixedScriptsText}` }
  if (passwordHash === undefined || setPassword !== undefined) return { type: 'new' }
  return { type: 'refused', reason: 'the directory of users has the passwords' }
}

async function compare(
  queries: Queries,
  existing: User,
  wanted: ImportedUser,
  newGroups: readonly string[],
): Promise<ImportOutcome> {
  const others = await findOtherAttributes(queries, existing.id, wanted.attributes)
  const what = [
    // The user already has this name; the file may only spell it differently.
    ...listChanged(existing, { displayName: wanted.displayName, email: wanted.email }),
    ...others.map((name) => `attribute:${name}`),
    ...newGroups.map((group) => `group:${group}`),
  ]
  return what.length === 0 ? { type: 'unchanged' } : { type: 'changed', what }
}

async function addNew(
  { users, audit }: ImportUsersOptions,
  tx: Transaction,
  actor: Administrator,
  planned: readonly Planned[],
): Promise<void> {
  const wanted = planned.filter(({ outcome }) => outcome.type === 'new').map((one) => one.wanted)
  const added = await users.createAll(
    tx,
    wanted.map(({ displayName, email = null, ...user }) => ({
      ...user,
      displayName: displayName ?? user.username,
      email,
    })),
  )
  const all = added.map(({ id, username }, index) => {
    const { attributes = new Map(), groups = [] } = wanted[index] ?? {}
    return { userId: id, username, attributes, groups }
  })
  await addAttributes(tx, all)
  await addMembers(
    tx,
    all.flatMap(({ userId, groups }) => groups.map((group) => ({ userId, group }))),
  )
  const by = auditName(actor)
  for (const { userId, username, groups } of all) {
    await audit.record(tx, userEvents.created, { userId, username, by })
    for (const group of groups) await audit.record(tx, userEvents.groupAdded, { userId, group, by })
  }
}

async function changeExisting(
  options: ImportUsersOptions,
  tx: Transaction,
  actor: Administrator,
  { wanted, existing: user, newGroups, outcome }: Planned,
): Promise<void> {
  if (user === undefined || outcome.type !== 'changed') return
  const { displayName, email, attributes } = wanted
  await changeFound(options, tx, actor, { user, changes: { displayName, email }, attributes })
  const members = newGroups.map((group) => ({ userId: user.id, group }))
  await addMembers(tx, members)
  for (const member of members)
    await options.audit.record(tx, userEvents.groupAdded, { ...member, by: auditName(actor) })
}

const maxTries = 4

/** If another command meanwhile adds a user with the same name, the batch is planned again and finds that user. */
async function retryWhenTaken<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'conflict') || tries === maxTries) throw error
    }
  }
}
