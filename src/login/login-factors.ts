/**
 * The factors of a running server, built once from the list. Owns what each factor learns about the login and about the other
 * factors. The list decides which factors there are.
 */

import type { Apps } from '../identity/apps/apps.ts'
import type { Audit } from '../identity/audit/audit.ts'
import type { LoginCounts } from '../identity/audit/login-counts.ts'
import type { FailedLogins } from '../identity/limits/failed-logins.ts'
import type { KnownBrowsers } from '../identity/limits/known-browsers.ts'
import type { Throttle } from '../identity/limits/throttle.ts'
import type { Alerts } from '../identity/notify/alerts/alerts.ts'
import type { Notify } from '../identity/notify/notice.ts'
import type { Logins } from '../identity/operations/logins.ts'
import {
  type Acr,
  acrPassword,
  acrPossession,
  findHighestLevel,
} from '../identity/policy/assurance.ts'
import type { LiveSession } from '../identity/sessions/session.ts'
import type { Sessions } from '../identity/sessions/sessions.ts'
import type { Directory } from '../identity/users/directory.ts'
import { createListGroups } from '../identity/users/directory-answers.ts'
import type { Hasher } from '../identity/users/hasher.ts'
import type { PasswordRules } from '../identity/users/password-rules.ts'
import type { Users } from '../identity/users/users.ts'
import type { Config } from '../platform/config/schema.ts'
import type { Id } from '../platform/kernel/ids.ts'
import type { Queries } from '../platform/storage/database.ts'
import { createDecideBinding, type DecideBinding } from './decision/binding-facts.ts'
import { createChoiceStore } from './decision/choices.ts'
import {
  type DecisionSources,
  findJourneyLevel,
  findJourneyRequirement,
  mayEnrol,
  mayEnrolAnew,
} from './decision/requirement.ts'
import { requireUserId } from './engine/step.ts'
import type { JourneyStore } from './engine/store.ts'
import { createAllAuthenticators, type RevokeAuthenticator } from './factors/authenticators.ts'
import { createFindBudgetKey } from './factors/budget-key.ts'
import {
  type EnrolledOptions,
  enrolsBeside,
  findLevels,
  findUsable,
  listCards,
} from './factors/enrolled.ts'
import { checkRemoval } from './factors/enrolment.ts'
import { createEnrolmentLimit } from './factors/enrolment-limit.ts'
import type { ChoosableFactor, Factor, OpenFactor } from './factors/factor.ts'
import type { FactorParts, FactorRules, PlatformParts } from './factors/factor-parts.ts'
import { describeFactor, type FactorKind, openLockout } from './factors/index.ts'
import { findFactorsLost, hasLostFactors } from './factors/lost-factors.ts'
import {
  createAnnounceBound,
  createNewAuthenticators,
  type NewAuthenticators,
} from './factors/new-authenticators.ts'
import type { RevokeProofs } from './factors/revoke-proofs.ts'
import { isSaidLost } from './factors/trouble.ts'
import {
  type ChooseOptions,
  findFitting,
  findNeededLevel,
  mayFallbackHelp,
} from './journeys/second-factor/choose.ts'
import { createFirstFactor, type FirstFactor } from './login-first-factor.ts'
import type { NotMeLinks } from './report/links.ts'
import type { ReportNotMe } from './report/report.ts'

export interface LoginOptions {
  readonly config: Config
  readonly publicUrl: string
  /** In the order of the list. */
  readonly openFactors: readonly OpenFactor[]
  readonly platform: PlatformParts
  readonly identity: LoginIdentity
  readonly records: LoginRecords
}

