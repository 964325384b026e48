/** What is known of code apps without a database: words, level, limit. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { totpEvents } from './events.ts'

const limit = 20

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
    begin: { title: message('enrol.begin.totp.title'), lead: message('enrol.begin.totp.lead') },
    full: message('enrol.full.totp', { most: limit }),
    add: message('add.totp.hint'),
    nextLogin: message('done.next.totp'),
    missing: message('missing.title.phone'),
  },
  offer: {
    rank: 3,
    options: () => [
      {
        option: {
          value: 'totp',
          label: message('choice.totp'),
          hint: message('choice.totp.hint'),
          look: 'quiet',
          icon: 'code',
        },
        step: 'totp/register',
      },
    ],
  },
}
