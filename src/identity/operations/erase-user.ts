/**
 * Erases a user: all rows that are theirs, and what names them in the audit log. Owns who is meant, also where the user was removed
 * before or others have had the name, and the order: the user goes first, so that little is written of them meanwhile.
 */
import { sql } from 'kysely'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { escapeControls } from '../../platform/kernel/text.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { createPseudonym, type ErasedEvents, eraseFromTrail } from '../audit/erase.ts'
import { createEraseFacts, type ErasedPerson } from '../audit/erased-facts.ts'
import type { EventType } from '../audit/event.ts'
import type { KeySource } from '../audit/keys.ts'
import { listAudit } from '../audit/list.ts'
import { listEnteredIn } from '../sessions/participants.ts'
import { userEvents } from '../users/events.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { type Administrator, auditName } from './actor.ts'
import type { Ended } from './logins.ts'

export interface EraseUserOptions {
  readonly db: Database
  readonly users: Users
  /** Removes the user, with a rule for who may be removed. */
  readonly remove: (
    tx: Transaction,
    actor: Administrator,
    user: User,
  ) => Promise<Pick<Ended, 'ids'>>
  readonly audit: Audit
  readonly keyring: KeySource
  readonly random: Random
  /** Of which some have facts in the words of a person. */
  readonly eventTypes: readonly EventType[]
}

/** Who is to be erased. */
export interface Erasable {
  readonly userId: string
  /** `undefined`: the user was removed before. */
  readonly user: User | undefined
  /** In their canonical form. */
  readonly names: ReadonlySet<string>
}

export interface ErasedUser extends ErasedEvents {
  readonly userId: string
  readonly pseudonym: string
  readonly sessionsEnded: number
  /** Ids of the apps in which the user was logged in. */
  readonly apps: Awaited<ReturnType<typeof listEnteredIn>>
}

type Life = Pick<ErasedPerson, 'from' | 'to'>

/**
 * By a user name, or by the id of a user who may have been removed.
 * Throws Fault `not_found`, and Fault `conflict` where several removed users had the name.
 */
export async function findErasable(
  { db, users }: Pick<EraseUserOptions, 'db' | 'users'>,
  name: string,
): Promise<Erasable> {
  const user = (await users.findByName(db, name)) ?? (await users.find(db, name))
  if (user !== undefined) {
    const names = [user.username, user.email ?? ''].map(canonicalUsername)
    return { userId: user.id, user, names: new Set(names.filter((one) => one !== undefined)) }
  }
  const key = canonicalUsername(name)
  const ids = new Map<string, Set<string>>()
  for await (const { userId, username } of listNamings(db)) {
    if (userId !== name && username !== key) continue
    ids.set(userId, (ids.get(userId) ?? new Set()).add(username))
  }
  const [[userId, names] = [], ...others] = ids
  if (userId !== undefined && names !== undefined && others.length === 0)
    return { userId, user, names }
  const shown = escapeControls(name)
  if (others.length > 0) {
    const list = [...ids.keys()].join(', ')
    throw new Fault(
      'conflict',
      `Several users who were removed had the name "${shown}": ${list}. Name one of them by this id.`,
    )
  }
  if (await hasEvents(db, name)) return { userId: name, user, names: new Set() }
  throw new Fault(
    'not_found',
    `There is no user "${shown}", and the audit log has none who was removed.`,
  )
}

/** Events that say which name a user had. */
async function* listNamings(db: Queries) {
  const types = [userEvents.created.type, userEvents.removed.type]
  for await (const events of listAudit(db, { types })) {
    for (const { seq, type, data } of events) {
      const { userId, username } = data
      if (typeof userId !== 'string' || typeof username !== 'string') continue
      yield { seq, type, userId, username: canonicalUsername(username) ?? '' }
    }
  }
}

