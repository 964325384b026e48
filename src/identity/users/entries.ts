/**
 * Which users come from a directory, and which entry there belongs to each user. Owns these rows, and how a directory
 * updates the rows of its users: name, address, role, groups and attributes come from the directory, and its values
 * replace earlier ones. An entry is identified by its id and never by a name: a renamed person stays the same user, and a
 * person who gets another's name inherits nothing.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { Attributes } from './attributes.ts'
import { describeRenaming, userEvents } from './events.ts'
import { addToGroup, removeFromGroup } from './groups.ts'
import { changeAttributes, readAttributes } from './local/attributes.ts'
import { isWriteNew } from './password-writes.ts'
import {
  type EarlierPasswordState,
  findReplacements,
  isLater,
  notePasswordState,
  type PasswordReplacement,
  type PasswordState,
} from './replaced-passwords.ts'
import { findRow, nextVersion, toUser } from './rows.ts'
import { canonicalUsername, type Role, type User } from './user.ts'
import type { Users } from './users.ts'
import { replaceWords } from './words.ts'

/** What a directory says about a person. */
export interface DirectoryPerson {
  readonly directory: string
  readonly entryId: string
  /** The names that the person may have here, the best first. A login with any of them finds this entry, or nobody. */
  readonly usernames: readonly string[]
  readonly displayName: string
  readonly email: string | null
  /** Absent: operators give roles. */
  readonly role?: Role
  readonly groups: readonly string[]
  readonly attributes: Attributes
  readonly password: PasswordState
  /** What in the state of the password ends the earlier logins of the person. */
  readonly endsLogins: readonly PasswordReplacement[]
}

export interface EntryReference {
  readonly userId: Id<'user'>
  readonly directory: string
  readonly entryId: string
}

/**
 * The name of an entry where attempts are counted by name. Nobody can type it, and it belongs to one person only, even
 * before the first login.
 */
export const nameEntry = ({ directory, entryId }: Omit<EntryReference, 'userId'>): string =>
  `${directory}\0${entryId}`

const findOfUser = prepared((queries, at: Slots<{ userId: string }>) =>
  queries
    .selectFrom('directory_entries')
    .select(['directory', 'entry_id'])
    .where('user_id', '=', at.userId),
)

export async function findEntry(
  queries: Queries,
  userId: string,
): Promise<EntryReference | undefined> {
  const row = await findOfUser.first(queries, { userId })
  return row && { userId: userId as Id<'user'>, directory: row.directory, entryId: row.entry_id }
}

type EntryPlace = Omit<EntryReference, 'userId'>

const findUserAt = prepared((queries, at: Slots<EntryPlace>) =>
  queries
    .selectFrom('directory_entries')
    .innerJoin('users', 'users.id', 'directory_entries.user_id')
    .selectAll('users')
    .where('directory_entries.directory', '=', at.directory)
    .where('directory_entries.entry_id', '=', at.entryId),
)

export async function findUserOfEntry(
  queries: Queries,
  { directory, entryId }: EntryPlace,
): Promise<User | undefined> {
  const row = await findUserAt.first(queries, { directory, entryId })
  return row && toUser(row)
}

/** Throws Fault `not_allowed` for a user whose password, groups and attributes a directory has. */
export async function refuseElsewhere(queries: Queries, userId: string): Promise<void> {
  const entry = await findEntry(queries, userId)
  if (entry === undefined) return
  throw new Fault(
    'not_allowed',
    `This user comes from the directory ${entry.directory}. Change it there; nothing was changed here.`,
  )
}

export interface EntryOptions {
  readonly users: Pick<Users, 'create' | 'findByName' | 'findLocked'>
  readonly audit: Audit
}

/**
 * Makes the row of a new person, or updates it with what the directory says now.
 * @param now milliseconds since the epoch
 */
