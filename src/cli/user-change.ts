/** `einlass user change`: the name that is shown and the e-mail address. The user name stays, as everything hangs on it. */

import type { z } from 'zod'
import { createAudit } from '../identity/audit/audit.ts'
import { userEvents } from '../identity/users/events.ts'
import { createLocalUsers } from '../identity/users/local.ts'
import { userNotices } from '../identity/users/notices.ts'
import type { User } from '../identity/users/user.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { changeUser, notifyFor } from './change-user.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { checkInput } from './input.ts'
import { by } from './operator.ts'
import { newUserSchema, publicUser } from './user.ts'

const users = createLocalUsers({ clock, random })
const audit = createAudit({ clock })

interface Values {
  readonly 'display-name'?: string
  readonly email?: string
  readonly 'no-email'?: boolean
}

const changesSchema = newUserSchema.pick({ displayName: true, email: true }).partial()
type Changes = z.output<typeof changesSchema>

function changesOf(values: Values): Changes {
  const { 'display-name': displayName, email, 'no-email': withoutEmail } = values
  if (withoutEmail === true && email !== undefined) {
    throw new Fault('bad_request', '--no-email and --email exclude each other.')
  }
  const given = { displayName, email: withoutEmail === true ? null : email }
  const input = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined))
  if (Object.keys(input).length === 0) {
    const what = 'Nothing to change: name what, for example --email erika@example.org.'
    throw new Fault('bad_request', `${what} einlass user change --help lists the options.`)
  }
  return checkInput(changesSchema, input, {
    displayName: {
      option: '--display-name',
      typed: displayName,
      allowed: 'a text of 1 to 200 characters',
    },
    email: { option: '--email', typed: email, allowed: 'an e-mail address' },
  })
}

/** The names of what will be another, as the audit log has them. */
function differing(user: User, { displayName, email }: Changes): string[] {
  return [
    ...(displayName !== undefined && displayName !== user.displayName ? ['display_name'] : []),
    ...(email !== undefined && email !== user.email ? ['email'] : []),
  ]
}

export const userChange = defineCommand({
  name: 'user change',
  operands: ['NAME'],
  summary:
    'Changes the name that is shown or the e-mail address of a user; what is not named stays. An earlier address is told.',
  options: {
    'display-name': { type: 'string', value: 'NAME', help: 'The name shown' },
    email: { type: 'string', value: 'ADDRESS', help: 'An e-mail address' },
    'no-email': { type: 'boolean', help: 'Forget the e-mail address: no more mails' },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const changes = changesOf(values)
    const { config } = usableConfig(configFile, io)
    const { user } = await changeUser(config, name, async ({ queries, user: before }) => {
      const what = differing(before, changes)
      if (what.length === 0) return { user: before }
      if (what.includes('email')) {
        await notifyFor(config)(queries, userNotices.emailChanged, { userId: before.id })
      }
      const changed = await users.change(queries, before.id, changes)
      await audit.record(queries, userEvents.changed, { userId: before.id, what, by })
      return { user: changed }
    })
    const mail = user.email === null ? 'no e-mail address' : user.email
    reply(publicUser(user), escapeControls(`${user.username}: ${user.displayName}, ${mail}`))
    return exit.ok
  },
})
