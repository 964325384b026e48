/** The forms of a push challenge: one for waiting, one for each result, and those that say why no phone can be asked. */

import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form, NoticePrompt, Prompt } from '../../engine/prompt.ts'
import type { StepContext } from '../../engine/step.ts'
import { getEndTone, readHold, toFirst } from '../approval/hold-words.ts'
import {
  createStuckForm,
  createStuckTestForm,
  retry,
  type StuckPage,
} from '../approval/limited-page.ts'
import { type Beside, listBeside } from '../approval/other-phones.ts'
import { backOption, createFacts, createRestartLink, getLifetime } from '../approval/page-parts.ts'
import { listOtherButtons, otherOption } from '../enrolled.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import {
  type ChallengePurpose,
  type ChallengeState,
  isUndelivered,
  type PushChallenge,
} from './challenges.ts'
import { createUnreachableTitle, describeDelivery, getName } from './delivery-words.ts'
import type { PushDevice } from './devices.ts'
import { createUndeliveredForm } from './undelivered-page.ts'

export interface ChallengePage extends Beside<PushDevice> {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly state: ChallengeState
  readonly device: PushDevice
  /** The name of the app that the login is for, or of the account pages. */
  readonly app: string | Message
  /** The journey has sent an earlier message to the same phone. */
  readonly isAgain: boolean
  readonly maySend: boolean
  /** No provider has taken the message over in time. */
  readonly isSlow: boolean
  readonly secondPhone: boolean
  readonly context: StepContext
}

export function createChallengeForm(page: ChallengePage): Form {
  if (page.state !== 'waiting') return createEndedForm(page)
  if (!isUndelivered(page.challenge.delivery)) return createWaitingForm(page)
  const challenge = { ...page.challenge, delivery: 'queued' } as const
  return createUndeliveredForm(page, {
    form: createWaitingForm({ ...page, challenge, isSlow: false }),
    facts: listFacts(page),
    leave: createLeaveOption(page),
  })
}

function createWaitingForm(page: ChallengePage): Form {
  const { purpose, challenge, device, isAgain } = page
  const test = purpose === 'test'
  const asksNumber = challenge.type === 'challenge'
  const number: Prompt = {
    type: 'code',
    value: `${challenge.numbers.right}`,
    label: message(test ? 'test.number' : 'push.number'),
  }
  const prompts: Prompt[] = [
    ...(page.secondPhone ? [secondPhoneNotice] : []),
    ...(asksNumber ? [number] : []),
    {
      type: 'wait',
      status: describeDelivery(challenge, device, { isAgain, offersOthers: isOffering(page) }),
      startedAt: challenge.createdAt,
      expiresAt: challenge.expiresAt,
      ...readHold(page.context).pause,
    },
    ...listFacts(page),
    { type: 'choice', name: 'action', options: listWaitingOptions(page) },
  ]
  return {
    title: message(test ? 'test.title' : 'push.title'),
    lead: createLead(page, asksNumber),
    ...(asksNumber && {
      leadOnPhone: message('push.lead.phone', { number: `${challenge.numbers.right}` }),
    }),
    width: 'narrow',
    prompts,
  }
}

function createLead({ purpose, device }: ChallengePage, asksNumber: boolean): Message {
  if (purpose === 'login') return message(asksNumber ? 'push.lead' : 'push.lead.plain')
  return message(asksNumber ? 'test.lead' : 'test.lead.plain', { device: getName(device) })
}

/** Only its owner sends requests to a phone under test. */
const listFacts = ({ purpose, app, context }: ChallengePage): Prompt[] =>
  purpose === 'test' ? [] : [createFacts(app, context.client)]

const isOffering = ({ isSlow, others }: ChallengePage): boolean => isSlow && others.length > 0

/**
 * While the message is being sent, the other factors are behind one button. When that takes too long, a single other factor has a
 * button with its own name.
 * What is first stays first, also when the message was not delivered, so that nobody presses what has just moved.
 */
function listWaitingOptions(page: ChallengePage): ChoiceOption[] {
  const { maySend } = page
  const { phones, others } = listBeside('push', page, maySend)
  const resend: ChoiceOption = {
    value: 'resend',
    label: readHold(page.context).say(message('push.resend')),
    look: 'secondary',
    waits: true,
  }
  const behind = others.length > 0 ? [otherOption] : []
  const offered = isOffering(page) ? listOtherButtons(others) : behind
  return [
    ...(maySend ? [resend] : []),
    ...phones,
    ...offered,
    ...listTroubleOptions(page),
    createLeaveOption(page),
  ]
}

