/** The forms of a push challenge: one for waiting, one for each result, and those that say why nothing is sent. */

import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import { browserMessage } from '../../engine/client.ts'
import type { ChoiceOption, Form, NoticePrompt, Prompt } from '../../engine/prompt.ts'
import type { ClientFacts, FormError, StepContext } from '../../engine/step.ts'
import type { TestLimit } from '../approval/request-budget.ts'
import { createFactorOption, listOtherButtons, otherOption } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { createRefusalError, type Refusal } from '../lockout.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import type { ChallengePurpose, ChallengeState, PushChallenge } from './challenges.ts'
import { createUnreachableTitle, describeDelivery, getName } from './delivery-words.ts'
import type { PushDevice } from './devices.ts'
import { createPhoneOptions } from './other-phones.ts'
import { createUndeliveredForm } from './undelivered-page.ts'

export interface ChallengePage {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly state: ChallengeState
  readonly device: PushDevice
  /** The name of the app that the login is for, or of the account pages. */
  readonly app: string | Message
  /** The journey has sent an earlier message to the same phone. */
  readonly isAgain: boolean
  readonly maySend: boolean
  /** The other second factors that the user may choose. */
  readonly others: readonly FactorCard[]
  /** The other phones to which the user may send instead. */
  readonly phones: readonly PushDevice[]
  /** No provider has taken the message over in time. */
  readonly isSlow: boolean
  readonly secondPhone: boolean
  readonly context: StepContext
}

export function createChallengeForm(page: ChallengePage): Form {
  if (page.state !== 'waiting') return createEndedForm(page)
  if (page.challenge.delivery !== 'failed') return createWaitingForm(page)
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

/** A phone under test is asked by nobody but its owner. */
const listFacts = ({ purpose, app, context }: ChallengePage): Prompt[] =>
  purpose === 'test' ? [] : [createFacts(app, context.client)]

const isOffering = ({ isSlow, others }: ChallengePage): boolean => isSlow && others.length > 0

/**
 * The other factors are behind one button while the message is being sent. When that takes too long, the only one is there by
 * its name.
 * What is first stays first, also where the message was not delivered: nobody presses what has just moved.
 */
function listWaitingOptions(page: ChallengePage): ChoiceOption[] {
  const { maySend, others } = page
  const resend: ChoiceOption = {
    value: 'resend',
    label: message('push.resend'),
    look: 'secondary',
    waits: true,
  }
  const behind = others.length > 0 ? [otherOption] : []
  const offered = isOffering(page) ? listOtherButtons(others) : behind
  return [
    ...(maySend ? [resend, ...createPhoneOptions(page.phones)] : []),
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

/** What else the user can do when nothing can be sent. */
export interface StuckPage {
  readonly others: readonly FactorCard[]
  readonly restartPath: string
  /** Seconds after which the button to try again is armed. */
  readonly pause?: number | undefined
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
    return createStuckForm(createUnreachableTitle(device), message('push.no_sender.text'), stuck)
  }
  const text = message(mayEnrol ? 'push.disabled.text.register' : 'push.disabled.text')
  const options = mayEnrol ? [register, retry] : [retry]
  return createStuckForm(createUnreachableTitle(device), text, stuck, options)
}

const retry: ChoiceOption = { value: 'retry', label: message('push.retry'), look: 'secondary' }
const retryLater: ChoiceOption = { ...retry, waits: true }
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

/** Too many tests were sent. The button tries again on this page: the phone has its account, so it needs no new code. */
export function createLimitedTestForm(limit: TestLimit, now: number): Form {
  const { title, text } = describeTestLimit(limit, now)
  const again: ChoiceOption = {
    value: 'resend',
    label: message('push.retry'),
    look: 'secondary',
    waits: true,
  }
  const pause = Math.max(1, Math.ceil((limit.until - now) / 1000))
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text, pause },
      { type: 'choice', name: 'action', options: [again, backOption] },
    ],
  }
}

export function describeTestLimit({ type, until }: TestLimit, now: number) {
  const title = message('trial.limit.title')
  if (type === 'day') return { title, text: message('test.limit.day', { at: until }) }
  return { title, text: message('trial.limit.tests', { wait: Math.ceil((until - now) / 1000) }) }
}

const backOption: ChoiceOption = { value: 'back', label: message('enrol.back'), look: 'quiet' }

function createStuckTestForm(title: Message, text: Message): Form {
  const back: ChoiceOption = { value: 'back', label: message('enrol.back'), look: 'primary' }
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text },
      { type: 'choice', name: 'action', options: [back] },
    ],
  }
}

