/**
 * Finds out what a login still requires, as a step without a page. The decision itself is decide.ts.
 */
import type { Step, StepContext } from '../engine/step.ts'
import { highestLevelEntry, mustChangePasswordEntry, provenEntry } from '../factors/enrolled.ts'
import { ticketEntry } from '../factors/ticket-login.ts'
import { type Decision, decide } from './decide.ts'
import { gatherJourneyFacts } from './facts.ts'
import { type DecisionSources, findJourneyRequirement } from './requirement.ts'

type Outcome = 'enough' | 'confirm' | 'offer' | 'change_password' | 'password'

/**
 * The outcomes keep the names that they have in the rows of journeys. A login to an app that its person may not enter
 * ends here, with a session that proves no more than what was shown; the gate then says that the app is closed to them.
 */
const outcomes = {
  enough: 'enough',
  refused: 'enough',
  verify: 'confirm',
  enrol: 'offer',
  change_password: 'change_password',
} as const satisfies Readonly<Record<Exclude<Decision['type'], 'authenticate'>, Outcome>>

export function createRequirementStep(
  sources: DecisionSources,
): Step<'second-factor/need', Outcome> {
  const { db } = sources
  return {
    name: 'second-factor/need',
    outcomes: ['enough', 'confirm', 'offer', 'change_password', 'password'],
    async run(context) {
      const mustChangePassword = mustChangePasswordEntry.read(context.data) === true
      const requirement = await findJourneyRequirement(sources, db, context)
      // Reads no facts where nothing is asked.
      if (requirement.policy.secondFactor === 'none' && !mustChangePassword) {
        return { type: 'done', outcome: 'enough' }
      }
      const facts = await gatherJourneyFacts(sources.facts, db, context)
      const decision = decide(requirement, facts)
      if (decision.type === 'authenticate') throw new Error('a login is never too old for itself')
      const outcome = needsPassword(context, decision) ? 'password' : outcomes[decision.type]
      if (mustChangePassword) return { type: 'done', outcome }
      const change = { data: highestLevelEntry.write(facts.highestLevel ?? 'none') }
      return { type: 'done', outcome, change }
    },
  }
}

/**
 * A person at another user's computer has that user's ticket. So a ticket alone is not enough to enrol a second factor,
 * which would be theirs for good, nor to decline one.
 */
function needsPassword({ data }: StepContext, { type }: Decision): boolean {
  return type === 'enrol' && ticketEntry.read(data) === true && provenEntry.read(data) === undefined
}