function createLeaveOption({ purpose }: ChallengePage): ChoiceOption {
  if (purpose === 'test') return backOption
  return { value: 'cancel', label: message('action.cancel'), look: 'quiet' }
}

/** A phone under test is at hand: it has just scanned the code. */
function listTroubleOptions({ purpose }: Pick<ChallengePage, 'purpose'>): ChoiceOption[] {
  return purpose === 'login' ? [createTroubleOption(phoneTrouble)] : []
}

/** The page for a user without a phone, with phones that no message reaches, or with an app that is too old. */
export function createUnreachableForm(
  stuck: StuckPage,
  found:
    | { readonly type: 'none'; readonly mayEnrol: boolean }
    | {
        readonly type: 'unreachable' | 'no_sender' | 'old_app'
        readonly device: PushDevice
        readonly mayEnrol: boolean
      },
): Form {
  if (found.type === 'none') {
    return createStuckForm(message('push.no_device.title'), message('push.no_device.text'), stuck)
  }
  if (found.type === 'old_app') {
    return createStuckForm(message('push.old_app.title'), message('push.old_app.text'), stuck, [
      retry,
    ])
  }
  const { device, mayEnrol } = found
  if (found.type === 'no_sender') {
    const title = message('push.no_sender.title')
    return createStuckForm(title, message('push.no_sender.text'), stuck)
  }
  const text = message(mayEnrol ? 'push.disabled.text.register' : 'push.disabled.text')
  const options = mayEnrol ? [register, retry] : [retry]
  return createStuckForm(createUnreachableTitle(device), text, stuck, options)
}

const register: ChoiceOption = {
  value: 'register',
  label: message('push.register_anew'),
  hint: message('push.register_anew.hint'),
  look: 'card',
  icon: 'phone',
}

/** The page for a phone under test that cannot be reached or was removed. */
export function createUnreachableTestForm(
  device: PushDevice | undefined,
  text: 'push.disabled.text' | 'push.no_sender.text' = 'push.disabled.text',
): Form {
  return device === undefined
    ? createStuckTestForm(message('push.no_device.title'), message('push.no_device.text'))
    : createStuckTestForm(createUnreachableTitle(device), message(text))
}

/** The app of the phone under test shows no numbers, and numbers are required. */
export const oldAppTestForm: Form = createStuckTestForm(
  message('push.old_app.title'),
  message('push.old_app.text'),
)

function createEndedForm(page: ChallengePage): Form {
  const { title, text, retry } = describeEnd(page)
  const beside = retry && page.maySend
  const { phones, others } = listBeside('push', page, beside)
  const { say, isHeld } = readHold(page.context)
  const label = say(message('push.resend'))
  const look = isHeld ? 'secondary' : 'primary'
  const resend: ChoiceOption = { value: 'resend', label, look, waits: true }
  const other = others.length > 0 ? [otherOption] : []
  const options: ChoiceOption[] = [
    ...(isHeld ? other.map(toFirst) : []),
    ...(beside ? [resend] : []),
    ...phones,
    ...(isHeld ? [] : other),
    ...(page.state === 'expired' ? listTroubleOptions(page) : []),
    ...(page.purpose === 'test' ? [backOption] : []),
  ]
  const prompts: Prompt[] = [
    ...(page.secondPhone ? [secondPhoneNotice] : []),
    {
      type: 'notice',
      tone: getEndTone(readHold(page.context)),
      text: message(text, { wait: getLifetime(page.challenge) }),
      ...readHold(page.context).pause,
    },
    ...(page.purpose === 'login' && !beside ? [createRestartLink(page.context, beside)] : []),
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(page.purpose === 'login' && beside ? [createRestartLink(page.context, beside)] : []),
  ]
  return { title: message(title), width: 'narrow', prompts }
}

const expiredText = (context: StepContext) =>
  readHold(context).isHeld ? 'push.expired.text.held' : 'push.expired.text'

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  /** Whether the same page may send again. After a denial or a wrong number, the login has to start over. */
  readonly retry: boolean
}

function describeEnd({ purpose, state, maySend, context }: ChallengePage): End {
  const test = purpose === 'test'
  if (!maySend && (state === 'expired' || (test && state === 'wrong_number'))) {
    return { title: 'approval.limit.title', text: 'push.used_up.text', retry: false }
  }
  switch (state) {
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
        : { title: 'push.expired.title', text: expiredText(context), retry: true }
  }
}

const secondPhoneNotice: NoticePrompt = {
  type: 'notice',
  tone: 'warning',
  title: message('push.enrol.second_phone.title'),
  text: message('push.enrol.second_phone.text'),
}
