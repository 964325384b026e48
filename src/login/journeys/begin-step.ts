/**
 * The first page of a step-up: says what is asked and waits for a click. Without the click, a link on any page could make a
 * phone ring. People who have to type a code or show a passkey read nothing about a message. Owns the exits as well: back
 * to the app that asks, and to the page for a lost device.
 */

import { type Message, message } from '../../platform/ui/message.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { Form, Prompt } from '../engine/prompt.ts'
import type { Step, StepContext } from '../engine/step.ts'
import { addedPath } from './account.ts'
import { cancelLink } from './second-factor/cancel.ts'

export interface BeginStepOptions {
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  readonly findFitting: (context: StepContext) => Promise<StepUpFactors>
}

export interface StepUpFactors {
  /** Whether the click sends a message to a phone. */
  readonly sendsMessage: boolean
  /** The button for what is asked first. */
  readonly ask?: Message | undefined
  /** The name of the phone that is asked first, if it is one that has a name. */
  readonly phone?: string | undefined
  /** The name of a phone that is not enough here. */
  readonly weakerPhone?: string | undefined
  /** Whether the person has something that is not enough here, for example recovery codes. */
  readonly hasWeaker: boolean
}

export function createBeginStep(options: BeginStepOptions): Step<'step-up/begin', 'begun'> {
  return {
    name: 'step-up/begin',
    outcomes: ['begun'],
    async run(context) {
      if (context.answers?.action === 'begin') return { type: 'done', outcome: 'begun' }
      const app = await options.appName(context.request.appId)
      const factors = await options.findFitting(context)
      return { type: 'ask', form: createStepUpForm(app, factors, context.request) }
    },
  }
}

export function createStepUpForm(
  app: string | undefined,
  { sendsMessage, hasWeaker, ask, phone, weakerPhone }: StepUpFactors,
  request: JourneyRequest,
): Form {
  // The authenticator that was just added has not made the session stronger, so the person's own pages ask for it.
  const isAdded = request.returnTo === addedPath
  const lead = isAdded ? 'stepup.added.lead' : sendsMessage ? 'stepup.lead' : 'stepup.other.lead'
  const label = sendsMessage ? (ask ?? message('stepup.begin')) : message('stepup.other.begin')
  return {
    title: message('stepup.title'),
    lead: addWeaker(createLead(lead, app, phone), weakerPhone),
    width: 'narrow',
    prompts: [
      ...(isAdded ? [addedNotice] : []),
      { type: 'choice', name: 'action', options: [{ value: 'begin', label, look: 'primary' }] },
      cancelLink(request),
      ...(hasWeaker && request.appId !== undefined ? [lostLink] : []),
    ],
  }
}

function createLead(
  lead: 'stepup.added.lead' | 'stepup.lead' | 'stepup.other.lead',
  app: string | undefined,
  phone: string | undefined,
): Message {
  if (lead === 'stepup.added.lead') return message(lead)
  if (lead === 'stepup.lead' && phone !== undefined) {
    return app === undefined
      ? message('stepup.lead.on.plain', { device: phone })
      : message('stepup.lead.on', { app, device: phone })
  }
  return app === undefined ? message(`${lead}.plain`) : message(lead, { app })
}

/** A person who has just used the other phone reads why it is not asked. */
const addWeaker = (lead: Message, device: string | undefined): Message =>
  device === undefined ? lead : message('stepup.weaker', { lead, device })

const addedNotice: Prompt = {
  type: 'notice',
  tone: 'success',
  text: message('authenticators.done.added'),
}

/** A weaker factor is not enough here, but it opens the page where a lost one is replaced. */
const lostLink: Prompt = {
  type: 'link',
  href: '/account/authenticators',
  label: message('stepup.lost'),
}