/** Why no message is sent. */
export type SendLimit =
  /** Too many wrong answers, with this factor or with another one. */
  | Refusal
  /** Too many messages were not approved. `until` in milliseconds since the epoch. */
  | { readonly type: 'budget'; readonly until: number }
  /** The next message can be sent in `seconds`. */
  | { readonly type: 'pause'; readonly seconds: number }
  /** The user reported a login as another person's. `until` in milliseconds since the epoch. */
  | { readonly type: 'blocked'; readonly until: number }

/** @param now milliseconds since the epoch, from which the page counts down */
export function createLimitedForm(limit: SendLimit, stuck: StuckPage, now: number): Form {
  const { title, text } = describeLimit(limit, stuck)
  const pause = findPause(limit, now)
  return createStuckForm(title, text, { ...stuck, pause }, pause === undefined ? [] : [retryLater])
}

/** Beside a request that is still open. */
export function createLimitError(limit: SendLimit, now: number): FormError {
  const said = describeLimit(limit, { others: [] })
  const retryAfter = findPause(limit, now)
  return { status: 429, ...said, ...(retryAfter !== undefined && { retryAfter }) }
}

/** Seconds until something can be sent again. What is off does not end by waiting. */
function findPause(limit: SendLimit, now: number): number | undefined {
  switch (limit.type) {
    case 'off':
      return undefined
    case 'wait':
      return limit.retryAfter
    case 'pause':
      return limit.seconds
    default:
      return Math.max(1, Math.ceil((limit.until - now) / 1000))
  }
}

function describeLimit(
  limit: SendLimit,
  { others }: Pick<StuckPage, 'others'>,
): { title: Message; text: Message } {
  switch (limit.type) {
    case 'budget':
      return {
        title: message('push.limit.title'),
        text: message('push.limit.text', { at: limit.until }),
      }
    case 'pause':
      return describePause(limit.seconds)
    case 'blocked': {
      const text = others.length > 0 ? 'push.blocked.text.other' : 'push.blocked.text'
      return { title: message('push.blocked.title'), text: message(text, { at: limit.until }) }
    }
    default:
      return createRefusalError(limit)
  }
}

function describePause(seconds: number) {
  return {
    title: message('push.pause.title'),
    text: message('push.pause.text', { wait: seconds }),
  }
}

function createStuckForm(
  title: Message,
  text: Message,
  { others, restartPath, pause }: StuckPage,
  more: readonly ChoiceOption[] = [],
): Form {
  const trouble = createTroubleOption(phoneTrouble)
  const options = [...others.map(createFactorOption), ...more, trouble]
  const restart = { type: 'link', href: restartPath, label: message('push.restart') } as const
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text, ...(pause !== undefined && { pause }) },
      { type: 'choice', name: 'action', options },
      { ...restart, look: 'quiet' },
    ],
  }
}

function createFacts(app: string | Message, client: ClientFacts): Prompt {
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

function createEndedForm(page: ChallengePage): Form {
  const { title, text, retry } = describeEnd(page)
  const beside = retry && page.maySend
  const options: ChoiceOption[] = [
    ...(beside
      ? [
          { value: 'resend', label: message('push.resend'), look: 'primary' } as const,
          ...createPhoneOptions(page.phones),
        ]
      : []),
    ...(page.others.length > 0 ? [otherOption] : []),
    ...(page.state === 'expired' ? listTroubleOptions(page) : []),
    ...(page.purpose === 'test' ? [backOption] : []),
  ]
  const prompts: Prompt[] = [
    ...(page.secondPhone ? [secondPhoneNotice] : []),
    { type: 'notice', tone: 'error', text: message(text, { wait: getLifetime(page.challenge) }) },
    ...(page.purpose === 'login' && !beside ? [createRestartLink(page, beside)] : []),
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(page.purpose === 'login' && beside ? [createRestartLink(page, beside)] : []),
  ]
  return { title: message(title), width: 'narrow', prompts }
}

/** Seconds for which a challenge could be answered. */
const getLifetime = ({ createdAt, expiresAt }: PushChallenge): number =>
  Math.round((expiresAt - createdAt) / 1000)

function createRestartLink(page: ChallengePage, beside: boolean): Prompt {
  return {
    type: 'link',
    href: page.context.createRestartPath(),
    label: message(beside ? 'action.cancel' : 'push.restart'),
    look: beside ? 'quiet' : 'primary',
  }
}

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  /** Whether the same page may send again. After a denial or a wrong number, the login has to start over. */
  readonly retry: boolean
}

function describeEnd({ purpose, state, maySend }: ChallengePage): End {
  const test = purpose === 'test'
  if (!maySend && (state === 'expired' || (test && state === 'wrong_number'))) {
    return { title: 'push.limit.title', text: 'push.used_up.text', retry: false }
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
        : { title: 'push.expired.title', text: 'push.expired.text', retry: true }
  }
}

const secondPhoneNotice: NoticePrompt = {
  type: 'notice',
  tone: 'warning',
  title: message('enrol.second_phone.title'),
  text: message('enrol.second_phone.text'),
}
