/** `einlass user group …`: who belongs together. What a group means is in the rules of apps. */

import { z } from 'zod'
import { createAudit } from '../identity/audit/audit.ts'
import { userEvents } from '../identity/users/events.ts'
import {
  addToGroup,
  groupNameRule,
  groupNameSchema,
  removeFromGroup,
} from '../identity/users/groups.ts'
import { createLocalUsers } from '../identity/users/local.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import type { Queries } from '../platform/storage/database.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { checkInput } from './input.ts'
import { by } from './operator.ts'

const clock = systemClock
const users = createLocalUsers({ clock, random: systemRandom })
const audit = createAudit({ clock })

interface Membership {
  readonly username: string
  readonly group: string
  readonly changed: boolean
}

/** Runs `change` for a user that exists, in a transaction. */
async function changeMembership(
  options: {
    readonly operands: readonly string[]
    readonly configFile: string | undefined
    io: Io
  },
  change: (queries: Queries, userId: string, group: string) => Promise<boolean>,
): Promise<Membership> {
  const { operands, configFile, io } = options
  const [name = '', typed = ''] = operands
  const { config } = usableConfig(configFile, io)
  const { group } = checkInput(
    z.object({ group: groupNameSchema }),
    { group: typed },
    { group: { option: 'GROUP', typed, allowed: groupNameRule } },
  )
  return await withDatabase(config, (db) =>
    db.transaction().execute(async (queries) => {
      const user = await users.findByName(queries, name)
      if (user === undefined) {
        throw new Fault('not_found', `There is no user ${JSON.stringify(name)}.`)
      }
      return { username: user.username, group, changed: await change(queries, user.id, group) }
    }),
  )
}

export const userGroupAdd = defineCommand({
  name: 'user group add',
  operands: ['NAME', 'GROUP'],
  summary: 'Puts a user into a group. The rules of apps may say what is different for its members.',
  options: {},
  async run({ reply, ...options }) {
    const result = await changeMembership(options, async (queries, userId, group) => {
      const changed = await addToGroup(queries, userId, group)
      if (changed) await audit.record(queries, userEvents.groupAdded, { userId, group, by })
      return changed
    })
    const { username, group, changed } = result
    reply(result, `${username} ${changed ? 'is' : 'was'} in ${group}${changed ? '' : ' before'}.`)
    return exit.ok
  },
})

export const userGroupRemove = defineCommand({
  name: 'user group remove',
  operands: ['NAME', 'GROUP'],
  summary: 'Takes a user out of a group.',
  options: {},
  async run({ reply, ...options }) {
    const result = await changeMembership(options, async (queries, userId, group) => {
      const changed = await removeFromGroup(queries, userId, group)
      if (changed) await audit.record(queries, userEvents.groupRemoved, { userId, group, by })
      return changed
    })
    const { username, group, changed } = result
    reply(result, changed ? `${username} left ${group}.` : `${username} was not in ${group}.`)
    return exit.ok
  },
})
