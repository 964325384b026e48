/** The description of recovery codes, which needs no database: words and level. A person has one set. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { recoveryEvents } from './events.ts'

export const description: FactorDescription<'recovery'> = {
  kind: 'recovery',
  label: message('other.recovery'),
  hint: message('other.recovery.hint', { left: 0 }),
  icon: 'paper',
  highestLevel: acrPossession,
  isFallback: true,
  events: recoveryEvents,
  words: {
    name: message('authenticator.kind.recovery'),
    begin: {
      title: message('enrol.begin.recovery.title'),
      lead: message('enrol.begin.recovery.lead'),
      first: message('enrol.begin.recovery.lead.first'),
    },
    made: message('done.text.codes'),
    fallback: {
      title: message('account.recovery'),
      text: message('authenticators.recovery.text'),
      create: message('authenticators.recovery.create'),
      renew: message('authenticators.recovery.renew'),
      left: (left) => message('account.recovery.left', { left }),
    },
  },
}
