/** `einlass session …`: lists the sessions of a user, and ends them. */
import {
  createSessionAdministration,
  type ListedSession,
  type SessionAdministration,
} from '../identity/operations/sessions.ts'
import { isWithoutBrowser } from '../identity/sessions/session.ts'
import { browserMessage } from '../login/engine/client.ts'
import { readBrowser } from '../platform/http/client.ts'
import type { Io } from '../platform/kernel/io.ts'
import { createTranslator } from '../platform/ui/translate.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { openEndedApps } from './ended-apps.ts'
import { openLogins, users } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

function withSessions<Result>(
  configFile: string | undefined,
  io: Io,
  work: (operations: SessionAdministration) => Promise<Result>,
): Promise<Result> {
  const { config } = usableConfig(configFile, io)
  return withDatabase(config, (db, wake) => {
    const { sessions, logins } = openLogins(config, db, wake)
    return work(createSessionAdministration({ db, users, sessions, logins }))
  })
}

export const sessionList = defineCommand({
  name: 'session list',
  operands: ['USER'],
  summary:
    'Lists the live sessions of a user with the apps that were entered in each, the latest activity first. Times are in UTC.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const found = await withSessions(configFile, io, (operations) =>
      operations.listFor(operator, name),
    )
    const rows = found.map((one) => [
      one.id,
      formatTime(one.createdAt),
      formatTime(one.lastSeenAt),
      describeBrowser(one),
      one.address ?? '',
      one.acr,
      one.apps.join(' '),
    ])
    reply(
      found,
      found.length === 0
        ? 'No live session.'
        : formatTable(['ID', 'BEGAN', 'LAST SEEN', 'BROWSER', 'ADDRESS', 'LEVEL', 'APPS'], rows),
    )
    return exit.ok
  },
})

const formatTime = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

function describeBrowser(session: ListedSession): string {
  if (isWithoutBrowser(session)) return `none, asked by ${session.apps[0] ?? 'an app'}`
  const { userAgent } = session
  return createTranslator('en')(browserMessage({ browser: readBrowser(userAgent ?? undefined) }))
}

export const sessionEnd = defineCommand({
  name: 'session end',
  operands: ['USER'],
  optionalOperands: ['ID'],
  summary:
    'Ends one session of a user ("session list" shows its ID); without ID all sessions and all logins that have begun. Lists the apps that stay open.',
  options: {},
  async run({ operands: [name = '', id], configFile, io, reply }) {
    const describeApps = await openEndedApps(usableConfig(configFile, io).config)
    const result = await withSessions(configFile, io, (operations) =>
      operations.endFor(operator, name, id),
    )
    const { lines, apps } = describeApps(result.apps)
    const ended = `Sessions of ${result.username} ended: ${result.sessionsEnded}.`
    reply({ ...result, apps }, [ended, ...lines].join('\n'))
    return exit.ok
  },
})
