/**
 * From when a phone can be asked again, in words: on the buttons of a page that waits, and on the cards of all factors. hold.ts
 * has the limit.
 */
import { z } from 'zod'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { type JourneyData, journeyEntry } from '../../engine/data.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'

/** Until when the page of a request can send no other one (ms since the epoch), as far as the journey knows. */
export const heldUntilEntry = journeyEntry('approval.held_until', z.int())

/** What a page of a request knows of the limit. */
export interface HoldWords {
  /** The label of a button that asks a phone, with the time from which it can. */
  readonly say: (label: Message) => Message
  readonly isHeld: boolean
  /** For the notice of a page whose request has ended: its buttons that ask a phone are armed at the end. Empty: they are. */
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

/** Of the notice on a page whose request has ended: a wait that ends by itself is no error. */
export const getEndTone = ({ isHeld }: HoldWords) => (isHeld ? 'warning' : 'error')

/** What can be done now stands before what has to wait, and waits for nothing. */
export const toFirst = (option: ChoiceOption): ChoiceOption => ({
  ...option,
  look: 'primary',
  waits: false,
})

/** The page of a request without the notice that no other one is sent now, for where an error says so at greater length. */
export const withoutHoldNotice = (form: Form): Form => ({
  ...form,
  prompts: form.prompts.filter((one) => one.type !== 'notice' || one.tone !== 'warning'),
})

/** The hint of a card that can be chosen from then on. */
export function describeHold(until: number, now: number): Message | undefined {
  if (!isWorthSaying(until, now)) return undefined
  const key = isSoon(until, now) ? 'approval.again_from' : 'approval.again_from.day'
  return message(key, { at: roundUp(until) })
}

/** Shorter waits are counted down where they are met. */
const isWorthSaying = (until: number, now: number): boolean => until - now >= minutes(1)

/** The time of day says enough. */
const isSoon = (until: number, now: number): boolean => until - now <= hours(6)

/** Pages show whole minutes: at the one that is said, the limit is over. */
export const roundUp = (until: number): number => Math.ceil(until / minutes(1)) * minutes(1)
