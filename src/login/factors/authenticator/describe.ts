/** The description of the Einlass authenticator, which needs no database: words, level, limit. */
import { acrVerifiedCode } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { phoneTrouble } from '../trouble.ts'
import { authenticatorEvents } from './events.ts'
import { devicePaths, streamPath } from './routes.ts'

const limit = 10

export const description: FactorDescription<'authenticator'> = {
  kind: 'authenticator',
  label: message('other.authenticator'),
  hint: message('other.authenticator.hint'),
  icon: 'phone',
  highestLevel: acrVerifiedCode,
  limit,
  isFallback: false,
  events: authenticatorEvents,
  deviceAddresses: {
    paths: devicePaths,
    summary: 'a phone with the Einlass authenticator enrols or answers',
  },
  deviceStreams: {
    paths: [streamPath],
    summary: 'a phone with the Einlass authenticator hears of requests',
  },
  words: {
    name: message('authenticator.kind.push'),
    app: message('other.authenticator'),
    begin: {
      title: message('enrol.begin.phone.title'),
      lead: message('enrol.begin.authenticator.lead'),
    },
    full: message('enrol.full.phone', { most: limit }),
    add: message('add.authenticator.hint'),
    ask: message('stepup.begin.code'),
    nextLogin: message('done.next.authenticator'),
    missing: message('missing.title.phone'),
    stronger: message('account.stronger.phone'),
    trouble: phoneTrouble,
  },
  offer: {
    options: (isFirst) => [
      {
        option: {
          value: 'authenticator',
          label: message('choice.authenticator'),
          hint: message('choice.authenticator.hint'),
          look: isFirst ? 'primary' : 'card',
          icon: 'phone',
        },
        step: 'authenticator/enrol',
      },
    ],
  },
}
