/** Finds the person whom a name or an id means, also if the user was removed, or if others have had the name. */
import { Fault } from '../../platform/kernel/fault.ts'
import { escapeControls } from '../../platform/kernel/text.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { createPseudonym } from '../audit/erase.ts'
import type { KeySource } from '../audit/keys.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { listNamings, toKey } from './name-periods.ts'

export interface KnownPerson {
  readonly userId: string
  /** `undefined`: the user has been removed. */
  readonly user: User | undefined
  /** In their canonical form. Rows of tables with these names are this user's, and nobody else's now. */
  readonly names: ReadonlySet<string>
}

export interface FindPersonOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find' | 'findByName' | 'findByNames'>
  /** With it, an erased user can also be found by the id. */
  readonly keyring?: KeySource
}

/**
 * Finds by a user name, or by the id of a user who may have been removed. An id means its user, even if another user has
 * it as a name. Throws Fault `not_found`, and Fault `conflict` when several removed users had the name, or a present user
 * had it.
 */
export async function findPerson(options: FindPersonOptions, name: string): Promise<KnownPerson> {
  const { db, users } = options
  const ofId = await users.find(db, name)
  const isId = ofId !== undefined || (await isIdInLog(db, name))
  const user = isId ? ofId : await users.findByName(db, name)
  if (user === undefined) return await findRemoved(options, name, isId)
  return { userId: user.id, user, names: await listFreeNames(options, user.id, listNames(user)) }
}

async function findRemoved(
  options: FindPersonOptions,
  name: string,
  isId: boolean,
): Promise<KnownPerson> {
  const { db, users } = options
  const key = toKey(name)
  const ids = new Map<string, Set<string>>()
  for await (const { userId, usernames } of listNamings(db)) {
    const keys = usernames.map(toKey)
    if (userId !== name && (isId || !keys.includes(key))) continue
    ids.set(userId, (ids.get(userId) ?? new Set()).union(new Set(keys)))
  }
  const [[userId, names] = [], ...others] = ids
  const shown = escapeControls(name)
  if (others.length > 0) {
    const list = [...ids.keys()].join(', ')
    throw new Fault(
      'conflict',
      `Several users had the name "${shown}": ${list}. Name one of them by this id.`,
    )
  }
  if (userId !== undefined && names !== undefined) {
    const renamed = await users.find(db, userId)
    if (renamed !== undefined)
      throw new Fault(
        'conflict',
        `The user who had the name "${shown}" is "${escapeControls(renamed.username)}" now: give that name.`,
      )
    return { userId, user: undefined, names: await listFreeNames(options, userId, names) }
  }
  if (await hasEvents(options, name)) return { userId: name, user: undefined, names: new Set() }
  throw new Fault(
    'not_found',
    `There is no user "${shown}", and the audit log has none who was removed.`,
  )
}

async function isIdInLog(db: Queries, name: string): Promise<boolean> {
  if (!name.startsWith('usr_')) return false
  for await (const { userId } of listNamings(db)) if (userId === name) return true
  return false
}

function listNames({ username, email }: User): Set<string> {
  const names = [username, email ?? ''].map(canonicalUsername)
  return new Set(names.filter((one) => one !== undefined))
}

/**
 * The names that no other user has. An address or an earlier name may now be another user's, whose rows must not be
 * touched.
 */
export async function listFreeNames(
  { db, users }: { readonly db: Queries; readonly users: Pick<Users, 'findByNames'> },
  userId: string,
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const holders = await users.findByNames(db, [...names])
  return new Set([...names].filter((name) => [undefined, userId].includes(holders.get(name)?.id)))
}

async function hasEvents({ db, keyring }: FindPersonOptions, userId: string): Promise<boolean> {
  if (!userId.startsWith('usr_')) return false
  const abouts = [userId, ...(keyring === undefined ? [] : [createPseudonym(keyring, userId)])]
  const row = await db
    .selectFrom('audit_events')
    .select('seq')
    .where('about', 'in', abouts)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
