/**
 * Names of members of groups that require two operators: the values by which a login or an app identifies a person. If one
 * operator, or a system that provisions users, could move such a value to another user, that user would be the member in
 * an app. Owns which values identify a person, and that nobody alone changes them at a member or gives them to another
 * user. two-people.ts owns who the members are.
 */
import { sql } from 'kysely'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { AttributeChanges } from '../users/attributes.ts'
import { canonicalUsername, type User } from '../users/user.ts'
import {
  createRefuseAlone,
  findGuardedGroup,
  outOfGroup,
  type TwoPeopleOptions,
} from './two-people.ts'

/** Attributes by which apps identify people. */
export const identifyingAttributes: readonly string[] = [
  ...['upn', 'sid', 'samAccountName', 'employeeNumber'],
]

/** The values of a user that are new or changed. */
export interface NewIdentity {
  /** Absent: a new user. */
  readonly user?: Pick<User, 'id' | 'username'> | undefined
  /** What changes, as the audit log has it: `email`, `attribute:upn`. Only for a known user. */
  readonly what?: readonly string[]
  readonly username?: string | undefined
  readonly email?: string | null | undefined
  readonly attributes?: AttributeChanges | undefined
}

export interface TwoPeople {
  /** Throws Fault `not_allowed`. Call it in the transaction of the change. */
  refuseIdentity(queries: Queries, identity: NewIdentity): Promise<void>
  /** Throws Fault `not_allowed` for a member. @param act as in `RefuseAlone` */
  refuseMember(queries: Queries, user: Pick<User, 'id' | 'username'>, act: string): Promise<void>
  /** Why each of these is refused, in their order; undefined: it is not. */
  explainAll(
    queries: Queries,
    identities: readonly NewIdentity[],
  ): Promise<readonly (string | undefined)[]>
  /** Whether members of the group require two operators. */
  isGuarded(group: string): boolean
}

export function createTwoPeople(options: TwoPeopleOptions): TwoPeople {
  const guarded = options.config.service_desk.two_people_groups
  const refuseAlone = createRefuseAlone(options)
  const explainAll = async (queries: Queries, identities: readonly NewIdentity[]) => {
    if (guarded.length === 0) return identities.map(() => undefined)
    const holders = await findHolders(queries, guarded, identities.flatMap(listValues))
    const reasons: (string | undefined)[] = []
    for (const one of identities)
      reasons.push((await explainOwn(options, queries, one)) ?? explainMoved(holders, one))
    return reasons
  }
  return {
    explainAll,
    async refuseIdentity(queries, identity) {
      const [reason] = await explainAll(queries, [identity])
      if (reason !== undefined) throw new Fault('not_allowed', reason)
    },
    refuseMember: (queries, user, act) => refuseAlone(queries, user, { act, instead: outOfGroup }),
    isGuarded: (group) => guarded.includes(group),
  }
}

const words: Readonly<Record<string, string>> = {
  username: 'their username',
  email: 'their e-mail address',
}

/** The identifying ones of these changes, in words. */
function listIdentifying(what: readonly string[]): string[] {
  return what.flatMap((one) => {
    const attribute = /^attribute:(.*)$/.exec(one)?.[1] ?? ''
    if (identifyingAttributes.includes(attribute)) return [`their attribute ${attribute}`]
    return words[one] ?? []
  })
}

async function explainOwn(
  options: TwoPeopleOptions,
  queries: Queries,
  { user, what = [] }: NewIdentity,
): Promise<string | undefined> {
  const changed = listIdentifying(what)
  if (user === undefined || changed.length === 0) return undefined
  const group = await findGuardedGroup(options, queries, user)
  if (group === undefined) return undefined
  const act = `change ${changed.join(' or ')}`
  return `${user.username} is a member of ${group} (service_desk.two_people_groups), so one operator alone does not ${act}. ${outOfGroup}`
}

interface Holder {
  readonly userId: string
  readonly group: string
}

type Holders = ReadonlyMap<string, readonly Holder[]>

function explainMoved(holders: Holders, identity: NewIdentity): string | undefined {
  const { user } = identity
  for (const value of listValues(identity)) {
    const holder = holders.get(value)?.find(({ userId }) => userId !== user?.id)
    if (holder === undefined) continue
    return `${JSON.stringify(value)} identifies a member of ${holder.group} (service_desk.two_people_groups), so one operator alone does not give it to another user. ${outOfGroup}`
  }
  return undefined
}

/** All kinds of names together: one app reads a UPN where another reads an address. In the canonical form. */
function listValues({ user, what = [], username, email, attributes }: NewIdentity): string[] {
  const isNew = (name: string) => user === undefined || what.includes(name)
  const named = identifyingAttributes.flatMap((name) =>
    isNew(`attribute:${name}`) ? (attributes?.get(name) ?? []) : [],
  )
  const all = [isNew('username') ? username : null, isNew('email') ? email : null, ...named]
  return all.flatMap((value) => (value == null ? [] : (canonicalUsername(value) ?? [])))
}

/** The number of values in one statement. */
const valuesAtOnce = 1000

/** The members of these groups whom one of the values identifies, by value. */
async function findHolders(
  queries: Queries,
  guarded: readonly string[],
  values: readonly string[],
): Promise<Holders> {
  const holders = new Map<string, Holder[]>()
  for (let from = 0; from < values.length; from += valuesAtOnce) {
    const some = values.slice(from, from + valuesAtOnce)
    const found = [
      ...(await listNamed(queries, guarded, some)),
      ...(await listWithAttribute(queries, guarded, some)),
    ]
    for (const { value, ...holder } of found) {
      const key = canonicalUsername(value ?? '')
      if (key !== undefined) holders.set(key, [...(holders.get(key) ?? []), holder])
    }
  }
  return holders
}

type Found = Holder & { readonly value: string | null }

/** Reads users by their indexes first: others than members are few, and a group may be large. */
async function listNamed(
  queries: Queries,
  guarded: readonly string[],
  values: readonly string[],
): Promise<Found[]> {
  const users = await queries
    .selectFrom('users')
    .select(['id', 'username', 'email'])
    .where((where) =>
      where.or([
        where('username_key', 'in', values),
        where(sql<string>`lower(email)`, 'in', values),
      ]),
    )
    .execute()
  if (users.length === 0) return []
  const groups = await queries
    .selectFrom('user_groups')
    .select(['user_id', 'name'])
    .where(
      'user_id',
      'in',
      users.map(({ id }) => id),
    )
    .where('name', 'in', guarded)
    .execute()
  const groupOf = new Map(groups.map(({ user_id, name }) => [user_id, name]))
  return users.flatMap(({ id: userId, username, email }) => {
    const group = groupOf.get(userId)
    if (group === undefined) return []
    return [username, email].map((value) => ({ userId, group, value }))
  })
}

async function listWithAttribute(
  queries: Queries,
  guarded: readonly string[],
  values: readonly string[],
): Promise<Found[]> {
  return await queries
    .selectFrom('user_groups')
    .innerJoin('user_attributes', 'user_attributes.user_id', 'user_groups.user_id')
    .select(['user_groups.user_id as userId', 'user_groups.name as group', 'value'])
    .where('user_groups.name', 'in', guarded)
    .where('user_attributes.name', 'in', identifyingAttributes)
    .where((where) =>
      where.or([
        where(sql<string>`trim(lower(value))`, 'in', values),
        // Databases differ in the lower case of such letters, so the caller compares them.
        where(sql<number>`octet_length(value)`, '>', sql<number>`length(value)`),
      ]),
    )
    .execute()
}
