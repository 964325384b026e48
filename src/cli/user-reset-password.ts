/** `einlass user reset-password`: sends a user the link by which they choose a new password. */
import { createResetLinks } from '../login/reset/links.ts'
import { createSendByDesk } from '../login/reset/send-by-desk.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { openAudit, openNotifyFor, users, withDirectory } from './operations.ts'
import { operator } from './operator.ts'

export const userResetPassword = defineCommand({
  name: 'user reset-password',
  operands: ['NAME'],
  summary: 'Sends a user a mail with a link to choose a new password.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const sent = await withDirectory(config, (directory) =>
      withKeyring(config, (db, keyring) => {
        const links = createResetLinks({ users, clock, random })
        const notify = openNotifyFor(config, keyring)
        const audit = openAudit(config)
        const parts = { db, config, users, directory, links, notify, audit }
        return createSendByDesk(parts)(operator, name)
      }),
    )
    const { username, email, expiresAt } = sent
    const until = new Date(expiresAt).toISOString()
    reply(
      { username, email, expiresAt: until },
      `A link to choose a new password goes to ${email}, the address of ${username}. It works once, until ${until}; earlier links have ended. A second factor is asked for as well, and nothing has changed yet.`,
    )
    return exit.ok
  },
})
