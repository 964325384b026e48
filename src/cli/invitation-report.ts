/** `einlass invitation report`: where a first second factor is bound by the password alone, and who has none yet. */
import { createListGroups } from '../identity/users/directory-answers.ts'
import {
  type FirstFactorReport,
  type ReportedRule,
  reportFirstFactors,
} from '../login/decision/first-factor-report.ts'
import { isFallback } from '../login/factors/index.ts'
import { openApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { openFactors } from './factor.ts'
import { users, withDirectory } from './operations.ts'
import { formatTable } from './table.ts'

export const invitationReport = defineCommand({
  name: 'invitation report',
  operands: [],
  summary:
    'Shows what each app and group asks of users for their first second factor, how many have none yet, and where the password alone is enough. The strictest rule of all apps that a user may enter applies in each of them.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const report = await withDirectory(config, (directory) =>
      withKeyring(config, async (db, keyring, wake) => {
        const { authenticators } = openFactors(config, db, keyring, wake)
        return await reportFirstFactors({
          ...{ db, users, defaultPolicy: config.default_policy },
          apps: await openApps(config, db, keyring).apps.list(db),
          listGroups: createListGroups(directory),
          hasFactor: async (queries, { id }) =>
            (await authenticators.list(queries, id)).some(({ kind }) => !isFallback(kind)),
        })
      }),
    )
    reply(report, describe(report))
    return exit.ok
  },
})

function describe({ rules, users: all, withoutFactor }: FirstFactorReport): string {
  const without = Object.values(withoutFactor).reduce((sum, one) => sum + one, 0)
  const alone = withoutFactor.password
  const head = ['APP', 'GROUP', 'SECOND FACTOR', 'FIRST BY', 'USERS WITHOUT ONE']
  const open = rules.filter(isOpen).map(nameRule)
  return [
    formatTable(
      head,
      rules.map((rule) => [
        ...[rule.app ?? '(default_policy)', rule.group ?? 'everybody', rule.secondFactor],
        ...[rule.firstFactor, `${rule.users}`],
      ]),
    ),
    '',
    `${without} of ${all} users have no second factor yet.`,
    alone === 0
      ? 'None of them can bind one with the password alone.'
      : `Warning: ${alone} of them can bind one with the password alone, and so can anybody who knows it. The rules that allow it: ${open.join('; ')}.`,
  ].join('\n')
}

const isOpen = ({ firstFactor, users: count }: ReportedRule): boolean =>
  firstFactor === 'password' && count > 0

const nameRule = ({ app, group }: ReportedRule): string =>
  `${app ?? 'default_policy'}${group === undefined ? '' : ` (${group})`}`