export async function savePerson(
  options: EntryOptions,
  tx: Transaction,
  person: DirectoryPerson,
  now: number,
): Promise<User> {
  const known = await findUserOfEntry(tx, person)
  const user =
    known === undefined
      ? await addPerson(options, tx, person, now)
      : await changePerson(options, tx, { person, user: known, now })
  await saveGroups(options, tx, user.id, person)
  await saveAttributes(tx, user.id, person.attributes)
  const row = await findRow.first(tx, { id: user.id })
  return row === undefined ? user : toUser(row)
}

const nameBy = ({ directory }: DirectoryPerson) => `directory:${directory}` as const

async function addPerson(
  { users, audit }: EntryOptions,
  tx: Transaction,
  person: DirectoryPerson,
  now: number,
): Promise<User> {
  const { directory, displayName, email, role = 'user' } = person
  const username = await takeName(audit, tx, { person, userId: undefined })
  const by = nameBy(person)
  const user = await users.create(tx, { username, displayName, email, role, managedBy: by })
  const { changedAt, mustChange } = person.password
  const entry = {
    ...{ user_id: user.id, directory, entry_id: person.entryId, checked_at: now },
    ...{
      password_set_at: changedAt ?? null,
      must_change: mustChange ? (1 as const) : (0 as const),
    },
  }
  await tx.insertInto('directory_entries').values(entry).execute()
  await tx
    .updateTable('users')
    .set({ password_changed_at: changedAt ?? null })
    .where('id', '=', user.id)
    .execute()
  await audit.record(tx, userEvents.created, { userId: user.id, username, by })
  return user
}

interface Change {
  readonly person: DirectoryPerson
  readonly user: User
  readonly now: number
}

