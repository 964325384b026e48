/** `einlass user erase`: erases a user and everything that names the user, also in the audit log. */
import { createEraseUser } from '../identity/operations/erase-user.ts'
import { findPerson, type KnownPerson } from '../identity/operations/find-person.ts'
import { removeFound } from '../identity/operations/users.ts'
import { findOrigin, type Origin } from '../identity/provisioning/origin.ts'
import { canonicalUsername } from '../identity/users/user.ts'
import { loginEventTypes } from '../login/login.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withKeyring } from './database.ts'
import { openEndedApps } from './ended-apps.ts'
import { openAudit, openLogins, users } from './operations.ts'
import { operator } from './operator.ts'

export const userErase = defineCommand({
  name: 'user erase',
  operands: ['NAME'],
  summary:
    'Removes a user as "user remove" does, and replaces the names of the user in the audit log by a pseudonym; the log can still be verified. For a user who was removed before, give the id or the name. This cannot be undone.',
  options: {
    also: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'An earlier username of the user, for times in which the audit log does not say whose it was',
    },
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { person, origin } = await withKeyring(config, async (db, keyring) => {
      const person = await findPerson({ db, users, keyring }, name)
      return { person, origin: await findOrigin(db, person.userId, config.directories) }
    })
    if (values.yes !== true)
      await confirmByWord(io, {
        question: `${describePerson(person)} will be erased. It cannot be taken back.`,
        word: person.user?.username ?? person.userId,
      })
    const describeApps = await openEndedApps(config)
    const result = await withKeyring(config, (db, keyring, wake) => {
      const { logins } = openLogins(config, db, wake)
      const audit = openAudit(config)
      const eraseUser = createEraseUser({
        ...{ db, users, audit, keyring, random, eventTypes: loginEventTypes },
        remove: (tx, actor, user) => removeFound({ users, logins, audit }, tx, actor, user),
      })
      const earlier = { names: new Set(readNames(values.also)), hashes: new Set<string>() }
      return eraseUser(operator, person, earlier)
    })
    const { lines, apps } = describeApps(result.apps)
    const { userId, pseudonym, replaced, broken, unclear, sessionsEnded } = result
    const said = [
      `Erased ${userId}. In the audit log it is ${pseudonym} now. Events changed: ${replaced}. Sessions ended: ${sessionsEnded}.`,
      ...(broken === 0
        ? []
        : [`Not as they were written before, and still found by "audit verify": ${broken}.`]),
      ...(unclear === 0
        ? []
        : [
            `Left, as they may be of another user: ${unclear} events with a name of this one, of a time in which the log does not say whose it was. --also NAME takes those of which nobody else is known to have had the name.`,
          ]),
      ...lines,
      ...describeOrigin(origin),
      'Not erased: what apps, backups, exported events and log files have. A restore of an earlier backup repeats this, if it knows the events since.',
      `A wrong attempt that was counted in this minute may be written later: "einlass user erase ${userId} --also NAME" finds it, with the username in the place of NAME.`,
    ]
    reply({ ...result, apps, origin: origin ?? null }, said.join('\n'))
    return exit.ok
  },
})

function readNames(names: readonly string[] = []): string[] {
  return names.flatMap((name) => canonicalUsername(name) ?? [])
}

function describePerson({ user, userId }: KnownPerson): string {
  if (user === undefined)
    return `What names the user ${userId}, who was removed before, in the audit log`
  const { username, displayName } = user
  return `${username} (${escapeControls(displayName)}), everything that belongs to this user, and what names this user in the audit log`
}

/** Warns of a source where the next login, or the next change, would create the user again. */
function describeOrigin(origin: Origin | undefined): string[] {
  if (origin === undefined) return []
  return origin.type === 'directory'
    ? [
        `The directory ${origin.name} still has this person, whose next login adds a new user here: remove them there.`,
      ]
    : [`The system ${origin.name} may add this person again: remove them there.`]
}
