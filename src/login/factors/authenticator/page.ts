/** The forms of a request: one for waiting, one for each result. stuck-page.ts has those that say why no phone is asked. */
import { buildApproveLink, buildRequestLink } from '#authenticator'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import type { StepContext } from '../../engine/step.ts'
import { getEndTone, readHold, toFirst } from '../approval/hold-words.ts'
import { type Beside, listBeside } from '../approval/other-phones.ts'
import { backOption, createFacts, createRestartLink, getLifetime } from '../approval/page-parts.ts'
import { otherOption } from '../enrolled.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import type { Scene } from './ask.ts'
import type { Challenge } from './challenges.ts'
import type { AuthenticatorDevice } from './devices.ts'

export interface ChallengePage extends Scene, Beside<AuthenticatorDevice> {
  /** The name of the app that the login is for, or of the account pages. */
  readonly app: string | Message
  readonly maySend: boolean
  readonly context: StepContext
  readonly origin: string
}

export function createChallengeForm(page: ChallengePage): Form {
  return page.state === 'waiting' ? createWaitingForm(page) : createEndedForm(page)
}

const isTest = ({ challenge }: Pick<Scene, 'challenge'>): boolean => challenge.purpose !== 'login'

/** In two groups of three digits, as people read and type them. The space does not break. */
const groupCode = ({ code }: Challenge): string => `${code.slice(0, 3)}\u00a0${code.slice(3)}`

export function describeWait({ challenge, device }: Pick<Scene, 'challenge' | 'device'>): Message {
  const { name } = device
  switch (challenge.delivery) {
    case 'queued':
      return message('push.status.sending', { device: name })
    case 'sent':
      return message('phone_code.status.sent', { device: name })
    case 'none':
      return message('phone_code.status.open')
    default:
      return message('phone_code.status.undelivered')
  }
}

function createWaitingForm(page: ChallengePage): Form {
  const { challenge, device, context, app } = page
  const code = groupCode(challenge)
  const { id: request, scan } = challenge
  const prompts: Prompt[] = [
    { type: 'code', value: code, label: message('phone_code.code'), look: 'digits' },
    {
      type: 'qr',
      content: buildApproveLink({ origin: page.origin, request, scan }),
      label: message('phone_code.scan.alt'),
      look: 'beside',
      link: message('phone_code.scan'),
      onPhone: {
        address: buildRequestLink({ origin: page.origin, request }),
        label: message('phone_code.open'),
        hint: message('phone_code.open.hint'),
      },
    },
    {
      type: 'wait',
      status: describeWait(page),
      startedAt: challenge.createdAt,
      expiresAt: challenge.expiresAt,
      ...readHold(context).pause,
    },
    ...(isTest(page) ? [] : [createFacts(app, context.client)]),
    { type: 'choice', name: 'action', options: listWaitingOptions(page) },
  ]
  const values = { device: device.name }
  return {
    title: message(findTitle(page)),
    lead: message(isTest(page) ? 'phone_code.test.lead' : 'phone_code.lead', values),
    leadOnPhone: message('phone_code.lead.phone', { ...values, code }),
    width: 'halves',
    prompts,
  }
}

function findTitle(page: ChallengePage): MessageKey {
  if (isTest(page)) return 'phone_code.test.title'
  return page.context.request.confirms === undefined ? 'push.title' : 'phone_code.account.title'
}

function listWaitingOptions(page: ChallengePage): ChoiceOption[] {
  const { maySend } = page
  const { phones, others } = listBeside('authenticator', page, maySend)
  const resend: ChoiceOption = { ...createResend(page), look: 'secondary', waits: true }
  return [
    ...(maySend ? [resend] : []),
    ...phones,
    ...(others.length > 0 ? [otherOption] : []),
    ...(isTest(page) ? [] : [createTroubleOption(phoneTrouble)]),
    isTest(page) ? backOption : cancelOption,
  ]
}

/** A phone that cannot be woken gets no message, so the page only has a new code. */
function createResend({
  challenge,
  context,
}: ChallengePage): Pick<ChoiceOption, 'value' | 'label'> {
  const label = challenge.delivery === 'none' ? 'enrol.phone.renew' : 'push.resend'
  return { value: 'resend', label: readHold(context).say(message(label)) }
}

const cancelOption: ChoiceOption = {
  value: 'cancel',
  label: message('action.cancel'),
  look: 'quiet',
}
function createEndedForm(page: ChallengePage): Form {
  const { title, text, retry } = describeEnd(page)
  const mayRetry = retry && page.maySend
  const { isHeld } = readHold(page.context)
  const look = isHeld ? 'secondary' : 'primary'
  const resend: ChoiceOption = { ...createResend(page), look, waits: true }
  const { phones, others } = listBeside('authenticator', page, mayRetry)
  const other = others.length > 0 ? [otherOption] : []
  const options: ChoiceOption[] = [
    ...(isHeld ? other.map(toFirst) : []),
    ...(mayRetry ? [resend] : []),
    ...phones,
    ...(isHeld ? [] : other),
    ...(page.state === 'expired' && !isTest(page) ? [createTroubleOption(phoneTrouble)] : []),
    ...(isTest(page) ? [backOption] : []),
  ]
  const restart = isTest(page) ? [] : [createRestartLink(page.context, mayRetry)]
  const choice = options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      {
        type: 'notice',
        tone: getEndTone(readHold(page.context)),
        text: message(text, { wait: getLifetime(page.challenge) }),
        ...readHold(page.context).pause,
      },
      ...(mayRetry ? [...choice, ...restart] : [...restart, ...choice]),
    ],
  }
}

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  /** Whether the same page may ask again. After a refusal or wrong codes, the login has to start over. */
  readonly retry: boolean
}

function describeEnd(page: ChallengePage): End {
  const { state, maySend } = page
  const test = isTest(page)
  if (!maySend && (state === 'expired' || test)) {
    return { title: 'approval.limit.title', text: 'push.used_up.text', retry: false }
  }
  switch (state) {
    case 'denied':
    case 'reported':
      if (test) return { title: 'test.denied.title', text: 'phone_code.test.denied', retry: true }
      return state === 'denied'
        ? { title: 'push.denied.title', text: 'push.denied.text', retry: false }
        : { title: 'phone_code.reported.title', text: 'phone_code.reported.text', retry: false }
    case 'wrong_code':
      return test
        ? { title: 'phone_code.wrong_code.title', text: 'phone_code.test.wrong', retry: true }
        : { title: 'phone_code.wrong_code.title', text: 'phone_code.wrong_code.text', retry: false }
    case 'superseded':
      return { title: 'push.superseded.title', text: 'push.superseded.text', retry: test }
    default:
      return {
        title: 'push.expired.title',
        text: readHold(page.context).isHeld ? 'push.expired.text.held' : 'phone_code.expired.text',
        retry: true,
      }
  }
}
