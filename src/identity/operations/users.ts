/**
 * The operations on users and their groups: one function for each, with its rule and its audit event; its type says who
 * may call it. Callers name a user by login name in any spelling; each function throws Fault `not_found` when nobody has
 * it.
 *
 *   const { sessionsEnded } = await operations.disableUser(administrator, 'erika')
 */

import { Fault } from '../../platform/kernel/fault.ts'
import { escapeControls } from '../../platform/kernel/text.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { Throttle } from '../limits/throttle.ts'
import type { Notify } from '../notify/notice.ts'
import { listEnteredIn } from '../sessions/participants.ts'
import type { AttributeChanges, Attributes } from '../users/attributes.ts'
import type { Directory, WantedNames } from '../users/directory.ts'
import { refuseElsewhere } from '../users/entries.ts'
import { describeRenaming, userEvents } from '../users/events.ts'
import { addToGroup, removeFromGroup } from '../users/groups.ts'
import { changeAttributes } from '../users/local/attributes.ts'
import { refuseMixedScripts } from '../users/mixed-scripts.ts'
import { userNotices } from '../users/notices.ts'
import { findSimilarName } from '../users/similar.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import type { NewUser, Users } from '../users/users.ts'
import { type Administrator, auditName, type Provisioner } from './actor.ts'
import type { Ended, Logins } from './logins.ts'
import { refuseKnownNames, refuseTakenNames, withFreeNames } from './names-elsewhere.ts'
import type { TwoPeople } from './two-people-names.ts'

export interface UserOperationsOptions {
  readonly db: Database
  readonly users: Users
  readonly directory: Pick<
    Directory,
    'setPassword' | 'findNamesElsewhere' | 'findTakenName' | 'passwordReset' | 'checkAccount'
  >
  readonly logins: Logins
  readonly throttle: Pick<Throttle, 'clear' | 'check'>
  readonly notify: Notify
  readonly audit: Audit
  readonly twoPeople: TwoPeople
}

/** Only named fields change. `email: null` removes the address; an attribute without a value is removed. */
export interface UserChanges {
  readonly username?: string | undefined
  readonly displayName?: string | undefined
  readonly email?: string | null | undefined
  readonly attributes?: AttributeChanges | undefined
}

export interface AddedUser extends NewUser {
  readonly attributes?: Attributes
}

export interface Membership {
  readonly username: string
  readonly group: string
  readonly changed: boolean
}

export type UserOperations = ReturnType<typeof createUserOperations>

export function createUserOperations(options: UserOperationsOptions) {
  return { ...createAccountOperations(options), ...createGroupOperations(options) }
}

function createAccountOperations(options: UserOperationsOptions) {
  const { db, users, directory, audit } = options
  return {
    /**
     * Throws Fault `bad_request` for a name of mixed scripts, `conflict` when the name is taken in any spelling, `not_allowed` for a password when the directory has
     * the passwords.
     */
    async addUser(actor: Administrator, { attributes, ...user }: AddedUser): Promise<User> {
      refuseMixedScripts(user.username)
      await refuseKnownNames(options, user)
      return await transact(db, async (tx) => {
        if (user.passwordHash !== undefined || user.passwordChangeRequired === true)
          requireSetPassword(directory)
        await refuseTakenNames(options, tx, user)
        await options.twoPeople.refuseIdentity(tx, { ...user, attributes })
        const added = await users.create(tx, user)
        const { id: userId, username } = added
        if (attributes !== undefined) await changeAttributes(tx, userId, attributes)
        await audit.record(tx, userEvents.created, { userId, username, by: auditName(actor) })
        return added
      })
    },

    /** A mail to the earlier address says that it is no longer used. */
    changeUser: (
      actor: Administrator,
      name: string,
      { attributes = new Map(), ...changes }: UserChanges,
    ): Promise<User> =>
      withFreeNames(options, refuseKnownNames, (requireAsked) =>
        transact(db, async (tx) => {
          const user = await findUser(users, tx, name)
          await refuseElsewhere(tx, user.id)
          const names = listOtherNames(user, changes)
          if (names !== undefined) {
            requireAsked(names)
            await refuseTakenNames(options, tx, names, user.id)
          }
          return (await changeFound(options, tx, actor, { user, changes, attributes })) ?? user
        }),
      ),

    /** From now on the user cannot log in. Throws Fault `not_allowed` for the last administrator. */
    disableUser: (actor: Administrator, name: string) =>
      transact(db, async (tx) => {
        const user = await findUser(users, tx, name)
        const { changed, ids } = await disableFound(options, tx, actor, user)
        const apps = await listEnteredIn(tx, ids)
        return { username: user.username, changed, sessionsEnded: ids.length, apps }
      }),

    enableUser: (actor: Administrator, name: string) =>
      transact(db, async (tx) => {
        const user = await findUser(users, tx, name)
        return { username: user.username, changed: await enableFound(options, tx, actor, user) }
      }),

    /**
     * Removes the user with all their data; the audit log keeps its events. Throws Fault `not_allowed` for the last
     * administrator.
     */
    removeUser: (actor: Administrator, name: string) =>
      transact(db, async (tx) => {
        const { id, username } = await findUser(users, tx, name)
        const { ids } = await removeFound(options, tx, actor, { id, username })
        const apps = await listEnteredIn(tx, ids)
        return { username, id, removed: true, sessionsEnded: ids.length, apps }
      }),
  }
}

