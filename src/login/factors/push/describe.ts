/** The description of push, which needs no database: words, level, limit. */
import { acrNumber } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { phoneTrouble } from '../trouble.ts'
import { pushEvents } from './events.ts'
import { phonePaths } from './routes.ts'

const limit = 10

export const description: FactorDescription<'push'> = {
  kind: 'push',
  label: message('other.push'),
  hint: message('other.push.hint'),
  icon: 'phone',
  highestLevel: acrNumber,
  limit,
  isFallback: false,
  needsApp: true,
  events: pushEvents,
  deviceAddresses: { paths: phonePaths, summary: 'a phone enrols, answers or tells a new address' },
  words: {
    name: message('authenticator.kind.push'),
    app: message('store.app'),
    begin: { title: message('enrol.begin.phone.title'), lead: message('enrol.begin.push.lead') },
    full: message('enrol.full.phone', { most: limit }),
    add: message('add.push.hint'),
    nextLogin: message('done.next.push'),
    missing: message('missing.title.phone'),
    stronger: message('account.stronger.phone'),
    trouble: phoneTrouble,
  },
  offer: {
    options: (isFirst) => [
      {
        option: {
          value: 'register',
          label: message('choice.register'),
          hint: message('choice.register.hint'),
          look: isFirst ? 'primary' : 'card',
          icon: 'phone',
        },
        step: 'push/enrol',
      },
      {
        option: {
          value: 'get_app',
          label: message('choice.get_app'),
          hint: message('choice.get_app.hint'),
          look: 'card',
          icon: 'download',
        },
        step: 'second-factor/get-app',
      },
    ],
    leads: {
      until: 'choice.lead.until',
      soon: 'choice.lead.soon',
      optional: 'choice.lead.optional',
      required: 'choice.lead.required',
    },
  },
}
