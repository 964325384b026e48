/**
 * Declining a second factor: what it means, until when, and why, if the person wants to say. What the policy does not
 * allow is neither shown nor accepted.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { cutText } from '../../../platform/kernel/text.ts'
import { message } from '../../../platform/ui/message.ts'
import type { ChoiceStore } from '../../decision/choices.ts'
import { choiceEvents } from '../../decision/events.ts'
import { type DecisionSources, decideInJourney } from '../../decision/requirement.ts'
import type { Form } from '../../engine/prompt.ts'
import { type Change, requireUserId, type Step } from '../../engine/step.ts'

export interface DeclineOptions extends DecisionSources {
  readonly choices: Pick<ChoiceStore, 'decline'>
  readonly audit: Audit
}

const longestReason = 200

export function createDeclineStep(
  options: DeclineOptions,
): Step<'second-factor/decline', 'declined' | 'back'> {
  return {
    name: 'second-factor/decline',
    outcomes: ['declined', 'back'],
    async run(context) {
      const { answers } = context
      const userId = requireUserId(context)
      const { decision, requirement } = await decideInJourney(options, options.db, context)
      // The rule may be another one by now, and the person may have got a second factor in another login.
      if (!decision.mayDecline || decision.type !== 'enrol' || answers?.action === 'back') {
        return { type: 'done', outcome: 'back' }
      }
      if (answers?.action !== 'decline')
        return { type: 'ask', form: createDeclineForm(requirement.policy) }
      const reason = cutText((answers.reason ?? '').toWellFormed().trim(), longestReason)
      const change = declineFor(options, userId, reason === '' ? null : reason)
      return { type: 'done', outcome: 'declined', change }
    },
  }
}

function declineFor(
  { choices, audit }: DeclineOptions,
  userId: Id<'user'>,
  reason: string | null,
): Change {
  return {
    async write(queries) {
      await choices.decline(queries, userId, reason)
      await audit.record(queries, choiceEvents.declined, { userId, reason })
      return true
    },
  }
}

export function createDeclineForm({ declineDays: days }: Pick<Policy, 'declineDays'>): Form {
  return {
    title: message('decline.title'),
    lead: days === undefined ? message('decline.lead') : message('decline.lead.days', { days }),
    width: 'narrow',
    prompts: [
      { type: 'text', name: 'reason', label: message('decline.reason'), autocomplete: 'off' },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'decline', label: message('decline.submit'), look: 'primary' },
          { value: 'back', label: message('decline.back'), look: 'quiet' },
        ],
      },
    ],
  }
}
