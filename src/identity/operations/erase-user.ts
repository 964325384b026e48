/**
 * Erases a user: all rows that are theirs, and everything in the audit log that names them. Owns the order: the user is
 * removed first, so that little is written about them meanwhile.
 */
import { sql } from 'kysely'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { createPseudonym, type ErasedEvents, eraseFromTrail, hashName } from '../audit/erase.ts'
import { createEraseFacts } from '../audit/erased-facts.ts'
import type { EventType } from '../audit/event.ts'
import type { KeySource } from '../audit/keys.ts'
import { listEnteredIn } from '../sessions/participants.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { type Administrator, auditName } from './actor.ts'
import { likeId } from './export-user.ts'
import { type KnownPerson, listFreeNames } from './find-person.ts'
import type { Ended } from './logins.ts'
import { readNameHistory } from './name-periods.ts'

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
  /** Some of them have facts that a person has written. */
  readonly eventTypes: readonly EventType[]
}

/** Earlier names of the user, for times when the log has no name. */
export interface EarlierNames {
  /** In their canonical form. */
  readonly names: ReadonlySet<string>
  /** Hashes of further names, from an erasure that is repeated. */
  readonly hashes: ReadonlySet<string>
}

const noNames: EarlierNames = { names: new Set(), hashes: new Set() }

export interface ErasedUser extends ErasedEvents {
  readonly userId: string
  readonly pseudonym: string
  readonly sessionsEnded: number
  /** Ids of the apps in which the user was logged in. */
  readonly apps: Awaited<ReturnType<typeof listEnteredIn>>
}

export function createEraseUser(options: EraseUserOptions) {
  const { db, audit, keyring, random, eventTypes } = options
  const eraseFacts = createEraseFacts(eventTypes)

  /** Call it again after an interruption to finish the erasure. Throws Fault `not_allowed` for the last administrator. */
  return async (
    actor: Administrator,
    known: KnownPerson,
    earlier: EarlierNames = noNames,
  ): Promise<ErasedUser> => {
    const { userId } = known
    const person = { ...known, names: known.names.union(earlier.names) }
    const hashes = new Set(earlier.hashes)
    for (const name of earlier.names) hashes.add(hashName(keyring, name))
    const pseudonym = createPseudonym(keyring, userId)
    const ended = await transact(db, (tx) => removeRows(options, tx, { actor, person, pseudonym }))
    const { names } = earlier
    const hasEarlier = (name: string) => hashes.size > 0 && hashes.has(hashName(keyring, name))
    // Reads after the removal, because its event ends the period of the last name. A restore writes no such event.
    const { judge } = await readNameHistory(options, {
      ...{ userId, pseudonym, username: known.user?.username },
      earlier: { names, has: hasEarlier },
    })
    const erased = await eraseFromTrail(
      { db, random, keyring, audit, eraseFacts },
      { userId, judge, nameHashes: [...hashes], pseudonym },
      auditName(actor),
    )
    return { userId, pseudonym, ...ended, ...erased }
  }
}

interface Removal {
  readonly actor: Administrator
  readonly person: KnownPerson
  readonly pseudonym: string
}

async function removeRows(
  options: EraseUserOptions,
  tx: Transaction,
  { actor, person: { user, userId, names }, pseudonym }: Removal,
) {
  const { ids } = user === undefined ? { ids: [] } : await options.remove(tx, actor, user)
  const apps = await listEnteredIn(tx, ids)
  await removeQueued(tx, userId, user)
  const free = await listFreeNames({ db: tx, users: options.users }, userId, names)
  if (free.size > 0)
    await tx
      .deleteFrom('reset_requests')
      .where('name', 'in', [...free])
      .execute()
  await renameOperator(tx, userId, pseudonym)
  return { sessionsEnded: ids.length, apps }
}

/**
 * Removes rows that refer to the user in a text. Ids consist of letters, digits and an underscore, so the pattern matches
 * nothing else.
 */
async function removeQueued(
  tx: Transaction,
  userId: string,
  user: User | undefined,
): Promise<void> {
  const pattern = likeId(userId)
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
  const name = `"username":${JSON.stringify(user.username)}`
  const named = rows.filter(({ body }) => body?.includes(name)).map(({ id }) => id)
  if (named.length > 0) await tx.deleteFrom('event_queue').where('id', 'in', named).execute()
}

/** Replaces the id in rows of what the user did to others as an operator. */
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
