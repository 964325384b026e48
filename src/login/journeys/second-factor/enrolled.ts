/**
 * What follows an enrolment in a journey, without a page: removes what the new authenticator replaces, in the transaction
 * that enrols it, and notes that the journey has enrolled something.
 */
import { z } from 'zod'
import type { Database } from '../../../platform/storage/database.ts'
import { journeyEntry } from '../../engine/data.ts'
import { requireUserId, type Step } from '../../engine/step.ts'
import type { AllAuthenticators } from '../../factors/authenticators.ts'
import { besideEntry } from '../../factors/enrolled.ts'
import { lostEntry, lostLastEntry, replacesEntry } from './lost.ts'

/** Something was enrolled in this journey, and the page that follows it was not left yet. */
export const enrolledEntry = journeyEntry('second-factor.enrolled', z.literal(true))

/** The name of what was removed by that; empty: it had none. */
export const replacedEntry = journeyEntry('second-factor.replaced', z.string())

export interface EnrolledStepOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
}

export function createEnrolledStep({
  db,
  authenticators,
}: EnrolledStepOptions): Step<'second-factor/enrolled', 'noted'> {
  return {
    name: 'second-factor/enrolled',
    outcomes: ['noted'],
    async run(context) {
      const { data, client, journeyHash } = context
      const userId = requireUserId(context)
      const replaced = replacesEntry.read(data)?.split(' ') ?? []
      const all = replaced.length === 0 ? [] : await authenticators.list(db, userId)
      const old = all.find(({ id }) => replaced.includes(id))
      return {
        type: 'done',
        outcome: 'noted',
        change: {
          data: {
            ...enrolledEntry.write(true),
            ...besideEntry.write(true),
            ...replacesEntry.clear(),
            ...lostEntry.clear(),
            ...lostLastEntry.clear(),
            ...replacedEntry.write(old && (old.name ?? '')),
          },
          async write(tx) {
            for (const id of replaced) {
              await authenticators.remove(tx, { userId, id, client, except: journeyHash })
            }
            return true
          },
        },
      }
    },
  }
}
