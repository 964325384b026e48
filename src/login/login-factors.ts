/**
 * The factors of a running server, built once from the list. Owns what each is told of the login and of the others; which
 * factors there are is the list's matter.
 */
import type { Apps } from '../identity/apps/apps.ts'
import type { Audit } from '../identity/audit/audit.ts'
import type { LoginCounts } from '../identity/audit/login-counts.ts'
import type { Throttle } from '../identity/limits/throttle.ts'
import type { Alerts } from '../identity/notify/alerts/alerts.ts'
import type { Notify } from '../identity/notify/notice.ts'
import type { Logins } from '../identity/operations/logins.ts'
import { acrPossession, findHighestLevel } from '../identity/policy/assurance.ts'
import type { LiveSession } from '../identity/sessions/session.ts'
import type { Sessions } from '../identity/sessions/sessions.ts'
import type { Directory } from '../identity/users/directory.ts'
import type { Hasher } from '../identity/users/hasher.ts'
import type { Users } from '../identity/users/users.ts'
import type { Config } from '../platform/config/schema.ts'
import type { Clock } from '../platform/kernel/clock.ts'
import type { Events } from '../platform/kernel/events.ts'
import type { Id } from '../platform/kernel/ids.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import type { Log } from '../platform/kernel/log.ts'
import type { Random } from '../platform/kernel/random.ts'
import type { Database, Queries } from '../platform/storage/database.ts'
import { createChoiceStore } from './decision/choices.ts'
import {
  type DecisionSources,
  findJourneyLevel,
  findJourneyRequirement,
  mayEnrol,
  mayEnrolAnew,
} from './decision/requirement.ts'
import type { JourneyStore } from './engine/store.ts'
import { createAllAuthenticators } from './factors/authenticators.ts'
import { type EnrolledOptions, findLevels } from './factors/enrolled.ts'
import { createEnrolmentLimit } from './factors/enrolment-limit.ts'
import type { Factor, OpenFactor } from './factors/factor.ts'
import type { FactorParts, FactorRules } from './factors/factor-parts.ts'
import { describeFactor } from './factors/index.ts'
import { createLockout } from './factors/lockout.ts'
import type { RevokeProofs } from './factors/revoke-proofs.ts'
import {
  type ChooseOptions,
  findFitting,
  findNeededLevel,
} from './journeys/second-factor/choose.ts'
import type { NotMeLinks } from './report/links.ts'

