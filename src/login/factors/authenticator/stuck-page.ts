/** The pages that say why a phone is not asked, and what else the user can do. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import type { TestLimit } from '../approval/request-budget.ts'
import { createFactorOption } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { createRefusalError, type Refusal } from '../lockout.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import { backOption } from './page.ts'

export interface StuckPage {
  readonly others: readonly FactorCard[]
  readonly restartPath: string
}

/** Why nothing is asked. `until` in milliseconds since the epoch. */
export type AskLimit =
  /** Too many wrong answers, with this factor or with another one. */
  | Refusal
  /** Too many requests were not approved. */
  | { readonly type: 'budget'; readonly until: number }
  /** The next one can be made in `seconds`. */
  | { readonly type: 'pause'; readonly seconds: number }
  /** The user reported a login as another person's. */
  | { readonly type: 'blocked'; readonly until: number }

/** The page for a user who has no such phone any more. */
export const createNoPhoneForm = (stuck: StuckPage): Form =>
  createStuckForm(
    { title: message('push.no_device.title'), text: message('push.no_device.text') },
    stuck,
  )

/** @param now milliseconds since the epoch, from which the page counts down */
export function createLimitedForm(limit: AskLimit, stuck: StuckPage, now: number): Form {
  return createStuckForm(describeLimit(limit, stuck), stuck, findPause(limit, now))
}

/** Seconds until something can be asked again. What is off does not end by waiting. */
function findPause(limit: AskLimit, now: number): number | undefined {
  if (limit.type === 'off') return undefined
  if (limit.type === 'wait') return limit.retryAfter
  if (limit.type === 'pause') return limit.seconds
  return Math.max(1, Math.ceil((limit.until - now) / 1000))
}

interface Said {
  readonly title: Message
  readonly text: Message
}

function describeLimit(limit: AskLimit, { others }: StuckPage): Said {
  switch (limit.type) {
    case 'budget': {
      const text = message('push.limit.text', { at: limit.until })
      return { title: message('push.limit.title'), text }
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

export function describePause(seconds: number): Said {
  return { title: message('push.pause.title'), text: message('push.pause.text', { wait: seconds }) }
}

const retryLater: ChoiceOption = {
  value: 'retry',
  label: message('push.retry'),
  look: 'secondary',
  waits: true,
}

function createStuckForm(
  { title, text }: Said,
  { others, restartPath }: StuckPage,
  pause?: number,
): Form {
  const retry = pause === undefined ? [] : [retryLater]
  const options = [...others.map(createFactorOption), ...retry, createTroubleOption(phoneTrouble)]
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text, ...(pause !== undefined && { pause }) },
      { type: 'choice', name: 'action', options },
      { type: 'link', href: restartPath, label: message('push.restart'), look: 'quiet' },
    ],
  }
}

/** Too many requests went to new phones. */
export function createLimitedTestForm(limit: TestLimit, now: number): Form {
  const { title, text } = describeTestLimit(limit, now)
  const again: ChoiceOption = { ...retryLater, value: 'resend' }
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

export function describeTestLimit({ type, until }: TestLimit, now: number): Said {
  const title = message('trial.limit.title')
  if (type === 'day') return { title, text: message('test.limit.day', { at: until }) }
  return { title, text: message('trial.limit.tests', { wait: Math.ceil((until - now) / 1000) }) }
}

const backToLink: ChoiceOption = { ...backOption, label: message('enrol.renew'), look: 'primary' }

/** Two phones have used the link, and nobody can tell which of them is the owner's. */
export const refusedTestForm: Form = {
  title: message('phone_code.second.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'error', text: message('phone_code.second.text') },
    { type: 'choice', name: 'action', options: [backToLink] },
  ],
}

/** The phone was removed, or was found to be copied, before it was verified. */
export const removedTestForm: Form = {
  title: message('push.no_device.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'error', text: message('phone_code.gone.text') },
    { type: 'choice', name: 'action', options: [backToLink] },
  ],
}
