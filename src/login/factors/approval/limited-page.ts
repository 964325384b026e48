/**
 * The pages that say why a phone is not asked, and what else the user can do. Owns their texts and their order of buttons; a
 * factor says which limit it is.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import type { FormError } from '../../engine/step.ts'
import { listFactorOptions } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { createRefusalError, type Refusal } from '../lockout.ts'
import { createTroubleOption, phoneTrouble } from '../trouble.ts'
import { roundUp } from './hold-words.ts'
import { listOtherFactors } from './other-phones.ts'
import { backOption } from './page-parts.ts'
import type { TestLimit } from './request-budget.ts'

/** What else the user can do when no message can be sent. */
export interface StuckPage {
  readonly others: readonly FactorCard[]
  readonly restartPath: string
  /** The wait after which the button to try again is armed. */
  readonly wait?: Wait
}

interface Wait {
  readonly seconds: number
  /** `info`: nothing is wrong. */
  readonly tone: 'info' | 'warning'
}

export const retry: ChoiceOption = {
  value: 'retry',
  label: message('approval.retry'),
  look: 'secondary',
}
const retryLater: ChoiceOption = { ...retry, waits: true }

/** Too many tests were sent. The button tries again on this page: the phone has its account, so it needs no new code. */
export function createLimitedTestForm(limit: TestLimit, now: number): Form {
  const { title, text } = describeTestLimit(limit, now)
  const again: ChoiceOption = { ...retryLater, value: 'resend' }
  const pause = Math.max(1, Math.ceil((limit.until - now) / 1000))
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'warning', text, pause },
      { type: 'choice', name: 'action', options: [again, backOption] },
    ],
  }
}

export function describeTestLimit({ type, until }: TestLimit, now: number) {
  const title = message('trial.limit.title')
  if (type === 'day') return { title, text: message('test.limit.day', { at: until }) }
  return { title, text: message('trial.limit.tests', { wait: Math.ceil((until - now) / 1000) }) }
}

/** @param label of the button that leads back to the code or link */
export function createStuckTestForm(
  title: Message,
  text: Message,
  label = message('enrol.back'),
): Form {
  const back: ChoiceOption = { value: 'back', label, look: 'primary' }
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
  /**
   * The next message can be sent in `seconds`. `busy`: a phone waits for the answer to a request that this login does not
   * supersede.
   */
  | { readonly type: 'pause' | 'busy'; readonly seconds: number }
  /** The user reported a login as another person's. `until` in milliseconds since the epoch. */
  | { readonly type: 'blocked'; readonly until: number }

/** @param now milliseconds since the epoch, from which the page counts down */
export function createLimitedForm(limit: SendLimit, stuck: StuckPage, now: number): Form {
  // Phones of other kinds have the same limit.
  const others = isRefusal(limit) ? stuck.others : listOtherFactors(stuck)
  const { title, text } = describeLimit(limit, { others })
  const seconds = findPause(limit, now)
  if (seconds === undefined) return createStuckForm(title, text, { ...stuck, others })
  const tone = isShort(limit) ? 'info' : 'warning'
  const wait = { seconds, tone } as const
  return createStuckForm(title, text, { ...stuck, others, wait }, [retryLater])
}

/** Beside a request that is still open. */
export function createLimitError(limit: SendLimit, now: number): FormError {
  const said = describeLimit(limit, { others: [] })
  const retryAfter = findPause(limit, now)
  return {
    status: 429,
    ...said,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(isShort(limit) && { tone: 'info' }),
  }
}

/** Nothing is wrong: the next message follows shortly. */
export const isShort = ({ type }: SendLimit): boolean => type === 'pause' || type === 'busy'

const isRefusal = ({ type }: SendLimit): boolean => type === 'wait' || type === 'off'

/** Seconds until a message can be sent again. Waiting does not help when a factor is off. */
export function findPause(limit: SendLimit, now: number): number | undefined {
  switch (limit.type) {
    case 'off':
      return undefined
    case 'wait':
      return limit.retryAfter
    case 'pause':
    case 'busy':
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
        title: message('approval.limit.title'),
        text: message('approval.limit.text', { at: roundUp(limit.until) }),
      }
    case 'pause':
    case 'busy':
      return describePause(limit.type, limit.seconds)
    case 'blocked': {
      const text = others.length > 0 ? 'approval.blocked.text.other' : 'approval.blocked.text'
      return {
        title: message('approval.blocked.title'),
        text: message(text, { at: roundUp(limit.until) }),
      }
    }
    default:
      return createRefusalError(limit)
  }
}

function describePause(type: 'pause' | 'busy', seconds: number) {
  return {
    title: message('approval.pause.title'),
    text: message(`approval.${type}.text`, { wait: seconds }),
  }
}

export function createStuckForm(
  title: Message,
  text: Message,
  { others, restartPath, wait }: StuckPage,
  more: readonly ChoiceOption[] = [],
): Form {
  const trouble = createTroubleOption(phoneTrouble)
  const ways = [...listFactorOptions(others), ...more]
  const options = [...ways, ways.length > 0 ? trouble : ({ ...trouble, look: 'primary' } as const)]
  const restart = { type: 'link', href: restartPath, label: message('approval.restart') } as const
  return {
    title,
    width: 'narrow',
    prompts: [
      wait === undefined
        ? { type: 'notice', tone: 'error', text }
        : { type: 'notice', tone: wait.tone, text, pause: wait.seconds },
      { type: 'choice', name: 'action', options },
      { ...restart, look: 'quiet' },
    ],
  }
}
