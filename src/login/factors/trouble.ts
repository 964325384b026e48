/**
 * What a person reads whose phone or key is not at hand: the button that leads there, and the words of the pages that follow.
 * journeys/second-factor/trouble.ts is the step; a factor's words say that its thing can be missing.
 */

import { z } from 'zod'
import { type Message, message } from '../../platform/ui/message.ts'
import { journeyEntry } from '../engine/data.ts'
import type { StepName } from '../engine/journey.ts'
import type { ChoiceOption } from '../engine/prompt.ts'
import type { Step, StepContext, StepResult } from '../engine/step.ts'
import type { FactorKind } from './index.ts'

export interface TroubleWords {
  /** The question, as a button and as a title. */
  readonly title: Message
  /** The thing cannot be used for now. */
  readonly away: Message
  /** What to do about that, for a person who has nothing else. */
  readonly awaySteps: readonly Message[]
  /** Another thing has taken its place. */
  readonly renewed: Message
  readonly renewedIcon: NonNullable<ChoiceOption['icon']>
  readonly renewedLead: Message
  /** What happens one after the other until the new one is there, for a person who still has the old one. */
  readonly renewedSteps: (old: Message | undefined) => readonly Message[]
  /** The button for a person who still has the old one. */
  readonly useOld: Message
}

export const phoneTrouble: TroubleWords = {
  title: message('trouble.title.phone'),
  away: message('trouble.away.phone'),
  awaySteps: [message('trouble.steps.power'), message('trouble.steps.again')],
  renewed: message('trouble.renewed.phone'),
  renewedIcon: 'phone',
  renewedLead: message('trouble.renewed.lead.phone'),
  renewedSteps: (old) => [
    message('trouble.renewed.confirm.phone'),
    message('trouble.renewed.connect.phone'),
    describeRemoval(old, 'trouble.renewed.removed.device'),
  ],
  useOld: message('trouble.use_old.phone'),
}

/** @param old the name of what is removed; absent: it has none, or is chosen later */
export function describeRemoval(
  old: Message | undefined,
  unnamed: 'trouble.renewed.removed.device' | 'trouble.renewed.removed.passkey',
): Message {
  return old === undefined ? message(unnamed) : message('trouble.renewed.removed', { device: old })
}

/** The value of the button, in every form. */
const troubleAction = 'trouble'

/** The kind of factor from whose page a person came. */
export const troubleKindEntry = journeyEntry('trouble.kind', z.string())

export const troubleReasons = ['away', 'lost', 'renewed'] as const

/** What a person says about the thing. `away`: it cannot be used for now. `renewed`: another one took its place. */
export type TroubleReason = (typeof troubleReasons)[number]

/** What the person says has happened. It stays when they leave the page, for the steps that follow. */
export const troubleReasonEntry = journeyEntry('trouble.reason', z.enum(troubleReasons))

/**
 * The ids of what is on the device that the person means, with blanks between them. Absent: the person has only one of its kind.
 */
export const troubleThingEntry = journeyEntry('trouble.thing', z.string())

/** Whether the person has said in this journey that the device with this authenticator is lost. */
export function isSaidLost(data: StepContext['data'], id: string | undefined): boolean {
  if (id === undefined || troubleReasonEntry.read(data) !== 'lost') return false
  return troubleThingEntry.read(data)?.split(' ').includes(id) === true
}

/** The kind whose request the server itself held back in this journey: nothing says that its thing is missing. */
export const heldBackEntry = journeyEntry('trouble.held_back', z.string())

/** The result of a factor's page on which a person pressed the button of trouble; `undefined`: they did not. */
export function findTrouble(
  { answers }: Pick<StepContext, 'answers'>,
  kind: FactorKind,
): Extract<StepResult<'trouble'>, { type: 'done' }> | undefined {
  if (answers?.action !== troubleAction) return undefined
  return { type: 'done', outcome: 'trouble', change: { data: troubleKindEntry.write(kind) } }
}

/** A step of a factor with the button of trouble on its page, which wins over every other answer. */
export function withTrouble<Name extends StepName, Outcome extends string>(
  step: Step<Name, Outcome>,
  kind: FactorKind,
): Step<Name, Outcome | 'trouble'> {
  return {
    ...step,
    outcomes: [...step.outcomes, 'trouble'],
    run: async (context) => findTrouble(context, kind) ?? (await step.run(context)),
  }
}

export function createTroubleOption({ title }: TroubleWords): ChoiceOption {
  return { value: troubleAction, label: title, look: 'quiet' }
}