async function changePerson(
  { users, audit }: EntryOptions,
  tx: Transaction,
  { person, user: { id }, now }: Change,
): Promise<User> {
  const user = (await users.findLocked(tx, id)) as User
  const { isBeingWritten, replacements } = await look(tx, { person, user, now })
  const { displayName, email, role = user.role } = person
  const { changedAt } = person.password
  const username = await takeName(audit, tx, { person, userId: id })
  const next = { username, displayName, email, role }
  const what = listChanged(user, next)
  const isNewPassword = replacements.includes('new_password')
  // The password that was called into question here has been replaced.
  const isGoodAgain =
    user.passwordChangeRequired &&
    !isBeingWritten &&
    (user.passwordQuestionedAt === null
      ? isNewPassword
      : isLater(changedAt, user.passwordQuestionedAt))
  if (what.length === 0 && replacements.length === 0 && !isGoodAgain) return user
  const names = {
    username_key: canonicalUsername(username) ?? person.entryId,
    display_name: displayName,
    email,
  }
  await tx
    .updateTable('users')
    .set({
      username,
      ...names,
      role,
      ...(isNewPassword && { password_changed_at: changedAt }),
      ...(isGoodAgain && { password_change_required: 0 as const }),
      ...((replacements.length > 0 || isGoodAgain) && { credential_version: nextVersion }),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
  if (what.length > 0) {
    await replaceWords(tx, { id, ...names })
    const renaming = describeRenaming(what, user.username, username)
    await audit.record(tx, userEvents.changed, {
      ...{ userId: id, what, by: nameBy(person) },
      ...renaming,
    })
  }
  return user
}

/** Notes the look at the entry, and what is new about the password in it. */
async function look(
  tx: Transaction,
  { person: { password, endsLogins }, user, now }: Change,
): Promise<{
  readonly isBeingWritten: boolean
  readonly replacements: readonly PasswordReplacement[]
}> {
  const entry = await tx
    .updateTable('directory_entries')
    .set({ checked_at: now })
    .where('user_id', '=', user.id)
    .returning(['write_began_at', 'password_set_at', 'must_change'])
    .executeTakeFirst()
  // Einlass itself is changing the password, so the directory shows a half of that change.
  if (isWriteNew(entry?.write_began_at, now)) return { isBeingWritten: true, replacements: [] }
  const before: EarlierPasswordState = entry ?? { password_set_at: null, must_change: 0 }
  const replacements = findReplacements(password, before, user.passwordChangedAt)
  const isEnding = replacements.some((one) => endsLogins.includes(one))
  const endsBefore = isEnding ? now : undefined
  await notePasswordState(tx, user.id, { password, before, endsBefore })
  return { isBeingWritten: false, replacements }
}

function listChanged(
  user: User,
  next: Pick<User, 'username' | 'displayName' | 'email' | 'role'>,
): string[] {
  return [
    ...(next.username === user.username ? [] : ['username']),
    ...(next.displayName === user.displayName ? [] : ['display_name']),
    ...(next.email === user.email ? [] : ['email']),
    ...(next.role === user.role ? [] : ['role']),
  ]
}

/**
 * The username that the person gets: the first of their names that no local user has. If a user of a directory has it,
 * that user gives it up: they were renamed or removed there, or come from a directory of lower priority.
 */
async function takeName(
  audit: Audit,
  tx: Transaction,
  { person, userId }: { readonly person: DirectoryPerson; readonly userId: string | undefined },
): Promise<string> {
  for (const name of person.usernames) {
    const other = await findOther(tx, name)
    if (other === undefined || other.id === userId) return name
    if (other.directory === null || other.entry_id === null) continue
    const qualifier = `${other.directory}\\`
    const freed = `${name.startsWith(qualifier) ? name : qualifier + name}\\${other.entry_id}`
    await tx
      .updateTable('users')
      .set({ username: freed, username_key: canonicalUsername(freed) ?? freed })
      .where('id', '=', other.id)
      .execute()
    await audit.record(tx, userEvents.changed, {
      ...{ userId: other.id, what: ['username'], by: nameBy(person) },
      ...{ formerUsername: other.username, username: freed },
    })
    return name
  }
  return person.entryId
}

async function findOther(tx: Transaction, name: string) {
  const key = canonicalUsername(name)
  if (key === undefined) return undefined
  return await tx
    .selectFrom('users')
    .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
    .select([
      'users.id',
      'users.username',
      'directory_entries.directory',
      'directory_entries.entry_id',
    ])
    .where('users.username_key', '=', key)
    .executeTakeFirst()
}

async function saveGroups(
  { audit }: EntryOptions,
  tx: Transaction,
  userId: Id<'user'>,
  person: DirectoryPerson,
): Promise<void> {
  const rows = await tx
    .selectFrom('user_groups')
    .select('name')
    .where('user_id', '=', userId)
    .execute()
  const before = new Set(rows.map(({ name }) => name))
  const after = new Set(person.groups)
  const by = nameBy(person)
  for (const group of after) {
    if (before.has(group)) continue
    await addToGroup(tx, userId, group)
    await audit.record(tx, userEvents.groupAdded, { userId, group, by })
  }
  for (const group of before) {
    if (after.has(group)) continue
    await removeFromGroup(tx, userId, group)
    await audit.record(tx, userEvents.groupRemoved, { userId, group, by })
  }
}

async function saveAttributes(
  tx: Transaction,
  userId: Id<'user'>,
  attributes: Attributes,
): Promise<void> {
  const before = await readAttributes(tx, userId)
  const gone = [...before.keys()].filter((name) => !attributes.has(name))
  await changeAttributes(
    tx,
    userId,
    new Map([...attributes, ...gone.map((name) => [name, []] as const)]),
  )
}

/** The names of all directories with users here. Each name costs one look into the index. */
export async function listDirectories(queries: Queries): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const next = await queries
      .selectFrom('directory_entries')
      .select('directory')
      .where('directory', '>', names.at(-1) ?? '')
      .orderBy('directory')
      .limit(1)
      .executeTakeFirst()
    if (next === undefined) return names
    names.push(next.directory)
  }
}
