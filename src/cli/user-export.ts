/** `einlass user export`: everything that is stored about a user, as JSON that can be handed to the person. */
import { protocols } from '../faces/protocols/index.ts'
import type { AuditEvent } from '../identity/audit/chain.ts'
import { exportPerson } from '../identity/operations/export-user.ts'
import { findPerson } from '../identity/operations/find-person.ts'
import { identityTables } from '../identity/operations/personal-tables.ts'
import { userEvents } from '../identity/users/events.ts'
import { loginEventTypes } from '../login/login.ts'
import { loadFactorTables, loginTables } from '../login/personal-tables.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { readVersion } from '../platform/kernel/version.ts'
import type { PersonalTable } from '../platform/storage/personal-table.ts'
import { createTranslator } from '../platform/ui/translate.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { openAudit, users } from './operations.ts'
import { by } from './operator.ts'

export const userExport = defineCommand({
  name: 'user export',
  operands: ['NAME'],
  summary:
    'Writes all data about a user as JSON, for this person: the rows of all tables, and the events of the audit log about the user. It contains no secrets. For a user who was removed, give the id or the name.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const tables = await loadPersonalTables()
    const document = await withDatabase(config, async (db) => {
      const person = await findPerson({ db, users }, name)
      const { user, userId } = person
      const { stored, unclear } = await exportPerson(
        { db, users, tables, describe: describeEvent },
        person,
      )
      await openAudit(config).record(db, userEvents.exported, { userId, by })
      return {
        user: { id: userId, username: user?.username ?? null, name: user?.displayName ?? null },
        madeAt: new Date(clock.now()).toISOString(),
        madeBy: `Einlass ${readVersion()}${config.public_url === undefined ? '' : `, ${config.public_url}`}`,
        note,
        ...(unclear > 0 && { leftOut: describeUnclear(unclear) }),
        stored,
      }
    })
    reply(document, JSON.stringify(document, null, 2))
    return exit.ok
  },
})

const note =
  'All that this login server stores of the person. Left out are secrets (hashes of passwords and codes, keys, tokens), what names other people, and the log files of the server. Times are in UTC. How long each is stored, and why, is in the notes on personal data (docs/privacy.md).'

const describeUnclear = (events: number) =>
  `Events of the audit log with a username of this person that may be of another one, who had the name before or after: ${events}.`

export async function loadPersonalTables(): Promise<readonly PersonalTable[]> {
  const loaded = protocols.map(async ({ loadPersonalTables: load }) => (await load?.()) ?? [])
  const ofProtocols = (await Promise.all(loaded)).flat()
  return [...identityTables, ...loginTables, ...(await loadFactorTables()), ...ofProtocols]
}

const translate = createTranslator('en')

function describeEvent({ type, data }: AuditEvent): string | undefined {
  const declared = loginEventTypes.find((one) => one.type === type)
  const app = typeof data.appId === 'string' ? data.appId : 'no app'
  const said = declared?.describe?.(data, app)
  return declared?.explain?.(data) ?? (said && `${translate(said.text)}.`)
}
