/**
 * A pass of the service desk as a factor: its entry in the list, and how a server builds it. Operators issue it to a person who
 * has lost their second factor (operations.ts). It replaces what was lost and is no second factor alone.
 */
import { defineFragment } from '../../engine/compose.ts'
import type { Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorParts } from '../factor-parts.ts'
import { createDeskPassAuthenticators, createFindEnrolled } from './authenticators.ts'
import { description } from './describe.ts'
import { createDeskPassOperations } from './operations.ts'
import { createDeskPassStore, type DeskPassStore, endAllPasses } from './store.ts'
import { createDeskPassVerifyStep } from './verify-step.ts'

const { kind } = description

export const deskPass: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).deskPassTables,
  isAvailable: () => true,
  openAuthenticators: (parts) =>
    createDeskPassAuthenticators({ audit: parts.audit, store: createDeskPassStore(parts) }),
  openPasses: createDeskPassOperations,
  voidEarlier: (tx, { now }) => endAllPasses(tx, now),
  prepare: async () => openDeskPass,
}

/** The factor, with its store beside the members of the contract, for tests. */
export function openDeskPass(
  parts: FactorParts,
): Factor<typeof kind> & { readonly store: DeskPassStore } {
  const { platform, identity, rules, login } = parts
  const store = createDeskPassStore({ ...platform, hasher: identity.hasher })
  const { audit, notify } = identity
  return {
    ...description,
    store,
    isAvailable: true,
    findEnrolled: createFindEnrolled(store),
    authenticators: createDeskPassAuthenticators({ store, audit }),
    verify: defineFragment<VerifyExit>()({
      first: 'desk-pass/confirm',
      steps: [
        createDeskPassVerifyStep({
          db: platform.db,
          store,
          lockout: login.lockout,
          findBudgetKey: rules.findBudgetKey,
          audit,
          notify,
          hasOther: async (context) => (await rules.findFitting(context)).length > 1,
          mayHelp: rules.mayFallbackHelp,
        }),
      ],
      transitions: {
        'desk-pass/confirm': { confirmed: 'verified', cancelled: 'cancelled', other: 'other' },
      },
    }),
    purge: store.purge,
  }
}
