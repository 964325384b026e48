/** `einlass why`: explains why a login failed or a notification never came. Parses the time and prints. */

import { protocols } from '../faces/protocols/index.ts'
import { listUnaskedApps } from '../faces/protocols/oidc/approval-rule.ts'
import { describeRefused, listRefusedLately } from '../faces/protocols/refused-lately.ts'
import { createReleaseValues } from '../faces/protocols/release.ts'
import { listMissingClaims } from '../faces/protocols/wsfed/claims.ts'
import type { App } from '../identity/apps/apps.ts'
import { listMailTrouble } from '../identity/notify/mail/trouble.ts'
import type { Administrator } from '../identity/operations/actor.ts'
import { type EffectivePolicy, findEffectivePolicy } from '../identity/policy/effective.ts'
import { createFindVerifiedContacts } from '../identity/provisioning/verified-contacts.ts'
import { createListGroups } from '../identity/users/directory-answers.ts'
import type { User } from '../identity/users/user.ts'
import { listUnmetRules } from '../login/decision/unmet-rules.ts'
import { openPasses } from '../login/factors/index.ts'
import { findHighestHere } from '../login/factors/missing-levels.ts'
import { listObstacles, type ObstacleOptions } from '../login/factors/obstacles.ts'
import { type Explained, explainLogins, type TimeSpan } from '../login/factors/why.ts'
import { loginEventTypes } from '../login/login.ts'
import { systemClock as clock, hours, minutes } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { createZone, type Zone } from '../platform/kernel/zoned.ts'
import type { Database } from '../platform/storage/database.ts'
import { findTimeZone } from '../platform/ui/translate.ts'
import { openApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { openFactors } from './factor.ts'
import { openFactorParts } from './factor-parts.ts'
import { throttle, users, withDirectory } from './operations.ts'
import { operator } from './operator.ts'

const around = minutes(15)

export const why = defineCommand({
  name: 'why',
  operands: ['USER'],
  summary:
    'Explains why a login of a user failed or a notification never came: what happened in the last 24 hours or around a time, and the present state. Times are those of the configured time zone.',
  options: {
    at: {
      type: 'string',
      value: 'TIME',
      help: 'Show 15 minutes before and after this time, for example 2026-11-27T08:30, or 2026-11-27T07:30Z in UTC',
    },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const zone = createZone(findTimeZone(config)())
    const span = readSpan(values.at, zone)
    const explained = await withDirectory(config, (directory) =>
      withKeyring(config, (db, keyring, wake) => {
        const parts = openFactorParts(config, db, wake)
        const releaseValues = createReleaseValues(directory, createFindVerifiedContacts(config))
        const rules = {
          db,
          apps: openApps(config, db, keyring).apps,
          listGroups: createListGroups(directory),
          highestHere: findHighestHere(config),
        }
        const factors = openFactors(config, db, keyring, wake)
        const obstacles: ObstacleOptions = {
          ...{ db, clock, config, throttle },
          ...factors,
          passes: openPasses({ ...parts, ...factors, users, directory }),
          listUnmetRules: async (user, own) => {
            const { apps } = rules
            const findRule = ({ policy }: App) =>
              findEffectivePolicy(rules, db, policy, { userId: user.id, acrValues: undefined })
            const releasing = {
              ...{ db, apps, releaseValues },
              mayEnter: async (app: App) => !(await findRule(app)).isEntryRefused,
            }
            return [
              ...(await listUnmetRules(rules, user, own)),
              ...(await listMissingClaims(releasing, user)),
              ...(await listUnaskedApps(await apps.list(db), own, findRule)),
              ...(await listRefusedApps(db, await apps.list(db), { findRule, span })),
            ]
          },
        }
        const options = {
          ...{ db, users, directory, zone, eventTypes: loginEventTypes },
          listObstacles: async (actor: Administrator, user: User) => [
            ...(await listObstacles(obstacles, actor, user)),
            ...(await listMailTrouble(db, user.id)),
          ],
        }
        return explainLogins(options, operator, name, span)
      }),
    )
    reply(explained, write(explained, values.at, zone))
    return exit.ok
  },
})

interface EnteredApps {
  readonly findRule: (app: App) => Promise<Pick<EffectivePolicy, 'isEntryRefused'>>
  readonly span: TimeSpan
}

/** Apps of this user whose requests were refused before anybody could log in, with what mends it. */
async function listRefusedApps(
  db: Database,
  apps: readonly App[],
  { findRule, span }: EnteredApps,
): Promise<string[]> {
  const refused = await listRefusedLately(db, { protocols, apps }, span)
  const sentences: string[] = []
  for (const app of apps) {
    const found = refused.get(app.id) ?? []
    if (found.length === 0 || (await findRule(app)).isEntryRefused) continue
    for (const one of found) {
      sentences.push(`Requests of ${app.name} were refused ${describeRefused(one)}: ${one.advice}`)
    }
  }
  return sentences
}

/** Throws Fault `bad_request` for a text that is no time. */
function readSpan(at: string | undefined, zone: Zone): TimeSpan {
  if (at === undefined) return { from: clock.now() - hours(24), until: clock.now() }
  const time = zone.parse(at)
  if (time === undefined) {
    const allowed = `a time such as 2026-11-27T08:30 in ${zone.name}, or 2026-11-27T07:30Z in UTC`
    throw new Fault('bad_request', `--at\n  found:   ${JSON.stringify(at)}\n  allowed: ${allowed}`)
  }
  return { from: time - around, until: time + around }
}

function write({ username, events, now }: Explained, at: string | undefined, zone: Zone): string {
  const time = at === undefined ? 'in the last 24 hours' : `around ${at}`
  const happened = events.map((one) => `${zone.stamp(one.at)}  ${escapeControls(one.text)}`)
  return [
    `What happened to ${username} ${time} (times in ${zone.name}):`,
    ...(happened.length === 0 ? ['Nothing is in the audit log.'] : happened),
    '',
    'Now:',
    ...(now.length === 0 ? ['Nothing keeps the user from logging in.'] : now.map(escapeControls)),
  ].join('\n')
}
