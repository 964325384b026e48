/**
 * The time from which a phone can be asked again, in words: on the buttons of a waiting page, and on the cards of all factors.
 * hold.ts has the limit.
 */
import { z } from 'zod'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { type JourneyData, journeyEntry } from '../../engine/data.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'

/** Until when the page of a request can send no further one (ms since the epoch), as far as the journey knows. */
export const heldUntilEntry = journeyEntry('approval.held_until', z.int())

/** What the page of a request knows about the limit. */
export interface HoldWords {
  /** The label of a button that asks a phone, with the time from which it works. */
  readonly say: (label: Message) => Message
  readonly isHeld: boolean
  /** The seconds until the buttons that ask a phone work, for the notice or the wait of the page. Empty: they work now. */
  readonly pause: { readonly pause?: number }
}

export function readHold({
  data,
  now,
}: {
  readonly data: JourneyData
  readonly now: number
}): HoldWords {
  const until = heldUntilEntry.read(data)
  if (until === undefined || !isWorthSaying(until, now))
    return { say: (label) => label, isHeld: false, pause: {} }
  const values = { at: roundUp(until) }
  const key = isSoon(until, now) ? 'approval.from' : 'approval.from.day'
  const pause = { pause: Math.ceil((until - now) / 1000) }
  return { say: (label) => message(key, { label, ...values }), isHeld: true, pause }
}

/** The tone of the notice on the page of an ended request: a wait that ends by itself is no error. */
export const getEndTone = ({ isHeld }: HoldWords) => (isHeld ? 'warning' : 'error')

/** An option that can be used now comes before those that have to wait, and waits for nothing. */
export const toFirst = (option: ChoiceOption): ChoiceOption => ({
  ...option,
  look: 'primary',
  waits: false,
})

/** The page of a request without the notice about the limit, for an error that says the same at greater length. */
export const withoutHoldNotice = (form: Form): Form => ({
  ...form,
  prompts: form.prompts.filter((one) => one.type !== 'notice' || one.tone !== 'warning'),
})

/** The hint of a card that can be chosen from then on; `undefined` for a short wait. */
export function describeHold(until: number, now: number): Message | undefined {
  if (!isWorthSaying(until, now)) return undefined
  const key = isSoon(until, now) ? 'approval.again_from' : 'approval.again_from.day'
  return message(key, { at: roundUp(until) })
}

/** The page itself counts down shorter waits. */
const isWorthSaying = (until: number, now: number): boolean => until - now >= minutes(1)

/** Whether the time of day is enough, without the day. */
const isSoon = (until: number, now: number): boolean => until - now <= hours(6)

/** Pages show whole minutes: at the minute that they show, the limit is over. */
export const roundUp = (until: number): number => Math.ceil(until / minutes(1)) * minutes(1)
