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
import { acrPossession, strongerOf } from '../identity/policy/assurance.ts'
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
import { appFor, mayRegister, mayRegisterAnew, wantedOf } from './decision/requirement.ts'
import type { JourneyStore } from './engine/store.ts'
import { createAttempts } from './factors/attempts.ts'
import type { EndProven } from './factors/end-proven.ts'
import { levelsOf } from './factors/enrolled.ts'
import type { Factor, FactorParts, FactorRules, OpenFactor } from './factors/factor.ts'
import { createHoldings } from './factors/holdings.ts'
import { describeFactor } from './factors/index.ts'
import { createRoom } from './factors/room.ts'
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
  readonly endProven: EndProven
  readonly journeys: JourneyStore
}

export function createFactors(options: FactorsOptions, links: NotMeLinks) {
  const { config, db } = options
  const attempts = createAttempts(options)
  // The rules look at the factors, which are opened with the rules: both are complete before either is asked.
  const factors: Factor[] = []
  const enrolled = { factors, offOf: attempts.offOf }
  const hasRoom = createRoom(
    (...of) => holdings.list(...of),
    (kind) => describeFactor(kind).limit,
  )
  const ofPerson = (queries: Queries, userId: Id<'user'>) => levelsOf(enrolled, queries, userId)
  const reachOf = async (queries: Queries, userId: Id<'user'>) =>
    (await ofPerson(queries, userId)).reach
  const second = {
    ...{ db, reachOf, levelsOf: ofPerson, audit: options.audit },
    groupsOf: options.directory.groupsOf,
    choices: createChoiceStore(options),
    appOf: (queries: Queries, appId: string) => options.apps.find(queries, appId),
    defaultPolicy: config.default_policy,
    get strongest() {
      return findStrongest(factors)
    },
    get addable() {
      return findAddable(factors)
    },
  }
  const choose: ChooseOptions = {
    ...enrolled,
    ...{ db, appName: options.appName },
    wantedOf: (context) => wantedOf(second, context),
    get addable() {
      return findAddable(factors)
    },
  }
  const rules = createRules({ factors, second, choose, hasRoom })
  const parts = createParts(options, { rules, attempts, factors, links })
  factors.push(...options.openFactors.map((open) => open(parts)))
  const holdings = createHoldings({
    ...options,
    offOf: attempts.offOf,
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
        const told = await factor.signals?.(queries, session)
        if (told !== undefined) return told
      }
      return undefined
    },
    ...{ holdings, hasRoom, attempts, second, choose },
    choices: second.choices,
  }
}

/** What can be enrolled in a login. */
function findAddable(factors: readonly Factor[]): Factor[] {
  return factors.filter(({ isAvailable, isFallback }) => isAvailable && !isFallback)
}

/** The highest level that can be enrolled here. */
function findStrongest(factors: readonly Factor[]) {
  return findAddable(factors)
    .map(({ highestLevel }) => highestLevel)
    .reduce(strongerOf, acrPossession)
}

interface RuleOptions {
  readonly factors: readonly Factor[]
  readonly second: Parameters<typeof mayRegister>[0]
  readonly choose: ChooseOptions
  readonly hasRoom: FactorRules['hasRoom']
}

function createRules({ factors, second, choose, hasRoom }: RuleOptions): FactorRules {
  return {
    findPolicy: async (context) => (await appFor(second, context)).policy,
    findNeededLevel: (context) => findNeededLevel(choose, context),
    findFitting: async (context) =>
      (await findFitting(choose, context)).factors.map(({ factor }) => factor),
    async mayEnrol(queries, context, kind) {
      const { userId, request } = context
      // On their own pages people enrol one beside another.
      return context.kind === 'enrol'
        ? await hasRoom(queries, { userId, kind, replaces: request.authenticator?.replaces })
        : await mayRegister(second, queries, context, describeFactor(kind).highestLevel)
    },
    // A step-up enrols nothing.
    mayEnrolAnew: async (queries, context, withPassword) =>
      context.kind !== 'step_up' && (await mayRegisterAnew(choose, queries, context, withPassword)),
    hasRoom,
    findHighestLevel: async (queries, userId) => (await second.levelsOf(queries, userId)).reach,
    async removeEarlierFallbacks(queries, userId) {
      if ((await second.levelsOf(queries, userId)).reach !== undefined) return
      for (const one of factors) await one.removeEarlier?.(queries, userId)
    },
  }
}

interface PartOptions {
  readonly rules: FactorRules
  readonly attempts: FactorParts['login']['attempts']
  readonly factors: readonly Factor[]
  readonly links: NotMeLinks
}

function createParts(
  options: FactorsOptions,
  { rules, attempts, factors, links }: PartOptions,
): FactorParts {
  const { config, publicUrl, db, clock, random, keyring, events, log, journeys } = options
  const { users, hasher, throttle, audit, notify, appName, loginCounts, endProven } = options
  return {
    ...{ config, publicUrl, rules },
    platform: { db, clock, random, keyring, events, log },
    identity: {
      ...{ users, hasher, throttle, audit, notify, appName },
      onFailedLogin: loginCounts.failed,
    },
    login: {
      ...{ attempts, endProven, journeys },
      findKept: async (hash) => (await journeys.find(db, hash))?.state.data,
      findLinkedCodes: () => factors.find((one) => one.linkedCodes !== undefined)?.linkedCodes,
      notMeUrl: async (queries, subject) => `${publicUrl}${await links.create(queries, subject)}`,
    },
  }
}