/** Who logs in, and to what. */
export interface LoginIdentity {
  readonly users: Users
  readonly directory: Directory
  readonly hasher: Hasher
  readonly passwordRules: PasswordRules
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly apps: Apps
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** Where a login records what happened. */
export interface LoginRecords {
  readonly audit: Audit
  readonly notify: Notify
  readonly alerts: Alerts
  readonly loginCounts: LoginCounts
}

export type Factors = ReturnType<typeof createFactors>

/** What the factors share with the rest of the login. */
export interface FactorNeighbours {
  readonly links: NotMeLinks
  readonly revokeProofs: RevokeProofs
  readonly logins: Logins
  readonly journeys: JourneyStore
  readonly knownBrowsers: KnownBrowsers
  readonly failedLogins: FailedLogins
  readonly reportNotMe: ReportNotMe
}

export function createFactors(options: LoginOptions, neighbours: FactorNeighbours) {
  const { platform, identity, records } = options
  const { db } = platform
  const lockout = openLockout({
    ...{ ...platform, ...records, throttle: identity.throttle },
  })
  // The rules read the factors, and the factors are opened with the rules: the list is complete before either is used.
  const factors: Factor[] = []
  const enrolled = { factors, findLockedKinds: lockout.findLockedKinds, hasLostFactors }
  const isBelowLimit = createEnrolmentLimit(
    (...of) => authenticators.list(...of),
    (kind) => describeFactor(kind).limit,
  )
  const findHighest = async (queries: Queries, userId: Id<'user'>) =>
    (await findLevels(enrolled, queries, userId)).highest
  const choices = createChoiceStore(platform)
  const first = createFirstFactor(options, findHighest)
  const second = {
    ...createDecisionSources(options, enrolled),
    choices,
    decideFirst: first.decide,
    enrolmentPlaces: first.places,
    audit: records.audit,
    offered: options.config.offered_factors,
    get addable() {
      return listAddable(factors)
    },
  }
  const findBudgetKey = createFindBudgetKey({ ...neighbours, db, users: identity.users })
  const choose: ChooseOptions = {
    ...enrolled,
    findBudgetKey,
    db,
    appName: identity.appName,
    findRequiredLevel: createFindRequiredLevel(second, findHighest),
    get addable() {
      return listAddable(factors)
    },
  }
  const isKnownBrowser: FactorRules['isKnownBrowser'] = ({ device }, user) =>
    neighbours.knownBrowsers.keyFor(device, user) !== undefined
  const found = { findHighest, findBudgetKey, isKnownBrowser }
  const gates = { first, decideBinding: createDecideBinding({ ...neighbours, findHighest }) }
  const rules = createRules({ factors, second, choose, isBelowLimit, gates, ...found })
  const revokeAuthenticator: RevokeAuthenticator = async (tx, revocation) => {
    await authenticators.remove(tx, revocation)
  }
  const fresh = createNewAuthenticators(platform.clock)
  const shared = { ...neighbours, rules, lockout, factors, revokeAuthenticator, fresh }
  const parts = createParts(options, shared)
  factors.push(...options.openFactors.map((open) => open(parts)))
  const authenticators = createAllAuthenticators({
    ...platform,
    ...records,
    ...neighbours,
    findLockedKinds: lockout.findLockedKinds,
    kinds: factors.map(({ authenticators }) => authenticators),
  })
  return {
    /** All factors of the list, also those that lack something here. */
    all: factors,
    /** What a person can enrol on their own pages, in the order in which it is offered there. */
    enrolKinds: factors
      .filter(({ isAvailable, enrol }) => isAvailable && enrol !== undefined)
      .map(({ kind }) => kind),
    /** For the script of the list of authenticators. */
    async signals(queries: Queries, session: LiveSession) {
      for (const factor of factors) {
        const found = await factor.signals?.(queries, session)
        if (found !== undefined) return found
      }
      return undefined
    },
    authenticators,
    fresh,
    isBelowLimit,
    lockout,
    choices,
    first,
    second,
    choose,
    ...{ findHighest, decideBinding: gates.decideBinding },
    /** Whether a login asks for more than the password. */
    hasSecondFactor: async (queries: Queries, userId: Id<'user'>) =>
      (await findHighest(queries, userId)) !== undefined,
    /** The kind that a login asks for first, where any second factor is enough; fallbacks aside. */
    async findFirst(queries: Queries, userId: Id<'user'>): Promise<FactorKind | undefined> {
      const usable = await findUsable(enrolled, queries, userId)
      return usable.find(({ factor }) => !factor.isFallback)?.factor.kind
    },
    /** The fallbacks that can be used now. */
    async listFallbacks(queries: Queries, userId: Id<'user'>): Promise<readonly ChoosableFactor[]> {
      const usable = await findUsable(enrolled, queries, userId)
      return usable.flatMap(({ factor }) => (factor.isFallback ? [factor] : []))
    },
    /** When a person without a second factor lost the last one. */
    async findLostAt(queries: Queries, userId: Id<'user'>): Promise<number | undefined> {
      const { isLost } = await findLevels(enrolled, queries, userId)
      return isLost ? await findFactorsLost(queries, userId) : undefined
    },
  }
}

/** The sources of every decision about a second factor. */
function createDecisionSources(
  { config, platform, identity }: LoginOptions,
  enrolled: EnrolledOptions & { readonly factors: readonly Factor[] },
): DecisionSources {
  const { apps, sessions, directory } = identity
  return {
    db: platform.db,
    facts: {
      choices: createChoiceStore(platform),
      async findLevels(queries, userId) {
        const { highest, usable, isLost } = await findLevels(enrolled, queries, userId)
        return { highestLevel: highest, usableLevel: usable, isAllLost: isLost }
      },
      findDeferrals: (queries, sessionId) => sessions.findDeferrals(queries, sessionId),
    },
    requirements: {
      findApp: (queries, appId) => apps.find(queries, appId),
      defaultPolicy: config.default_policy,
      listGroups: createListGroups(directory),
      get highestHere() {
        const levels = listAddable(enrolled.factors).map(({ highestLevel }) => highestLevel)
        return findHighestLevel([acrPossession, ...levels])
      },
    },
  }
}

/** A change of what the person confirms with requires the strongest, whatever an app or the account requires. */
function createFindRequiredLevel(
  second: DecisionSources,
  findHighest: RuleOptions['findHighest'],
): ChooseOptions['findRequiredLevel'] {
  return async (context) =>
    context.kind === 'enrol' || context.kind === 'remove'
      ? ((await findHighest(second.db, requireUserId(context))) ?? acrPassword)
      : await findJourneyLevel(second, context)
}

/** What can be enrolled in a login. */
function listAddable(factors: readonly Factor[]): Factor[] {
  return factors.filter(({ isAvailable, isFallback }) => isAvailable && !isFallback)
}

interface RuleOptions {
  readonly factors: readonly Factor[]
  readonly second: DecisionSources
  /** What every enrolment has to pass: what a first one needs, and the proof of the act. */
  readonly gates: { readonly first: FirstFactor; readonly decideBinding: DecideBinding }
  readonly choose: ChooseOptions
  readonly isBelowLimit: FactorRules['isBelowLimit']
  readonly findBudgetKey: FactorRules['findBudgetKey']
  readonly isKnownBrowser: FactorRules['isKnownBrowser']
  readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
}

function createRules({
  factors,
  second,
  choose,
  isBelowLimit,
  findHighest,
  findBudgetKey,
  isKnownBrowser,
  gates: { first, decideBinding },
}: RuleOptions): FactorRules {
  const mayBind: FactorRules['mayBind'] = async (queries, context) =>
    (await decideBinding(queries, context)).type === 'enough'
  return {
    mayBind,
    findPolicy: async (context) =>
      (await findJourneyRequirement(second, second.db, context)).policy,
    findNeededLevel: (context) => findNeededLevel(choose, context),
    findFitting: async (context) =>
      listCards((await findFitting(choose, context)).factors).filter(
        ({ authenticatorId }) => !isSaidLost(context.data, authenticatorId),
      ),
    mayFallbackHelp: (context) => mayFallbackHelp(choose, context),
    async mayEnrol(queries, context, kind) {
      const { userId, request } = context
      if (!(await mayBind(queries, context))) return false
      if (!(await first.mayEnrol(queries, context))) return false
      return enrolsBeside(context)
        ? await isBelowLimit(queries, { userId, kind, replaces: request.authenticator?.replaces })
        : await mayEnrol(second, queries, context, describeFactor(kind).highestLevel)
    },
    // A step-up enrols nothing, nor does a link from a mail. The account pages ask for more than the password.
    mayEnrolAnew: async (queries, context, withPassword) => {
      if (context.kind !== 'login' && context.kind !== 'offer') return false
      const isPasswordEnough = withPassword && (await first.mayEnrolAnew(queries, context))
      return await mayEnrolAnew(choose, queries, context, isPasswordEnough)
    },
    spendInvitations: first.spendInvitations,
    isBelowLimit,
    findBudgetKey,
    isKnownBrowser,
    async findHighestLevel(queries, userId) {
      const { highest, isLost } = await findLevels(choose, queries, userId)
      return isLost ? undefined : highest
    },
    async removeEarlierFallbacks(queries, userId) {
      if ((await findHighest(queries, userId)) !== undefined) return
      for (const one of factors) await one.removeEarlier?.(queries, userId)
    },
    async removeUnverified(tx, context, { kind, id }) {
      for (const one of factors) if (one.kind === kind) checkRemoval(one, id)
      const userId = requireUserId(context)
      if (enrolsBeside(context) && (await findHighest(tx, userId)) !== undefined) return
      for (const one of factors) await one.removeUnverified?.(tx, userId, id)
    },
  }
}

interface PartOptions extends Omit<FactorNeighbours, 'knownBrowsers'> {
  readonly rules: FactorRules
  readonly lockout: FactorParts['login']['lockout']
  readonly factors: readonly Factor[]
  readonly revokeAuthenticator: RevokeAuthenticator
  readonly fresh: NewAuthenticators
}

function createParts(
  { config, publicUrl, platform, identity, records }: LoginOptions,
  { rules, lockout, factors, links, journeys, failedLogins, fresh, ...login }: PartOptions,
): FactorParts {
  const { revokeProofs, revokeAuthenticator, logins, reportNotMe } = login
  const { db } = platform
  const notMeUrl: FactorParts['login']['notMeUrl'] = async (queries, subject) =>
    `${publicUrl}${await links.create(queries, subject)}`
  return {
    config,
    publicUrl,
    rules,
    platform,
    identity: { ...identity, ...records, failedLogins, onFailedLogin: records.loginCounts.failed },
    login: {
      lockout,
      revokeProofs,
      revokeAuthenticator,
      logins,
      reportNotMe,
      findJourneyData: async (hash) => (await journeys.find(db, hash))?.state.data,
      findLinkedCodes: () => factors.find((one) => one.linkedCodes !== undefined)?.linkedCodes,
      notMeUrl,
      announceBound: createAnnounceBound({ fresh, notify: records.notify, notMeUrl }),
    },
  }
}
