/**
 * An operator gives no access to their own account: that is for a colleague to decide. Owns which user of Einlass is behind an
 * operator: as `service_desk.operators` says, or, without it, the user who is named like the account of the operating system.
 */
import type { Config } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { Administrator } from './actor.ts'

export interface OwnAccountOptions {
  readonly config: Pick<Config, 'service_desk'>
  readonly users: Pick<Users, 'findByName'>
}

/**
 * Throws Fault `not_allowed` for an operator who is this user. With `service_desk.operators` also for one of whom it is unclear who
 * they are: an account that may be anybody, and one that is not listed.
 */
export async function refuseOwnAccount(
  options: OwnAccountOptions,
  queries: Queries,
  actor: Administrator,
  user: Pick<User, 'id' | 'username'>,
): Promise<void> {
  const own = await findOwnUser(options, queries, actor)
  if (own?.id !== user.id) return
  throw new Fault(
    'not_allowed',
    `${actor.name} is the operator ${user.username}, who gives no pass to themselves: another operator does it.${describeMapping(options)}`,
  )
}

/** The same user behind two operators makes them one person. */
export async function isSameOperator(
  options: OwnAccountOptions,
  queries: Queries,
  one: string,
  other: string,
): Promise<boolean> {
  if (one === other) return true
  const find = async (person: string) => {
    const listed = findListed(options, person)
    return listed ? await options.users.findByName(queries, listed) : undefined
  }
  const user = await find(one)
  return user !== undefined && user.id === (await find(other))?.id
}

/** `undefined`: the operator has no account here. */
async function findOwnUser(
  options: OwnAccountOptions,
  queries: Queries,
  { person, name }: Administrator,
): Promise<User | undefined> {
  const { users, config } = options
  if (config.service_desk.operators.length === 0) {
    return person === undefined ? undefined : await users.findByName(queries, person)
  }
  if (person === undefined) {
    const text = `${name} can be anybody, and service_desk.operators is to say who gives a pass: run the command as yourself, or as root through sudo.`
    throw new Fault('not_allowed', text)
  }
  const listed = findListed(options, person)
  if (listed === undefined) {
    const text = `The account ${person} is not in service_desk.operators, so it is unclear whose account here is its own.`
    throw new Fault('not_allowed', text)
  }
  if (listed === null) return undefined
  const found = await users.findByName(queries, listed)
  if (found !== undefined) return found
  const text = `service_desk.operators names ${listed} for the account ${person}, and there is no such user.`
  throw new Fault('not_allowed', text)
}

/** `null`: the operator has no account here. `undefined`: not listed. */
const findListed = ({ config }: OwnAccountOptions, person: string): string | null | undefined =>
  config.service_desk.operators.find(({ account }) => account === person)?.username

const describeMapping = ({ config }: OwnAccountOptions): string =>
  config.service_desk.operators.length > 0
    ? ''
    : ' If the account of the operating system is not that of this user, say whose it is in service_desk.operators.'
