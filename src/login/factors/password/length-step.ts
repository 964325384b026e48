/**
 * Decides at the end of a login, without a page, whether its password may be the only factor. A password that was long enough
 * beside a second factor is too short alone (SP 800-63B-4 section 3.1.1.2): its owner has removed the last second factor, or came
 * with it from elsewhere and set none up. The length is seen where the password is typed, and stored nowhere.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { requireUserId, type Step } from '../../engine/step.ts'
import { tooShortAloneEntry } from '../enrolled.ts'

export interface LengthStepOptions {
  readonly db: Database
  /** Whether a login asks this person for more than the password. */
  readonly hasSecondFactor: (queries: Queries, userId: Id<'user'>) => Promise<boolean>
}

export function createLengthStep({
  db,
  hasSecondFactor,
}: LengthStepOptions): Step<'password/length', 'passed' | 'too_short'> {
  return {
    name: 'password/length',
    outcomes: ['passed', 'too_short'],
    async run(context) {
      const isTooShort =
        tooShortAloneEntry.read(context.data) === true &&
        !(await hasSecondFactor(db, requireUserId(context)))
      return { type: 'done', outcome: isTooShort ? 'too_short' : 'passed' }
    },
  }
}
