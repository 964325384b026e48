/** `einlass user show`: shows what the directory and the database know about one user. */
import { findUser } from '../identity/operations/users.ts'
import { findOrigin, type Origin } from '../identity/provisioning/origin.ts'
import {
  createFindVerifiedContacts,
  isVerifiedAddress,
} from '../identity/provisioning/verified-contacts.ts'
import { createListAttributes, createListGroups } from '../identity/users/directory-answers.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { openDirectoryFor, users } from './operations.ts'
import { describeState, publicUser } from './user-words.ts'

export const userShow = defineCommand({
  name: 'user show',
  operands: ['NAME'],
  summary:
    'Shows the name, the address, the groups and the attributes of a user. The settings of an app say which of them it gets.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { user, origin, contacts, groups, attributes } = await withDatabase(
      config,
      async (db) => {
        const user = await findUser(users, db, name)
        const directory = openDirectoryFor(config)
        return {
          user,
          origin: await findOrigin(db, user.id, config.directories),
          contacts: await createFindVerifiedContacts(config)(db, user),
          groups: await createListGroups(directory)(db, user.id),
          attributes: await createListAttributes(directory)(db, user.id),
        }
      },
    )
    const isEmailVerified = user.email !== null && isVerifiedAddress(contacts, user.email)
    const facts: [string, string][] = [
      ['username', user.username],
      ['id', user.id],
      ['name', user.displayName],
      ['e-mail', describeAddress(user.email, isEmailVerified)],
      ['role', user.role],
      ['state', describeState(user)],
      ...describeOrigin(origin),
      ['groups', groups.length === 0 ? '-' : groups.join(', ')],
      ...[...attributes].flatMap(([key, values]) =>
        values.map((value): [string, string] => [key, value]),
      ),
    ]
    const width = Math.max(...facts.map(([label]) => label.length)) + 2
    const lines = facts.map(
      ([label, value]) => `${`${label}:`.padEnd(width)}${escapeControls(value)}`,
    )
    const shown = {
      ...publicUser(user),
      origin: origin === undefined ? { type: 'local' } : writeTimes(origin),
      isEmailVerified,
      groups,
      attributes: Object.fromEntries(attributes),
    }
    reply(shown, lines.join('\n'))
    return exit.ok
  },
})

function describeAddress(address: string | null, isVerified: boolean): string {
  if (address === null) return '-'
  return isVerified ? address : `${address} (apps do not hear that it is verified)`
}

const writeTime = (at: number) => new Date(at).toISOString()

function writeTimes(origin: Origin) {
  if (origin.type === 'directory') return { ...origin, checkedAt: writeTime(origin.checkedAt) }
  const { deactivatedAt: at } = origin
  return { ...origin, deactivatedAt: at === null ? null : writeTime(at) }
}

function describeOrigin(origin: Origin | undefined): [string, string][] {
  if (origin === undefined) return [['comes from', 'Einlass itself']]
  if (origin.type === 'directory') {
    const { name, entryId, checkedAt, isGone } = origin
    const gone = isGone ? ', which the configuration names no more: nothing lets them in' : ''
    return [
      ['comes from', `the directory ${name}${gone}`],
      ['entry', entryId],
      ['last asked', writeTime(checkedAt)],
    ]
  }
  const { name, externalId, deactivatedAt } = origin
  return [
    ['comes from', `the system ${name} (SCIM)`],
    ['external id', externalId ?? '-'],
    ...(deactivatedAt === null
      ? []
      : [['disabled', `by ${name}, ${writeTime(deactivatedAt)}`] satisfies [string, string]]),
  ]
}
