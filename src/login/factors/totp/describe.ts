/** The description of code apps, which needs no database: words, level, limit. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { describeRemoval, type TroubleWords } from '../trouble.ts'
import { readDefaultName } from './default-name.ts'
import { totpEvents } from './events.ts'

const limit = 20

/** The app needs no network, so only a device without power or at home is away. */
export const codeAppTrouble: TroubleWords = {
  title: message('trouble.title.totp'),
  away: message('trouble.away.totp'),
  awaySteps: [message('trouble.steps.totp'), message('trouble.steps.again')],
  renewed: message('trouble.renewed.totp'),
  renewedIcon: 'phone',
  renewedLead: message('trouble.renewed.lead.totp'),
  renewedSteps: (old) => [
    message('trouble.renewed.confirm.totp'),
    message('trouble.renewed.connect.totp'),
    describeRemoval(old, 'trouble.renewed.removed.device'),
  ],
  useOld: message('trouble.use_old.totp'),
}

export const description: FactorDescription<'totp'> = {
  kind: 'totp',
  label: message('other.totp'),
  hint: message('other.totp.hint'),
  icon: 'code',
  highestLevel: acrPossession,
  limit,
  isFallback: false,
  events: totpEvents,
  words: {
    name: message('authenticator.kind.totp'),
    readDefaultName,
    begin: { title: message('enrol.begin.totp.title'), lead: message('enrol.begin.totp.lead') },
    full: message('enrol.full.totp', { most: limit }),
    add: message('add.totp.hint'),
    nextLogin: message('done.next.totp'),
    trouble: codeAppTrouble,
    missing: message('missing.title.phone'),
  },
  offer: {
    options: () => [
      {
        option: {
          value: 'totp',
          label: message('choice.totp'),
          hint: message('choice.totp.hint'),
          look: 'quiet',
          icon: 'code',
        },
        step: 'totp/enrol',
      },
    ],
  },
}
