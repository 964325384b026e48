/** Page parts for all factors that ask a phone. */
import { type Message, message } from '../../../platform/ui/message.ts'
import { browserMessage } from '../../engine/client.ts'
import type { ChoiceOption, Prompt } from '../../engine/prompt.ts'
import type { ClientFacts, StepContext } from '../../engine/step.ts'

export const backOption: ChoiceOption = {
  value: 'back',
  label: message('enrol.back'),
  look: 'quiet',
}

export function createFacts(app: string | Message, client: ClientFacts): Prompt {
  return {
    type: 'facts',
    rows: [
      { label: message('facts.app'), value: app },
      { label: message('facts.browser'), value: browserMessage(client) },
      ...(client.place === undefined
        ? []
        : [{ label: message('facts.place'), value: client.place }]),
    ],
  }
}

/** For how many seconds a request could be answered. */
export const getLifetime = ({ createdAt, expiresAt }: Lifetime): number =>
  Math.round((expiresAt - createdAt) / 1000)

/** Both in milliseconds since the epoch. */
interface Lifetime {
  readonly createdAt: number
  readonly expiresAt: number
}

/** @param isBeside whether the page also lets the user go on */
export function createRestartLink(
  { createRestartPath }: Pick<StepContext, 'createRestartPath'>,
  isBeside: boolean,
): Prompt {
  return {
    type: 'link',
    href: createRestartPath(),
    label: message(isBeside ? 'action.cancel' : 'approval.restart'),
    look: isBeside ? 'quiet' : 'primary',
  }
}
