/** `einlass login …`: shows running logins, for a service desk that gets a call about one. */
import { createLoginReferences, type ShownLogin, showLogin } from '../login/engine/references.ts'
import { listFactors } from '../login/factors/index.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { formatReference } from '../platform/kernel/reference.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { createTranslator } from '../platform/ui/translate.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { users } from './operations.ts'
import { operator } from './operator.ts'

/** The option `--login` of commands that a service desk runs for a caller. */
export const loginOption = {
  type: 'string',
  value: 'REFERENCE',
  help: 'The login that the caller speaks of, by the reference on its page. It must be a present login of this user; it is shown first and written to the audit log',
} as const

export const loginShow = defineCommand({
  name: 'login show',
  operands: ['REFERENCE'],
  summary:
    'Shows the login that a caller speaks of, by the reference on the page. The reference proves nothing about the caller: everybody who knows the password can read one out.',
  options: {},
  async run({ operands: [reference = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const references = createLoginReferences({ clock, random })
    const shown = await withDatabase(config, (db) =>
      showLogin({ db, users, references, clock }, operator, reference),
    )
    reply(shown, describeLogin(shown))
    return exit.ok
  },
})

const say = createTranslator('en')

const reasons: Readonly<Record<string, string>> = {
  away: 'no network or battery, or left at home',
  lost: 'lost or stolen',
  renewed: 'a new phone or key',
}

/** The reason that the user gave. A page without any factor left does not ask for one. */
function describeReason(kind: string | undefined, reason: string | null): string {
  if (reason !== null) return reasons[reason] ?? reason
  return kind === undefined ? 'nothing, as its page does not ask' : 'nothing yet'
}

/** Names the factor that is not at hand, in English. */
function describeMissing(kind: string | undefined): string {
  const factor = listFactors().find((one) => one.kind === kind)
  return factor === undefined
    ? 'no second factor that can be used: the login needs a pass or a recovery code'
    : say(factor.words.name)
}

/** Describes the user, the browser and the place of a login, and says that these prove nothing about the caller. */
export function describeLogin(shown: ShownLogin): string {
  const { about, reason, username, displayName } = shown
  const { browser } = about
  const name =
    browser?.system === undefined ? browser?.name : `${browser.name} on ${browser.system}`
  const minutes = Math.floor((clock.now() - shown.createdAt) / 60_000)
  const rows = [
    ['Login', formatReference(shown.reference)],
    ['User', `${username} (${escapeControls(displayName)})`],
    about.isReset === true
      ? ['For', 'a new password, by a link from a mail']
      : ['App', about.app ?? 'the own account'],
    ['Browser', name ?? 'unknown'],
    ['Address', about.place === undefined ? about.address : `${about.address} (${about.place})`],
    ['Missing', describeMissing(about.factor)],
    ['Says', describeReason(about.factor, reason)],
    ['Asked', `${new Date(shown.createdAt).toISOString()} (${minutes} min ago)`],
    ['State', shown.state === 'over' ? 'over' : 'under way'],
  ]
  const knower =
    about.isReset === true
      ? 'everybody who can read the mails of the account'
      : 'everybody who knows the password'
  const lines = rows.map(
    ([label, text]) => `${`${label}:`.padEnd(9)} ${escapeControls(text ?? '')}`,
  )
  return `${lines.join('\n')}\n\nThis does not prove who is calling: ${knower} can read it out.`
}
