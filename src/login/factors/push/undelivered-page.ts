/** The page of a challenge whose message was not delivered: it says so, and what to do first. Shows no number and no time. */
import { message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import { readHold } from '../approval/hold-words.ts'
import { listBeside } from '../approval/other-phones.ts'
import { listOtherButtons } from '../enrolled.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import { describeUndelivered } from './delivery-words.ts'
import type { ChallengePage } from './verify-page.ts'

/** What the page has in common with the one that waited. */
export interface WaitedPage {
  readonly form: Form
  readonly facts: readonly Prompt[]
  readonly leave: ChoiceOption
}

/** The wait goes on unseen: a message that arrives late after all can still be denied, and the page then says so. */
export function createUndeliveredForm(page: ChallengePage, waited: WaitedPage): Form {
  const { challenge, device, maySend, purpose } = page
  const { phones, others } = listBeside('push', page, maySend)
  const { say, isHeld, pause } = readHold(page.context)
  const label = say(message('push.resend'))
  const look = isHeld ? 'secondary' : 'primary'
  const resend: ChoiceOption = { value: 'resend', label, look, waits: true }
  const options: ChoiceOption[] = [
    ...(maySend ? [resend] : []),
    ...phones,
    ...listOtherButtons(others),
    ...(purpose === 'login' ? [createTroubleOption(phoneTrouble)] : []),
    waited.leave,
  ]
  return {
    title: message('push.undelivered.title'),
    width: 'narrow',
    prompts: [
      {
        type: 'wait',
        status: describeUndelivered(device),
        startedAt: challenge.createdAt,
        expiresAt: challenge.expiresAt,
        undelivered: waited.form,
        ...pause,
      },
      ...waited.facts,
      { type: 'choice', name: 'action', options },
    ],
  }
}
