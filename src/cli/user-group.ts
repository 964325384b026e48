/** `einlass user group …`: the members of groups. The rules of apps say what a group means. */
import { z } from 'zod'
import type { Membership, UserOperations } from '../identity/operations/users.ts'
import { groupNameRule, groupNameSchema } from '../identity/users/groups.ts'
import type { Io } from '../platform/kernel/io.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { checkInput } from './input.ts'
import { withUserOperations } from './operations.ts'
import { operator } from './operator.ts'

interface Invocation {
  readonly operands: readonly string[]
  readonly configFile: string | undefined
  readonly io: Io
}

function changeMembership(
  { operands, configFile, io }: Invocation,
  change: (operations: UserOperations, name: string, group: string) => Promise<Membership>,
): Promise<Membership> {
  const [name = '', typed = ''] = operands
  const { config } = usableConfig(configFile, io)
  const { group } = checkInput(
    z.object({ group: groupNameSchema }),
    { group: typed },
    { group: { option: 'GROUP', typed, allowed: groupNameRule } },
  )
  return withUserOperations(config, (operations) => change(operations, name, group))
}

export const userGroupAdd = defineCommand({
  name: 'user group add',
  operands: ['NAME', 'GROUP'],
  summary: 'Adds a user to a group. Apps can have other rules for its members.',
  options: {},
  async run({ reply, ...options }) {
    const result = await changeMembership(options, (operations, name, toGroup) =>
      operations.addToGroup(operator, name, toGroup),
    )
    const { username, group, changed } = result
    reply(result, `${username} ${changed ? 'is' : 'was'} in ${group}${changed ? '' : ' before'}.`)
    return exit.ok
  },
})

export const userGroupRemove = defineCommand({
  name: 'user group remove',
  operands: ['NAME', 'GROUP'],
  summary: 'Removes a user from a group.',
  options: {},
  async run({ reply, ...options }) {
    const result = await changeMembership(options, (operations, name, fromGroup) =>
      operations.removeFromGroup(operator, name, fromGroup),
    )
    const { username, group, changed } = result
    reply(result, changed ? `${username} left ${group}.` : `${username} was not in ${group}.`)
    return exit.ok
  },
})
