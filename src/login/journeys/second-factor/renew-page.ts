/**
 * The page of a person who has confirmed with the old phone or key and turned back from the enrolment of the new one: with which
 * app it goes on, or later. The old one stays until a new one is verified.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'

const kindPrefix = 'with:'

/** The kind whose button sent this answer. */
export const findRenewKind = (
  kinds: readonly FactorKind[],
  answer: unknown,
): FactorKind | undefined => kinds.find((kind) => answer === `${kindPrefix}${kind}`)

/** @param kinds what can take its place, in the order in which it is offered */
export function createRenewForm(device: Message, kinds: readonly FactorKind[]): Form {
  const later: ChoiceOption = {
    value: 'home',
    label: message('choice.later'),
    hint: message('missing.renew.later.hint', { device }),
    look: 'card',
    icon: 'later',
  }
  return {
    title: message('missing.renew.title'),
    lead: message('missing.renew.lead', { device }),
    width: 'narrow',
    prompts: [{ type: 'choice', name: 'action', options: [...kinds.map(createOption), later] }],
  }
}

function createOption(kind: FactorKind): ChoiceOption {
  const { words, icon } = describeFactor(kind)
  return { value: `${kindPrefix}${kind}`, label: words.app ?? words.name, look: 'card', icon }
}
