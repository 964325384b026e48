/**
 * The first page of a step-up: says what is asked and waits for a click. Without it, a link on any page could make a
 * phone ring.
 */
import type { Step } from '../engine/step.ts'
import { message } from '../ui/message.ts'

export interface BeginStepOptions {
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export function createBeginStep({ appName }: BeginStepOptions): Step<'step-up/begin', 'begun'> {
  return {
    name: 'step-up/begin',
    outcomes: ['begun'],
    async run(visit) {
      if (visit.answers?.action === 'begin') return { type: 'done', outcome: 'begun' }
      const app = await appName(visit.request.appId)
      return {
        type: 'ask',
        ask: {
          title: message('stepup.title'),
          lead: app === undefined ? message('stepup.lead.plain') : message('stepup.lead', { app }),
          width: 'narrow',
          prompts: [
            {
              type: 'choice',
              name: 'action',
              options: [{ value: 'begin', label: message('stepup.begin'), look: 'primary' }],
            },
          ],
        },
      }
    },
  }
}
