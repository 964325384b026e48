/** The pages of a push challenge, as prompts: waiting, and each way in which the wait can end. */
import { browserMessage } from '../../engine/client.ts'
import type { Ask, ChoiceOption, NoticePrompt, Prompt } from '../../engine/prompt.ts'
import type { ClientFacts, Visit } from '../../engine/step.ts'
import { type Message, type MessageKey, message } from '../../ui/message.ts'
import { complaintOf, type Refusal } from '../attempts.ts'
import type { ChallengePurpose, PushChallenge, Standing } from './challenges.ts'
import type { PushDevice } from './devices.ts'

export interface ConfirmPage {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly standing: Standing
  readonly device: PushDevice | undefined
  /** The app that is being entered; for the person's own pages, their name. */
  readonly app: string | Message
  readonly sends: number
  readonly maySend: boolean
  /** There is another second factor to go to. */
  readonly mayLeave: boolean
  readonly secondPhone: boolean
  readonly visit: Visit
}

export function confirmAsk(page: ConfirmPage): Ask {
  return page.standing === 'waiting' ? waitingAsk(page) : endedAsk(page)
}

/** What the waiting page says about the message. */
export function deliveryStatus(
  challenge: PushChallenge,
  device: PushDevice | undefined,
  sends: number,
): Message {
  const values = { device: device?.name ?? message('device.unnamed') }
  if (challenge.delivery === 'gone') return message('push.disabled.status', values)
  if (challenge.delivery === 'failed') return message('push.status.failed', values)
  if (challenge.delivery === 'queued') return message('push.status.sending', values)
  return message(sends > 1 ? 'push.status.sent_again' : 'push.status.sent', values)
}

function waitingAsk(page: ConfirmPage): Ask {
  const { purpose, challenge, device, visit, sends } = page
  const test = purpose === 'test'
  const name = device?.name ?? message('device.unnamed')
  const prompts: Prompt[] = [
    ...(page.secondPhone ? [secondPhoneNotice] : []),
    {
      type: 'code',
      value: `${challenge.numbers.right}`,
      label: message(test ? 'test.number' : 'push.number'),
    },
    {
      type: 'wait',
      status: deliveryStatus(challenge, device, sends),
      startedAt: challenge.createdAt,
      expiresAt: challenge.expiresAt,
    },
    ...(test ? [] : [factsOf(page.app, visit.client)]),
    { type: 'choice', name: 'action', options: waitingOptions(page) },
  ]
  return {
    title: message(test ? 'test.title' : 'push.title'),
    lead: test ? message('test.lead', { device: name }) : message('push.lead'),
    width: 'narrow',
    prompts,
  }
}

const otherOption: ChoiceOption = {
  value: 'other',
  label: message('push.other'),
  look: 'secondary',
}

function waitingOptions({ purpose, maySend, mayLeave }: ConfirmPage): ChoiceOption[] {
  const resend: ChoiceOption = {
    value: 'resend',
    label: message('push.resend'),
    look: 'secondary',
  }
  const leave: ChoiceOption =
    purpose === 'test'
      ? { value: 'back', label: message('enrol.back'), look: 'quiet' }
      : { value: 'cancel', label: message('push.cancel'), look: 'quiet' }
  return [...(mayLeave ? [otherOption] : []), ...(maySend ? [resend] : []), leave]
}

/**
 * There is no phone to send to.
 * @param page `disabled`: there is a phone, but its address leads nowhere any more
 */
export function unreachableAsk(page: {
  readonly disabled: boolean
  readonly startOver: string
  readonly mayLeave: boolean
}): Ask {
  const { title, text } = unreachable(page.disabled)
  return stuckAsk(message(title), message(text), page.startOver, page.mayLeave)
}

/** The phone that is tested cannot be reached. */
export function unreachableTestAsk(disabled: boolean): Ask {
  const { title, text } = unreachable(disabled)
  const back: ChoiceOption = { value: 'back', label: message('enrol.back'), look: 'primary' }
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text: message(text) },
      { type: 'choice', name: 'action', options: [back] },
    ],
  }
}