/**
 * Changes only the members of groups; the rules of apps define the meaning of a group. `changed`: whether the call
 * changed anything.
 */
function createGroupOperations({ db, users, audit }: UserOperationsOptions) {
  return {
    addToGroup: (actor: Administrator, name: string, group: string): Promise<Membership> =>
      transact(db, async (tx) => {
        const { id: userId, username } = await findUser(users, tx, name)
        await refuseElsewhere(tx, userId)
        const changed = await addToGroup(tx, userId, group)
        if (changed)
          await audit.record(tx, userEvents.groupAdded, { userId, group, by: auditName(actor) })
        return { username, group, changed }
      }),

    removeFromGroup: (actor: Administrator, name: string, group: string): Promise<Membership> =>
      transact(db, async (tx) => {
        const { id: userId, username } = await findUser(users, tx, name)
        await refuseElsewhere(tx, userId)
        const changed = await removeFromGroup(tx, userId, group)
        if (changed)
          await audit.record(tx, userEvents.groupRemoved, { userId, group, by: auditName(actor) })
        return { username, group, changed }
      }),
  }
}

/** Throws Fault `not_allowed` when the directory has the passwords: nobody could log in with one that is set here. */
export function requireSetPassword({
  setPassword,
}: Pick<Directory, 'setPassword'>): NonNullable<Directory['setPassword']> {
  if (setPassword !== undefined) return setPassword
  throw new Fault(
    'not_allowed',
    'The directory of users has the passwords. Set them there; nothing was changed here.',
  )
}

/** As above, but also accepts directories elsewhere that let Einlass set passwords. */
export function requireWritablePasswords(
  directory: Pick<Directory, 'setPassword' | 'passwordReset'>,
): void {
  if (directory.passwordReset === undefined) requireSetPassword(directory)
}

type EndOptions = Pick<UserOperationsOptions, 'users' | 'logins' | 'audit'>

/** `changed`: the user was not disabled before. Throws Fault `not_allowed` for the last administrator. */
export async function disableFound(
  { users, logins, audit }: EndOptions,
  tx: Transaction,
  actor: Administrator | Provisioner,
  user: Pick<User, 'id' | 'username'>,
): Promise<{ readonly changed: boolean } & Ended> {
  await refuseLastAdmin(users, tx, user)
  const { id: userId } = user
  const changed = await users.disable(tx, userId)
  if (changed) await audit.record(tx, userEvents.disabled, { userId, by: auditName(actor) })
  return { changed, ...(await logins.endAll(tx, { userId, reason: 'user_disabled' })) }
}

/** `false`: the user was not disabled. */
export async function enableFound(
  { users, audit }: Pick<EndOptions, 'users' | 'audit'>,
  tx: Transaction,
  actor: Administrator | Provisioner,
  { id: userId }: Pick<User, 'id'>,
): Promise<boolean> {
  const changed = await users.enable(tx, userId)
  if (changed) await audit.record(tx, userEvents.enabled, { userId, by: auditName(actor) })
  return changed
}

