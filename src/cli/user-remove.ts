/** `einlass user remove`: a person and everything that is theirs. What the audit log says of them stays, as a chain has to. */

import { createAudit } from '../identity/audit/audit.ts'
import { userEvents } from '../identity/users/events.ts'
import { createLocalUsers } from '../identity/users/local.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { changeUser, endSessions, findUser, refuseLastAdmin } from './change-user.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withDatabase } from './database.ts'
import { by } from './operator.ts'

const users = createLocalUsers({ clock, random })
const audit = createAudit({ clock })

export const userRemove = defineCommand({
  name: 'user remove',
  operands: ['NAME'],
  summary:
    'Removes a user with authenticators, groups and mails that wait, and ends every session of theirs. The audit log keeps its events. "user disable" can be taken back, this cannot.',
  options: { yes: { type: 'boolean', help: 'Do not ask; needed where there is no terminal' } },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.yes !== true) {
      const { username, displayName } = await withDatabase(config, (db) => findUser(db, name))
      await confirmByWord(io, {
        question: `${username} (${escapeControls(displayName)}) and everything that is theirs will be removed. It cannot be taken back.`,
        word: username,
      })
    }
    const result = await changeUser(config, name, async (change) => {
      const { queries, user } = change
      await refuseLastAdmin(queries, user)
      const sessionsEnded = await endSessions(change, 'user_removed', () =>
        users.remove(queries, user.id),
      )
      await audit.record(queries, userEvents.removed, {
        userId: user.id,
        username: user.username,
        by,
      })
      return { id: user.id, removed: true, sessionsEnded }
    })
    const { username, sessionsEnded } = result
    reply(result, `Removed ${username}. Sessions ended: ${sessionsEnded}.`)
    return exit.ok
  },
})
