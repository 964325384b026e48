/** The description of passes, which needs no database: words and level. A person has at most one, and no page enrols it. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { FactorDescription } from '../factor.ts'
import { deskPassEvents } from './events.ts'

export const description: FactorDescription<'desk-pass'> = {
  kind: 'desk-pass',
  label: message('other.desk-pass'),
  hint: message('other.desk-pass.hint'),
  icon: 'headset',
  highestLevel: acrPossession,
  isFallback: true,
  cannotBeGuessed: true,
  isFromOperator: true,
  events: deskPassEvents,
  words: {
    name: message('authenticator.kind.desk_pass'),
    fallback: {
      title: message('account.desk_pass'),
      text: message('authenticators.desk_pass.text'),
      left: () => message('account.desk_pass.left'),
    },
  },
}