/** Throws Fault `not_allowed` for the last administrator. */
export async function removeFound(
  { users, logins, audit }: EndOptions,
  tx: Transaction,
  actor: Administrator | Provisioner,
  user: Pick<User, 'id' | 'username'>,
): Promise<Ended> {
  await refuseLastAdmin(users, tx, user)
  const { id: userId, username } = user
  const ended = await logins.endAll(tx, { userId, reason: 'user_removed', isRemoval: true })
  await users.remove(tx, userId)
  await audit.record(tx, userEvents.removed, { userId, username, by: auditName(actor) })
  return ended
}

type ChangeOptions = Pick<UserOperationsOptions, 'users' | 'notify' | 'audit' | 'twoPeople'>

/**
 * `undefined`: nothing differed, so nothing was written. Throws Fault `not_allowed` for names that need two operators: a
 * link for a new password goes to the address of the user, for example.
 */
export async function changeFound(
  { users, notify, audit, twoPeople }: ChangeOptions,
  tx: Transaction,
  actor: Administrator | Provisioner,
  { user, changes, attributes }: FoundChanges,
): Promise<User | undefined> {
  const { id: userId } = user
  const before = await users.findLocked(tx, userId)
  const names = await changeAttributes(tx, userId, attributes)
  const what = [...listChanged(user, changes), ...names.map((one) => `attribute:${one}`)]
  if (what.length === 0) return undefined
  if (what.includes('username')) refuseMixedScripts(changes.username ?? '')
  await twoPeople.refuseIdentity(tx, { user, what, ...changes, attributes })
  if (what.includes('email')) await notify(tx, userNotices.emailChanged, { userId })
  const changed = await users.change(tx, userId, changes)
  const renaming = describeRenaming(what, (before ?? user).username, changed.username)
  await audit.record(tx, userEvents.changed, { userId, what, ...renaming, by: auditName(actor) })
  return changed
}

interface FoundChanges {
  readonly user: User
  readonly changes: Omit<UserChanges, 'attributes'>
  readonly attributes: AttributeChanges
}

/** Throws Fault `not_found` when nobody has the name. */
export async function findUser(
  users: Pick<Users, 'findByName'>,
  queries: Queries,
  name: string,
): Promise<User> {
  const user = await users.findByName(queries, name)
  if (user !== undefined) return user
  const meant = await findSimilarName(queries, name)
  const hint = meant === undefined ? '' : ` Did you mean ${escapeControls(meant)}?`
  throw new Fault('not_found', `There is no user "${escapeControls(name)}".${hint}`)
}

/** Throws Fault `not_allowed` for the only administrator who can log in. Until the transaction ends, another one remains. */
async function refuseLastAdmin(
  users: Users,
  tx: Transaction,
  user: Pick<User, 'id' | 'username'>,
): Promise<void> {
  if (!(await users.isLastAdmin(tx, user.id))) return
  throw new Fault(
    'not_allowed',
    `${user.username} is the only administrator who can log in, so nothing was changed. Add another one first (einlass user add NAME --admin) or enable one.`,
  )
}

/** The login names that really change, not only in spelling; undefined: none does. */
export function listOtherNames(user: User, wanted: WantedNames): WantedNames | undefined {
  const isSame = (one: string | null | undefined, other: string | null) =>
    one == null || canonicalUsername(one) === canonicalUsername(other ?? '')
  const [username, email] = [
    isSame(wanted.username, user.username) ? undefined : wanted.username,
    isSame(wanted.email, user.email) ? undefined : wanted.email,
  ]
  return username === undefined && email === undefined ? undefined : { username, email }
}

/** The names of the changed fields, as the audit log has them. */
export function listChanged(user: User, { username, displayName, email }: UserChanges): string[] {
  return [
    ...(username !== undefined && username !== user.username ? ['username'] : []),
    ...(displayName !== undefined && displayName !== user.displayName ? ['display_name'] : []),
    ...(email !== undefined && email !== user.email ? ['email'] : []),
  ]
}
