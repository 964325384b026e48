/**
 * Recovery codes as a factor: its entry in the list, and how a server builds it. They replace other factors that were lost, and
 * are no second factor alone.
 */

import { message } from '../../../platform/ui/message.ts'
import { defineFragment } from '../../engine/compose.ts'
import type { ChoiceOption } from '../../engine/prompt.ts'
import type { EnrolExit, Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorParts } from '../factor-parts.ts'
import { createFindEnrolled, createRecoveryAuthenticators } from './authenticators.ts'
import { description } from './describe.ts'
import { createRecoveryEnrolStep, isDue } from './enrol-step.ts'
import { recoveryEvents } from './events.ts'
import { listImportSources } from './import.ts'
import { recoveryNotices } from './notices.ts'
import { createRecoveryStore, type RecoveryStore, removeAllUnused } from './store.ts'
import { createRecoveryVerifyStep } from './verify-step.ts'

const { kind } = description

export const recovery: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).recoveryTables,
  isAvailable: () => true,
  // Also where they are switched off: there they would come back with the setting.
  openAuthenticators: (parts) =>
    createRecoveryAuthenticators({
      audit: parts.audit,
      store: createRecoveryStore(parts),
      isOn: true,
    }),
  openImportSources: (parts) =>
    parts.config.recovery_codes === 'off' ? [] : listImportSources(createRecoveryStore(parts)),
  async voidEarlier(tx, { audit, notify, by }) {
    for (const userId of await removeAllUnused(tx)) {
      await audit.record(tx, recoveryEvents.removed, { userId, by, reason: 'restored' })
      await notify(tx, recoveryNotices.ended, { userId })
    }
  },
  prepare: async () => openRecovery,
}

/** The offer of codes on the page after an enrolment. */
export const sheetOption: ChoiceOption = {
  value: kind,
  label: message('done.sheet'),
  hint: message('done.sheet.hint'),
  look: 'card',
  icon: description.icon,
}

/** The factor, with its store beside the members of the contract, for tests. */
export function openRecovery(
  parts: FactorParts,
): Factor<typeof kind> & { readonly store: RecoveryStore } {
  const { config, platform, identity, rules, login } = parts
  const store = createRecoveryStore({ ...platform, hasher: identity.hasher })
  const isOn = config.recovery_codes !== 'off'
  const atEnrolment = config.recovery_codes === 'enrolment'
  const { audit, notify } = identity
  return {
    ...description,
    store,
    isAvailable: isOn,
    findEnrolled: createFindEnrolled(store, isOn),
    authenticators: createRecoveryAuthenticators({ store, audit, isOn }),
    enrol: defineFragment<EnrolExit>()({
      first: 'recovery/create',
      steps: [
        createRecoveryEnrolStep({
          platform,
          identity,
          login,
          store,
          rules,
          isOn,
          atEnrolment,
          place: {
            publicUrl: parts.publicUrl,
            brand: config.brand.name,
            support: config.brand.support,
          },
        }),
      ],
      transitions: { 'recovery/create': { created: 'enrolled', passed: 'back' } },
    }),
    verify: defineFragment<VerifyExit>()({
      first: 'recovery/confirm',
      steps: [
        createRecoveryVerifyStep({
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
        'recovery/confirm': { confirmed: 'verified', cancelled: 'cancelled', other: 'other' },
      },
    }),
    async offerBeside({ userId, data }) {
      if (userId === undefined) return undefined
      const left = (await store.findLeft(platform.db, userId))?.left ?? 0
      return isDue(atEnrolment, data, left) ? sheetOption : undefined
    },
    async removeEarlier(queries, userId) {
      if (!(await store.removeUnused(queries, userId))) return
      const facts = { userId, by: userId, reason: 'first_factor' } as const
      await audit.record(queries, recoveryEvents.removed, facts)
    },
  }
}
