/**
 * Whose budget a journey uses, for codes that are shown and for messages to phones. Owns the rule that a thief with only the
 * password never uses the budget of its owner. A journey with a second factor uses the one budget of its user. Otherwise each
 * known browser has its own budget, and all other browsers of a network share one. Owns no limit; the factors have theirs.
 */

import type { KnownBrowsers } from '../../identity/limits/known-browsers.ts'
import { readNetwork } from '../../identity/limits/networks.ts'
import type { Users } from '../../identity/users/users.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database } from '../../platform/storage/database.ts'
import { isBesidePassword } from '../engine/proofs.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import type { JourneyStore } from '../engine/store.ts'

export interface BudgetKeyOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly knownBrowsers: Pick<KnownBrowsers, 'keyFor'>
  readonly journeys: Pick<JourneyStore, 'proofsOfJourney' | 'proofsOfSession'>
}

/** A key is for one user, so it is compared only within this user's rows. No address can be read from it. */
export type FindBudgetKey = (context: StepContext) => Promise<string>

export const networkPrefix = 'network:'
export const knownBrowserPrefix = 'browser:'

/** Whether the user has not logged in before in the browser: only the password says that it is the user's. */
export const isOfNetwork = (budgetKey: string): boolean => budgetKey.startsWith(networkPrefix)

/** The same as a pattern of SQL. */
export const networkPattern = `${networkPrefix}%`

/**
 * The two groups of browsers with separate limits. `known`: the user has logged in there before, or has shown a second factor.
 * `new`: all others, for which only the password says that they are the user's.
 */
export type BrowserGroup = 'known' | 'new'

/** @param budgetKey `undefined` if none was stored */
export const findBrowserGroup = (budgetKey: string = networkPrefix): BrowserGroup =>
  isOfNetwork(budgetKey) ? 'new' : 'known'

export function createFindBudgetKey(options: BudgetKeyOptions): FindBudgetKey {
  const { db, users, knownBrowsers, journeys } = options

  async function hasSecondFactor(context: StepContext): Promise<boolean> {
    const { journeyHash, client } = context
    const inJourney = await journeys.proofsOfJourney(db, journeyHash)
    if (inJourney.some(isBesidePassword)) return true
    if (client.session?.userId !== requireUserId(context)) return false
    return (await journeys.proofsOfSession(db, client.session.id)).some(isBesidePassword)
  }

  return async (context) => {
    if (await hasSecondFactor(context)) return 'second-factor'
    const { client } = context
    const user = await users.find(db, requireUserId(context))
    const known = knownBrowsers.keyFor(client.device, user)
    return known === undefined
      ? `${networkPrefix}${sha256(readNetwork(client.address))}`
      : `${knownBrowserPrefix}${sha256(known.key)}`
  }
}
