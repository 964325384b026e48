/** For tests: groups that require two operators, without another directory. */
import { createTwoPeople } from '../../identity/operations/two-people-names.ts'
import { groupsOf } from '../../identity/users/groups.ts'
import { configSchema } from '../../platform/config/schema.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** The groups of users of Einlass itself. */
export async function listOwnGroups(queries: Queries, userId: string) {
  const groups = (await groupsOf(queries, [userId])).get(userId) ?? []
  return { type: 'groups' as const, groups }
}

/** @param groups whose members require two operators */
export function openTwoPeople(groups: readonly string[] = []) {
  const config = configSchema.parse({ service_desk: { two_people_groups: groups } })
  return createTwoPeople({ config, directory: { listGroups: listOwnGroups } })
}
