/** The description of passkeys, which needs no database: words, level, limit, and the scripts of their pages. */
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { describeRemoval, type TroubleWords } from '../trouble.ts'
import { passkeyLogin } from './browser/login.ts'
import { passkey } from './browser/passkey.ts'
import { signals } from './browser/signals.ts'
import { readDefaultName } from './default-name.ts'
import { passkeyEvents } from './events.ts'

const limit = 20

export const passkeyTrouble: TroubleWords = {
  title: message('trouble.title.passkey'),
  away: message('trouble.away.passkey'),
  awaySteps: [message('trouble.steps.passkey.phone'), message('trouble.steps.passkey.key')],
  renewed: message('trouble.renewed.passkey'),
  renewedIcon: 'key',
  renewedLead: message('trouble.renewed.lead.passkey'),
  renewedSteps: (old) => [
    message('trouble.renewed.confirm.passkey'),
    message('trouble.renewed.connect.passkey'),
    describeRemoval(old, 'trouble.renewed.removed.passkey'),
  ],
  useOld: message('trouble.use_old.passkey'),
}

export const description: FactorDescription<'passkey'> = {
  kind: 'passkey',
  label: message('other.passkey'),
  hint: message('other.passkey.hint'),
  icon: 'key',
  highestLevel: acrPhishingResistant,
  limit,
  isFallback: false,
  cannotBeGuessed: true,
  events: passkeyEvents,
  words: {
    name: message('authenticator.kind.passkey'),
    readDefaultName,
    begin: {
      title: message('enrol.begin.passkey.title'),
      lead: message('enrol.begin.passkey.lead'),
    },
    full: message('enrol.full.passkey', { most: limit }),
    add: message('add.passkey.hint'),
    nextLogin: message('done.next.passkey'),
    trouble: passkeyTrouble,
    missing: message('missing.title.passkey'),
    stronger: message('account.stronger.passkey'),
  },
  offer: {
    options: (isFirst) => [
      {
        option: {
          value: 'passkey',
          label: message('choice.passkey'),
          hint: message('choice.passkey.hint'),
          look: isFirst ? 'primary' : 'quiet',
          icon: 'key',
          only: ['scripts'],
        },
        step: 'passkey/enrol',
      },
    ],
    leads: { required: 'choice.lead.passkey' },
  },
  scripts: { passkey, 'passkey-login': passkeyLogin, signals },
}