function unreachable(disabled: boolean) {
  return disabled
    ? ({ title: 'push.disabled.title', text: 'push.disabled.text' } as const)
    : ({ title: 'push.no_device.title', text: 'push.no_device.text' } as const)
}

/** Why no message is sent. */
export type Limit =
  /** Too many wrong answers, here or on another way. */
  | Refusal
  /** Too many messages went unanswered. */
  | { readonly type: 'budget' }
  /** A login was reported as another person's. `until` in milliseconds since the epoch. */
  | { readonly type: 'blocked'; readonly until: number }

export function limitedAsk(limit: Limit, startOver: string, mayLeave: boolean): Ask {
  const { title, text } = reasonOf(limit, mayLeave)
  return stuckAsk(title, text, startOver, mayLeave)
}

function reasonOf(limit: Limit, mayLeave: boolean): { title: Message; text: Message } {
  if (limit.type === 'budget') {
    return { title: message('push.limit.title'), text: message('push.limit.text') }
  }
  if (limit.type !== 'blocked') return complaintOf(limit)
  const text = mayLeave ? 'push.blocked.text.other' : 'push.blocked.text'
  return { title: message('push.blocked.title'), text: message(text, { at: limit.until }) }
}

function stuckAsk(title: Message, text: Message, startOver: string, mayLeave: boolean): Ask {
  const other: ChoiceOption = { ...otherOption, look: 'primary' }
  const restart = { type: 'link', href: startOver, label: message('push.restart') } as const
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text },
      ...(mayLeave ? [{ type: 'choice', name: 'action', options: [other] } as const] : []),
      mayLeave ? restart : { ...restart, look: 'primary' },
    ],
  }
}

function factsOf(app: string | Message, client: ClientFacts): Prompt {
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

function endedAsk(page: ConfirmPage): Ask {
  const { title, text, retry } = endOf(page)
  const options: ChoiceOption[] = [
    ...(retry && page.maySend
      ? [{ value: 'resend', label: message('push.resend'), look: 'primary' } as const]
      : []),
    ...(page.mayLeave ? [otherOption] : []),
    ...(page.purpose === 'test'
      ? [{ value: 'back', label: message('enrol.back'), look: 'quiet' } as const]
      : []),
  ]
  const prompts: Prompt[] = [
    ...(page.secondPhone ? [secondPhoneNotice] : []),
    { type: 'notice', tone: 'error', text: message(text) },
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(page.purpose === 'login' ? [startOverLink(page, retry && page.maySend)] : []),
  ]
  return { title: message(title), width: 'narrow', prompts }
}

function startOverLink(page: ConfirmPage, beside: boolean): Prompt {
  return {
    type: 'link',
    href: page.visit.startOver,
    label: message(beside ? 'push.cancel' : 'push.restart'),
    ...(beside ? {} : { look: 'primary' as const }),
  }
}

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  /** Whether the same page may send again. After a denial or a wrong number a login has to begin anew. */
  readonly retry: boolean
}

function endOf({ purpose, standing, maySend }: ConfirmPage): End {
  const test = purpose === 'test'
  if (!maySend && (standing === 'expired' || (test && standing === 'wrong_number'))) {
    return { title: 'push.limit.title', text: 'push.limit.text', retry: false }
  }
  switch (standing) {
    case 'denied':
      return test
        ? { title: 'test.denied.title', text: 'test.denied.text', retry: true }
        : { title: 'push.denied.title', text: 'push.denied.text', retry: false }
    case 'wrong_number':
      return test
        ? { title: 'test.wrong_number.title', text: 'test.wrong_number.text', retry: true }
        : { title: 'push.wrong_number.title', text: 'push.wrong_number.text', retry: false }
    case 'superseded':
      return { title: 'push.superseded.title', text: 'push.superseded.text', retry: test }
    default:
      return test
        ? { title: 'test.expired.title', text: 'test.expired.text', retry: true }
        : { title: 'push.expired.title', text: 'push.expired.text', retry: true }
  }
}

const secondPhoneNotice: NoticePrompt = {
  type: 'notice',
  tone: 'warning',
  title: message('enrol.second_phone.title'),
  text: message('enrol.second_phone.text'),
}
