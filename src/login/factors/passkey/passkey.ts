/** Passkeys as a factor: its entry in the list, and how a server builds it. */

import type { Config } from '../../../platform/config/schema.ts'
import { defineFragment } from '../../engine/compose.ts'
import { createEnrolmentRules } from '../enrolment.ts'
import type { EnrolExit, Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorParts } from '../factor-parts.ts'
import { findRelyingParty } from '../webauthn/site.ts'
import { createFindEnrolled, createPasskeyAuthenticators } from './authenticators.ts'
import { createSealedChallenges } from './challenge.ts'
import { createComputerOption } from './computer.ts'
import { description } from './describe.ts'
import { createPasskeyEnrolStep } from './enrol-step.ts'
import { createRefusedLogins } from './refused-logins.ts'
import { createSignals } from './signals.ts'
import { createPasskeyStore, type PasskeyStore } from './store.ts'
import { createPasskeyVerifyStep, forgetPasskeyChallenge } from './verify-step.ts'
import { createWholeLogin } from './whole-login.ts'

const { kind } = description

const siteIn = ({ public_url: url }: Pick<Config, 'public_url'>) =>
  url === undefined ? undefined : findRelyingParty(url)

export const passkey: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).passkeyTables,
  isAvailable: (config) => siteIn(config) !== undefined,
  explainMissing({ public_url: url }) {
    const found = url === undefined ? 'public_url is not configured' : `public_url is ${url}`
    return `needs passkeys, and browsers have them only for https and a name: ${found}`
  },
  openAuthenticators: (parts) =>
    createPasskeyAuthenticators({
      audit: parts.audit,
      store: createPasskeyStore({ ...parts, rpId: siteIn(parts.config)?.rpId }),
    }),
  prepare: async () => openPasskey,
}

/** The factor, with its store beside the members of the contract, for tests. */
export function openPasskey(
  parts: FactorParts,
): Factor<typeof kind> & { readonly store: PasskeyStore } {
  const { config, publicUrl, platform, identity, rules, login } = parts
  const site = findRelyingParty(publicUrl)
  const store = createPasskeyStore({ ...platform, rpId: site?.rpId })
  const key = platform.keyring.deriveInEpoch('passkey challenges')
  const challenges = createSealedChallenges({ ...platform, key })
  const limits = createRefusedLogins({ ...platform, ...identity, networks: config.networks })
  const { db, random } = platform
  const { audit, notify } = identity
  const { lockout } = login
  return {
    ...description,
    store,
    isAvailable: site !== undefined,
    findEnrolled: createFindEnrolled(store),
    authenticators: createPasskeyAuthenticators({ audit, store }),
    enrol: defineFragment<EnrolExit>()({
      first: 'passkey/enrol',
      steps: [
        createPasskeyEnrolStep({
          platform,
          identity,
          rules: createEnrolmentRules(rules, kind),
          site,
          issuer: config.push.issuer ?? config.brand.name,
          store,
          lockout,
          announceBound: login.announceBound,
        }),
      ],
      transitions: { 'passkey/enrol': { registered: 'enrolled', back: 'back' } },
    }),
    verify: defineFragment<VerifyExit>()({
      first: 'passkey/confirm',
      steps: [
        createPasskeyVerifyStep({
          db,
          random,
          site,
          store,
          lockout,
          audit,
          notify,
          rules: {
            hasOther: async (context) => (await rules.findFitting(context)).length > 1,
            findBudgetKey: rules.findBudgetKey,
          },
        }),
      ],
      transitions: {
        'passkey/confirm': {
          confirmed: 'verified',
          cancelled: 'cancelled',
          other: 'other',
          trouble: 'trouble',
        },
      },
    }),
    leaveVerify: async () => forgetPasskeyChallenge,
    ...(site && {
      wholeLogin: createWholeLogin({
        ...{ db, site, challenges, store, identity, lockout, limits },
        isKnownBrowser: rules.isKnownBrowser,
      }),
    }),
    async offerBeside({ userId, client }) {
      if (site === undefined || userId === undefined) return undefined
      return (await store.list(db, userId)).length === 0 ? createComputerOption(client) : undefined
    },
    signals: createSignals({ site, store }),
    purge: challenges.purge,
    flush: limits.flush,
  }
}
