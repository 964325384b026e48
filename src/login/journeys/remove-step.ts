/**
 * Removes an authenticator for its owner, as a step: after the proof of this act, and in the transaction of the move. Owns
 * when it is refused. A removal by a fallback is that of a lost one: anybody with the paper could have removed it.
 */

import { lockUser } from '../../identity/users/lock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { message } from '../../platform/ui/message.ts'
import type { DecideBinding } from '../decision/binding-facts.ts'
import { findRulesLost } from '../decision/required-by.ts'
import type { Form } from '../engine/prompt.ts'
import { requireUserId, type Step, type StepContext } from '../engine/step.ts'
import type { Rule } from '../factors/authenticator-operations.ts'
import type { AllAuthenticators } from '../factors/authenticators.ts'

export interface RemoveStepOptions {
  readonly db: Database
  readonly decideBinding: DecideBinding
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  /** The rules of all apps for this person, and that of their own pages. */
  readonly listRules: (queries: Queries, userId: Id<'user'>) => Promise<readonly Rule[]>
}

type Outcome = 'removed' | 'unproven' | 'gone'

export function createRemoveStep(options: RemoveStepOptions): Step<'remove/apply', Outcome> {
  const { db, decideBinding } = options
  return {
    name: 'remove/apply',
    outcomes: ['removed', 'unproven', 'gone'],
    async run(context) {
      const userId = requireUserId(context)
      const id = context.request.authenticator?.removes
      const all = await options.authenticators.list(db, userId)
      if (id === undefined || all.every((one) => one.id !== id))
        return { type: 'done', outcome: 'gone' }
      if ((await decideBinding(db, context)).type !== 'enough')
        return { type: 'done', outcome: 'unproven' }
      const rules = await options.listRules(db, userId)
      if (findRulesLost(rules, all, id).length > 0) return { type: 'ask', form: neededForm(id) }
      const removal = { userId, id, rules }
      const write = (tx: Transaction) => remove(options, tx, context, removal)
      return { type: 'done', outcome: 'removed', change: { write } }
    },
  }
}

/** Of two removals at once, the second has to see what the first has left. */
async function remove(
  { decideBinding, authenticators }: RemoveStepOptions,
  tx: Transaction,
  context: StepContext,
  { userId, id, rules }: { userId: Id<'user'>; id: string; rules: readonly Rule[] },
): Promise<boolean> {
  await lockUser(tx, userId)
  const decision = await decideBinding(tx, context)
  if (decision.type !== 'enough') return false
  if (findRulesLost(rules, await authenticators.list(tx, userId), id).length > 0) return false
  const { client, journeyHash } = context
  const isLost = decision.by === 'fallback'
  const removed = await authenticators.remove(tx, {
    ...{ userId, id, client, isLost },
    except: journeyHash,
  })
  return removed !== undefined
}

/** A rule was made, or another authenticator removed, since the page that asked. */
function neededForm(id: string): Form {
  return {
    title: message('refused.form.title'),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'info', text: message('refused.text') },
      {
        type: 'link',
        href: `/account/authenticators/${encodeURIComponent(id)}/remove`,
        label: message('refused.form.why'),
        look: 'primary',
      },
    ],
  }
}
