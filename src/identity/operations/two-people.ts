/**
 * Members of configured groups get help only from two operators together. Owns who these members are, and that one
 * operator cannot avoid the rule with another command. Two operators request and approve a pass in factors/desk-pass.
 */
import type { Config } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Directory } from '../users/directory.ts'
import { createListGroups } from '../users/directory-answers.ts'
import type { User } from '../users/user.ts'

/** What to do where two operators cannot do it together either. */
export const outOfGroup =
  'An administrator, who is not the service desk, takes them out of the group for that time (einlass user group remove), which the audit log shows.'

export interface TwoPeopleOptions {
  readonly config: Pick<Config, 'service_desk'>
  readonly directory: Pick<Directory, 'listGroups'>
}

/**
 * The group of the user that requires two operators, according to the directory. Throws Fault `unavailable` when the
 * directory does not answer.
 */
export async function findGuardedGroup(
  { config, directory }: TwoPeopleOptions,
  queries: Queries,
  { id }: Pick<User, 'id'>,
): Promise<string | undefined> {
  const guarded = config.service_desk.two_people_groups
  if (guarded.length === 0) return undefined
  const groups = await createListGroups(directory)(queries, id)
  return groups.find((group) => guarded.includes(group))
}

/**
 * Throws Fault `not_allowed` when one operator alone may not do this act to this user.
 * @param act the end of a sentence, for example `set their password`
 */
export type RefuseAlone = (
  queries: Queries,
  user: Pick<User, 'id' | 'username'>,
  refusal: { readonly act: string; readonly instead: string },
) => Promise<void>

export function createRefuseAlone(options: TwoPeopleOptions): RefuseAlone {
  return async (queries, user, { act, instead }) => {
    const group = await findGuardedGroup(options, queries, user)
    if (group === undefined) return
    const text = `${user.username} is a member of ${group} (service_desk.two_people_groups), so one operator alone does not ${act}. ${instead}`
    throw new Fault('not_allowed', text)
  }
}