export interface LoginOptions {
  readonly config: Config
  readonly publicUrl: string
  readonly db: Database
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** In the order of the list. */
  readonly openFactors: readonly OpenFactor[]
  readonly events: Events
  readonly audit: Audit
  readonly directory: Directory
  readonly notify: Notify
  readonly users: Users
  readonly alerts: Alerts
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly loginCounts: LoginCounts
  readonly apps: Apps
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export type Factors = ReturnType<typeof createFactors>

interface FactorsOptions extends LoginOptions {
  readonly revokeProofs: RevokeProofs
  readonly logins: Logins
  readonly journeys: JourneyStore
}

export function createFactors(options: FactorsOptions, links: NotMeLinks) {
  const { db } = options
  const lockout = createLockout(options)
  // The rules look at the factors, which are opened with the rules: the list is complete before either is asked.
  const factors: Factor[] = []
  const enrolled = { factors, findLockedKinds: lockout.findLockedKinds }
  const isBelowLimit = createEnrolmentLimit(
    (...of) => authenticators.list(...of),
    (kind) => describeFactor(kind).limit,
  )
  const findHighest = async (queries: Queries, userId: Id<'user'>) =>
    (await findLevels(enrolled, queries, userId)).highest
  const choices = createChoiceStore(options)
  const second = {
    ...createDecisionSources(options, enrolled),
    choices,
    audit: options.audit,
    get addable() {
      return listAddable(factors)
    },
  }
  const choose: ChooseOptions = {
    ...enrolled,
    db,
    appName: options.appName,
    findRequiredLevel: (context) => findJourneyLevel(second, context),
    get addable() {
      return listAddable(factors)
    },
  }
  const rules = createRules({ factors, second, choose, isBelowLimit, findHighest })
  const parts = createParts(options, { rules, lockout, factors, links })
  factors.push(...options.openFactors.map((open) => open(parts)))
  const authenticators = createAllAuthenticators({
    ...options,
    findLockedKinds: lockout.findLockedKinds,
    kinds: factors.map(({ authenticators }) => authenticators),
  })
  return {
    /** All of the list, also those for which something is missing here. */
    all: factors,
    /** What a person can enrol on their own pages, in the order in which it is offered there. */
    enrolKinds: factors.filter(({ isAvailable }) => isAvailable).map(({ kind }) => kind),
    /** For the script of the list of authenticators. */
    async signals(queries: Queries, session: LiveSession) {
      for (const factor of factors) {
        const found = await factor.signals?.(queries, session)
        if (found !== undefined) return found
      }
      return undefined
    },
    authenticators,
    isBelowLimit,
    lockout,
    choices,
    second,
    choose,
    findHighest,
  }
}

/** What every decision about a second factor is made from. */
function createDecisionSources(
  options: FactorsOptions,
  enrolled: EnrolledOptions & { readonly factors: readonly Factor[] },
): DecisionSources {
  const { config, db, apps, sessions, directory } = options
  return {
    db,
    facts: {
      choices: createChoiceStore(options),
      async findLevels(queries, userId) {
        const levels = await findLevels(enrolled, queries, userId)
        return { highestLevel: levels.highest, usableLevel: levels.usable }
      },
      findDeferrals: (queries, sessionId) => sessions.putOffRules(queries, sessionId),
    },
    requirements: {
      findApp: (queries, appId) => apps.find(queries, appId),
      defaultPolicy: config.default_policy,
      listGroups: directory.listGroups,
      get highestHere() {
        const levels = listAddable(enrolled.factors).map(({ highestLevel }) => highestLevel)
        return findHighestLevel([acrPossession, ...levels])
      },
    },
  }
}

/** What can be enrolled in a login. */
function listAddable(factors: readonly Factor[]): Factor[] {
  return factors.filter(({ isAvailable, isFallback }) => isAvailable && !isFallback)
}

interface RuleOptions {
  readonly factors: readonly Factor[]
  readonly second: DecisionSources
  readonly choose: ChooseOptions
  readonly isBelowLimit: FactorRules['isBelowLimit']
  readonly findHighest: FactorRules['findHighestLevel']
}

function createRules({
  factors,
  second,
  choose,
  isBelowLimit,
  findHighest,
}: RuleOptions): FactorRules {
  return {
    findPolicy: async (context) =>
      (await findJourneyRequirement(second, second.db, context)).policy,
    findNeededLevel: (context) => findNeededLevel(choose, context),
    findFitting: async (context) =>
      (await findFitting(choose, context)).factors.map(({ factor }) => factor),
    async mayEnrol(queries, context, kind) {
      const { userId, request } = context
      // On their own pages people enrol one beside another.
      return context.kind === 'enrol'
        ? await isBelowLimit(queries, { userId, kind, replaces: request.authenticator?.replaces })
        : await mayEnrol(second, queries, context, describeFactor(kind).highestLevel)
    },
    // A step-up enrols nothing.
    mayEnrolAnew: async (queries, context, withPassword) =>
      context.kind !== 'step_up' && (await mayEnrolAnew(choose, queries, context, withPassword)),
    isBelowLimit,
    findHighestLevel: findHighest,
    async removeEarlierFallbacks(queries, userId) {
      if ((await findHighest(queries, userId)) !== undefined) return
      for (const one of factors) await one.removeEarlier?.(queries, userId)
    },
  }
}

interface PartOptions {
  readonly rules: FactorRules
  readonly lockout: FactorParts['login']['lockout']
  readonly factors: readonly Factor[]
  readonly links: NotMeLinks
}

function createParts(
  options: FactorsOptions,
  { rules, lockout, factors, links }: PartOptions,
): FactorParts {
  const { config, publicUrl, db, clock, random, keyring, events, log, journeys } = options
  const { users, hasher, throttle, audit, notify, appName, loginCounts } = options
  const { revokeProofs, logins } = options
  return {
    config,
    publicUrl,
    rules,
    platform: { db, clock, random, keyring, events, log },
    identity: {
      users,
      hasher,
      throttle,
      audit,
      notify,
      appName,
      onFailedLogin: loginCounts.failed,
    },
    login: {
      lockout,
      revokeProofs,
      logins,
      findJourneyData: async (hash) => (await journeys.find(db, hash))?.state.data,
      findLinkedCodes: () => factors.find((one) => one.linkedCodes !== undefined)?.linkedCodes,
      notMeUrl: async (queries, subject) => `${publicUrl}${await links.create(queries, subject)}`,
    },
  }
}