async function hasEvents(queries: Queries, userId: string): Promise<boolean> {
  if (!userId.startsWith('usr_')) return false
  const row = await queries
    .selectFrom('audit_events')
    .select('seq')
    .where('about', '=', userId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Where the names are those of this user: from their addition on, until another one was added with one of them. */
async function findLife(db: Queries, { userId, names }: Erasable): Promise<Life> {
  let life: Life = { from: 0, to: Number.MAX_SAFE_INTEGER }
  for await (const naming of listNamings(db)) {
    if (naming.type !== userEvents.created.type) continue
    if (naming.userId === userId) life = { ...life, from: naming.seq }
    else if (names.has(naming.username) && naming.seq > life.from && life.from > 0)
      return { ...life, to: naming.seq - 1 }
  }
  return life
}

export function createEraseUser(options: EraseUserOptions) {
  const { db, audit, keyring, random, eventTypes } = options
  const eraseFacts = createEraseFacts(eventTypes)

  /**
   * Once more after an interruption finishes it. Throws Fault `not_allowed` for the last administrator.
   * @param erasable with further names that the user had
   */
  return async (actor: Administrator, erasable: Erasable): Promise<ErasedUser> => {
    const { userId, names } = erasable
    const life = await findLife(db, erasable)
    const pseudonym = createPseudonym(keyring, userId)
    const ended = await transact(db, (tx) =>
      removeRows(options, tx, { actor, erasable, pseudonym }),
    )
    const isName = (username: string) => names.has(canonicalUsername(username) ?? '')
    const erased = await eraseFromTrail(
      { db, random, keyring, audit, eraseFacts },
      { userId, isName, ...life, pseudonym },
      auditName(actor),
    )
    return { userId, pseudonym, ...ended, ...erased }
  }
}

interface Removal {
  readonly actor: Administrator
  readonly erasable: Erasable
  readonly pseudonym: string
}

async function removeRows(
  options: EraseUserOptions,
  tx: Transaction,
  { actor, erasable: { user, userId, names }, pseudonym }: Removal,
) {
  const { ids } = user === undefined ? { ids: [] } : await options.remove(tx, actor, user)
  const apps = await listEnteredIn(tx, ids)
  await removeQueued(tx, userId, user)
  if (names.size > 0)
    await tx
      .deleteFrom('reset_requests')
      .where('name', 'in', [...names])
      .execute()
  await renameOperator(tx, userId, pseudonym)
  return { sessionsEnded: ids.length, apps }
}

/** What refers to a user in a text. Ids are of letters and digits and an underscore, so no pattern matches more. */
async function removeQueued(
  tx: Transaction,
  userId: string,
  user: User | undefined,
): Promise<void> {
  const pattern = `%${userId.replaceAll('_', '!_')}%`
  await tx
    .deleteFrom('one_time_links')
    .where(sql<boolean>`subject like ${pattern} escape '!'`)
    .execute()
  await tx.deleteFrom('event_queue').where(sql<boolean>`body like ${pattern} escape '!'`).execute()
  if (user === undefined) return
  const rows = await tx
    .selectFrom('event_queue')
    .select(['id', 'body'])
    .where('body', 'is not', null)
    .execute()
  const name = JSON.stringify(user.username)
  const named = rows.filter(({ body }) => body?.includes(name)).map(({ id }) => id)
  if (named.length > 0) await tx.deleteFrom('event_queue').where('id', 'in', named).execute()
}

/** In what the user did to others as an operator. */
async function renameOperator(tx: Transaction, userId: string, pseudonym: string): Promise<void> {
  for (const column of ['issued_by', 'requested_by'] as const)
    await tx
      .updateTable('desk_passes')
      .set({ [column]: pseudonym })
      .where(column, '=', userId)
      .execute()
  for (const column of ['requested_by', 'requester'] as const)
    await tx
      .updateTable('desk_pass_requests')
      .set({ [column]: pseudonym })
      .where(column, '=', userId)
      .execute()
  await tx
    .updateTable('provisioning_tokens')
    .set({ created_by: pseudonym })
    .where('created_by', '=', userId)
    .execute()
  await tx
    .updateTable('registration_tokens')
    .set({ issued_by: pseudonym })
    .where('issued_by', '=', userId)
    .execute()
}
