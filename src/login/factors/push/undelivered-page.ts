/** The page of a challenge whose message was not delivered: it says so, and what to do first. Shows no number and no time. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import { listFactorOptions } from '../enrolled.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import { createPhoneOptions } from './other-phones.ts'
import type { ChallengePage } from './verify-page.ts'

export function describeUndelivered({ name }: ChallengePage['device']): Message {
  return name === null
    ? message('push.undelivered.text.plain')
    : message('push.undelivered.text', { device: name })
}

/** The wait goes on unseen: a message that arrives late after all can still be denied, and the page then says so. */
export function createUndeliveredForm(page: ChallengePage, leave: ChoiceOption): Form {
  const { challenge, device, others, maySend, purpose } = page
  const options: ChoiceOption[] = [
    ...(maySend
      ? [
          { value: 'resend', label: message('push.resend'), look: 'primary' } as const,
          ...createPhoneOptions(page.phones),
        ]
      : []),
    ...listFactorOptions(others),
    ...(purpose === 'login' ? [createTroubleOption(phoneTrouble)] : []),
    leave,
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
        isUndelivered: true,
      },
      { type: 'choice', name: 'action', options },
    ],
  }
}
