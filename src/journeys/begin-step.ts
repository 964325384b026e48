/**
 * The first page of a step-up: says what is asked and waits for a click. Without it, a link on any page could make a
 * phone ring. Who has to type a code or show a passkey is not told of a message.
 */
import type { Ask } from '../engine/prompt.ts'
import type { Step, Visit } from '../engine/step.ts'
import { message } from '../ui/message.ts'

export interface BeginStepOptions {
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** Whether the click sends a message to a phone. */
  readonly sendsMessage: (visit: Visit) => Promise<boolean>
}

export function createBeginStep(options: BeginStepOptions): Step<'step-up/begin', 'begun'> {
  return {
    name: 'step-up/begin',
    outcomes: ['begun'],
    async run(visit) {
      if (visit.answers?.action === 'begin') return { type: 'done', outcome: 'begun' }
      const app = await options.appName(visit.request.appId)
      return { type: 'ask', ask: stepUpAsk(app, await options.sendsMessage(visit)) }
    },
  }
}

export function stepUpAsk(app: string | undefined, sendsMessage: boolean): Ask {
  const lead = sendsMessage ? 'stepup.lead' : 'stepup.other.lead'
  const label = message(sendsMessage ? 'stepup.begin' : 'stepup.other.begin')
  return {
    title: message('stepup.title'),
    lead: app === undefined ? message(`${lead}.plain`) : message(lead, { app }),
    width: 'narrow',
    prompts: [
      { type: 'choice', name: 'action', options: [{ value: 'begin', label, look: 'primary' }] },
    ],
  }
}
