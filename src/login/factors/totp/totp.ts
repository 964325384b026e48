/** Code apps (RFC 6238) as a factor: its entry in the list, and how a server builds it. */
import { hours } from '../../../platform/kernel/clock.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { defineFragment } from '../../engine/compose.ts'
import type { StepContext } from '../../engine/step.ts'
import { createEnrolmentRules } from '../enrolment.ts'
import type { EnrolExit, Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorParts } from '../factor-parts.ts'
import { createFindEnrolled, createTotpAuthenticators } from './authenticators.ts'
import { description } from './describe.ts'
import { createTotpEnrolStep } from './enrol-step.ts'
import { listImportSources } from './import.ts'
import { createTotpLinkedCodes } from './linked-codes.ts'
import { createTotpStore, spendSteps, type TotpStore } from './store.ts'
import { createTotpVerifyStep } from './verify-step.ts'

const { kind } = description

export const totp: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).totpTables,
  isAvailable: () => true,
  openAuthenticators: (parts) =>
    createTotpAuthenticators({ audit: parts.audit, store: createTotpStore(parts) }),
  openImportSources: (parts) =>
    listImportSources(
      createTotpStore(parts),
      createTranslator(parts.config.default_language)(message('totp.name')),
    ),
  voidEarlier: (tx, { now }) => spendSteps(tx, now),
  prepare: async () => openTotp,
}

/** The factor, with its store beside the members of the contract, for tests. */
export function openTotp(parts: FactorParts): Factor<typeof kind> & { readonly store: TotpStore } {
  const { config, platform, identity, rules, login } = parts
  const { users, audit, notify } = identity
  const { lockout, revokeAuthenticator, announceBound } = login
  const store = createTotpStore(platform)
  const options = {
    db: platform.db,
    users,
    store,
    lockout,
    findBudgetKey: rules.findBudgetKey,
    audit,
    notify,
    announceBound,
    issuer: config.push.issuer ?? config.brand.name,
    hasOther: async (context: StepContext) => (await rules.findFitting(context)).length > 1,
    ...createEnrolmentRules(rules, kind),
  }
  return {
    ...description,
    store,
    isAvailable: true,
    findEnrolled: createFindEnrolled(store),
    authenticators: createTotpAuthenticators(options),
    enrol: defineFragment<EnrolExit>()({
      first: 'totp/enrol',
      steps: [createTotpEnrolStep(options)],
      transitions: { 'totp/enrol': { registered: 'enrolled', back: 'back' } },
    }),
    verify: defineFragment<VerifyExit>()({
      first: 'totp/confirm',
      steps: [createTotpVerifyStep(options)],
      transitions: {
        'totp/confirm': {
          confirmed: 'verified',
          cancelled: 'cancelled',
          other: 'other',
          trouble: 'trouble',
        },
      },
    }),
    linkedCodes: createTotpLinkedCodes({
      clock: platform.clock,
      store,
      lockout,
      audit,
      revokeAuthenticator,
      isBelowLimit: rules.isBelowLimit,
    }),
    // No journey lasts as long.
    purge: (queries) => store.purge(queries, platform.clock.now() - hours(25)),
  }
}
