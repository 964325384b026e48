/**
 * `einlass user remove`: removes a user and everything that belongs to the user. The events in the audit log stay, because the
 * log is a chain.
 */
import { findUser } from '../identity/operations/users.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withDatabase } from './database.ts'
import { openEndedApps } from './ended-apps.ts'
import { users, withUserOperations } from './operations.ts'
import { operator } from './operator.ts'

export const userRemove = defineCommand({
  name: 'user remove',
  operands: ['NAME'],
  summary:
    'Removes a user with authenticators, groups and waiting mails, and ends every session of the user. The audit log keeps the events. This cannot be undone; "user disable" can.',
  options: {
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.yes !== true) {
      const { username, displayName } = await withDatabase(config, (db) =>
        findUser(users, db, name),
      )
      await confirmByWord(io, {
        question: `${username} (${escapeControls(displayName)}) and everything that belongs to this user will be removed. It cannot be taken back.`,
        word: username,
      })
    }
    const describeApps = await openEndedApps(config)
    const result = await withUserOperations(config, (operations) =>
      operations.removeUser(operator, name),
    )
    const { username, sessionsEnded } = result
    const { lines, apps } = describeApps(result.apps)
    const done = `Removed ${username}. Sessions ended: ${sessionsEnded}.`
    reply({ ...result, apps }, [done, ...lines].join('\n'))
    return exit.ok
  },
})
