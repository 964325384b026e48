/** Who is meant by a name or an id, also where the user was removed before, or others have had the name. */
import { Fault } from '../../platform/kernel/fault.ts'
import { escapeControls } from '../../platform/kernel/text.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { ErasedPerson } from '../audit/erased-facts.ts'
import { listAudit } from '../audit/list.ts'
import { userEvents } from '../users/events.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import type { Users } from '../users/users.ts'

export interface KnownPerson {
  readonly userId: string
  /** `undefined`: the user was removed before. */
  readonly user: User | undefined
  /** In their canonical form. */
  readonly names: ReadonlySet<string>
}

export type Life = Pick<ErasedPerson, 'from' | 'to'>

/**
 * By a user name, or by the id of a user who may have been removed.
 * Throws Fault `not_found`, and Fault `conflict` where several removed users had the name.
 */
export async function findPerson(
  { db, users }: { readonly db: Database; readonly users: Pick<Users, 'find' | 'findByName'> },
  name: string,
): Promise<KnownPerson> {
  const user = (await users.findByName(db, name)) ?? (await users.find(db, name))
  if (user !== undefined) {
    return { userId: user.id, user, names: await listNames({ db, users }, user) }
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

/** An address may be the name of another user, whose events are not touched. */
async function listNames(
  { db, users }: { readonly db: Database; readonly users: Pick<Users, 'findByName'> },
  { id, username, email }: User,
): Promise<Set<string>> {
  const address = canonicalUsername(email ?? '')
  const holder = address === undefined ? undefined : await users.findByName(db, address)
  const isOther = holder !== undefined && holder.id !== id
  const names = [canonicalUsername(username), isOther ? undefined : address]
  return new Set(names.filter((one) => one !== undefined))
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
export async function findLife(db: Queries, { userId, names }: KnownPerson): Promise<Life> {
  // 0: the event of the addition was deleted by age, and those of earlier users with the name before it.
  let from = 0
  const others: number[] = []
  for await (const naming of listNamings(db)) {
    if (naming.type !== userEvents.created.type) continue
    if (naming.userId === userId) from = naming.seq
    else if (names.has(naming.username)) others.push(naming.seq)
  }
  const next = others.find((seq) => seq > from)
  return { from, to: next === undefined ? Number.MAX_SAFE_INTEGER : next - 1 }
}
