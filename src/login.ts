/**
 * The login, put together: every factor once, the journeys that lead through them, and what decides who has to go
 * there. Owns which factors exist and in which order they are offered.
 */
import type { Alerts } from './alerts/alerts.ts'
import type { Audit } from './audit/audit.ts'
import type { Config } from './config/schema.ts'
import { createContinuations } from './engine/continuation.ts'
import { createEngine } from './engine/engine.ts'
import type { Visit } from './engine/step.ts'
import { createJourneyStore, type JourneyStore } from './engine/store.ts'
import { createAttempts } from './factors/attempts.ts'
import { createEndProven, type EndProven } from './factors/end-proven.ts'
import { levelsOf, type WayName, type WaysOptions } from './factors/factor.ts'
import { createHoldings } from './factors/holdings.ts'
import { createPasskeyFactor } from './factors/passkey/passkey.ts'
import { passkeySiteOf } from './factors/passkey/site.ts'
import { createPasskeyStore } from './factors/passkey/store.ts'
import { createPasskeyWay } from './factors/passkey/way.ts'
import { createChangeStep } from './factors/password/change-step.ts'
import { createPasswordStep } from './factors/password/step.ts'
import { createPushFactor } from './factors/push/push.ts'
import type { PushSender } from './factors/push/senders/sender.ts'
import { createPushWay } from './factors/push/way.ts'
import { createRecoveryFactor } from './factors/recovery/recovery.ts'
import { createRecoveryStore } from './factors/recovery/store.ts'
import { createRecoveryWay } from './factors/recovery/way.ts'
import { createChoiceStore } from './factors/second-factor/choices.ts'
import {
  asksNumber,
  type ChooseOptions,
  createFirstStep,
  createOtherStep,
  fittingWays,
} from './factors/second-factor/choose.ts'
import { createDeclineStep } from './factors/second-factor/decline.ts'
import { createGetAppStep } from './factors/second-factor/get-app.ts'
import {
  appFor,
  createNeedStep,
  mayRegister,
  mayRegisterAnew,
  type NeedOptions,
  wantedOf,
} from './factors/second-factor/need.ts'
import { createOfferStep } from './factors/second-factor/offer.ts'
import { createTotpCompanion } from './factors/totp/companion.ts'
import { createTotpStore } from './factors/totp/store.ts'
import { createTotpFactor } from './factors/totp/totp.ts'
import { createTotpWay } from './factors/totp/way.ts'
import { authenticatorPath, enrolJourney, trialJourney } from './journeys/account.ts'
import { createBeginStep } from './journeys/begin-step.ts'
import { createEnrolBeginStep } from './journeys/enrol-begin-step.ts'
import { createFinish } from './journeys/finish.ts'
import { createFreshLogin, type FreshLogin } from './journeys/fresh-login.ts'
import { whileCurrent } from './journeys/guard.ts'
import { loginJourney, stepUpJourney } from './journeys/login.ts'
import { offerJourney } from './journeys/offer.ts'
import { createTries, type Tries } from './journeys/tries.ts'
import type { Clock } from './kernel/clock.ts'
import type { Events } from './kernel/events.ts'
import type { Id } from './kernel/ids.ts'
import type { Keyring } from './kernel/keyring.ts'
import type { Log } from './kernel/log.ts'
import type { Random } from './kernel/random.ts'
import type { Notices } from './mail/notices.ts'
import type { LoginCounts } from './metrics/login-counts.ts'
import { createNotMeLinks, type NotMeLinks } from './not-me/links.ts'
import { createReportNotMe } from './not-me/report.ts'
import { type Acr, acrNumber, acrPhishingResistant, acrPossession } from './policy/assurance.ts'
import { parsePutOff } from './policy/policy.ts'
import type { LiveSession } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Apps } from './sso/apps.ts'
import { createGate } from './sso/gate.ts'
import { createWayFor } from './sso/way.ts'
import type { Database, Queries } from './storage/database.ts'
import { timeZoneOf } from './ui/translate.ts'
import { groupsOf } from './users/groups.ts'
import type { Hasher } from './users/hasher.ts'
import type { LocalUsers } from './users/local.ts'
import type { Throttle } from './users/throttle.ts'

export interface LoginOptions {
  readonly config: Config
  readonly publicUrl: string
  readonly db: Database
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly senders: readonly PushSender[]
  readonly events: Events
  readonly audit: Audit
  readonly notices: Notices
  readonly users: LocalUsers
  readonly alerts: Alerts
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly loginCounts: LoginCounts
  readonly apps: Apps
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export function createLogin(options: LoginOptions) {
  const { config, clock, keyring, db, apps, sessions } = options
  const links = createNotMeLinks(options)
  const store = createJourneyStore(options)
  const tries = createTries({ ...options, onFailed: options.loginCounts.failed })
  const endProven = createEndProven({ ...options, journeys: store })
  const factors = createFactors({ ...options, ...tries, journeys: store, endProven }, links)
  const rules = factors.second
  const { knownBrowsers } = tries
  const continuations = createContinuations({ key: keyring.derive('continuations'), clock })
  const freshLogin = createFreshLogin({
    clock,
    maxAge: config.account.fresh_login,
    store,
    users: options.users,
    reachOf: factors.second.reachOf,
  })
  const engine = createEngine({
    ...options,
    store,
    journeys: createJourneys(options, factors, store, freshLogin, tries),
    finish: createFinish({
      ...options,
      store,
      holdings: factors.holdings,
      onLogin: options.loginCounts.succeeded,
    }),
    startOver: (request) =>
      request.authenticator === undefined
        ? `/login?continue=${continuations.sign(request)}`
        : authenticatorPath(request.authenticator),
    lifetime: config.login.journey_lifetime,
  })
  const factsOf = async (queries: Queries, { id, userId }: LiveSession) => {
    const { declinedAt, skipsUsed } = await factors.choices.find(queries, userId)
    return {
      ...(await factors.second.levelsOf(queries, userId)),
      declinedAt,
      putOff: parsePutOff(await sessions.putOffRules(queries, id)),
      skipsUsed,
    }
  }
  return {
    factors,
    /** Writes down the tries that were only counted so far; with `all` also the latest. Does not throw. */
    flushTries: (which?: { readonly all: boolean }) =>
      tries.flush(db, which).catch((error: unknown) => {
        options.log.error({ error }, 'refused tries were not written down')
      }),
    notMe: createNotMe(options, factors, links, store),
    engine,
    journeys: store,
    knownBrowsers,
    continuations,
    freshLogin,
    gate: createGate({ db, clock, continuations, factsOf, rules }),
    wayFor: createWayFor({
      db,
      clock,
      apps,
      defaultPolicy: config.default_policy,
      factsOf,
      rules,
      isFirstFresh: freshLogin.isFirstFresh,
    }),
  }
}

/** What a person can add on their own pages, in the order in which it is offered there. */
const enrolKinds = ['push', 'totp', 'passkey', 'recovery'] as const

type Factors = ReturnType<typeof createFactors>

/** What a person can do about a login that was not theirs, by a link or on an authenticator. */
function createNotMe(
  options: LoginOptions,
  { push }: Factors,
  links: NotMeLinks,
  journeys: JourneyStore,
) {
  const attemptOf = async (queries: Queries, challengeId: string) => {
    const challenge = await push.challenges.find(queries, challengeId)
    return challenge && { at: challenge.createdAt, about: challenge.about }
  }
  const parts = { links, attemptOf, consequences: options.config.not_me }
  return { ...parts, reportNotMe: createReportNotMe({ ...options, ...parts, journeys }) }
}

interface FactorsOptions extends LoginOptions, Tries {
  readonly endProven: EndProven
  readonly journeys: JourneyStore
}

function createFactors(options: FactorsOptions, links: NotMeLinks) {
  const { config, db, journeys } = options
  const issuer = config.push.issuer ?? config.brand.name
  const attempts = createAttempts(options)
  const store = createTotpStore(options)
  const push = createPushFactor({
    ...options,
    issuer,
    brandName: config.brand.name,
    colour: config.brand.colour,
    challengeLifetime: config.push.challenge_lifetime,
    registrationLifetime: config.push.registration_lifetime,
    context: config.push.context,
    timeZone: timeZoneOf(config),
    companion: config.push.combined_totp
      ? createTotpCompanion({ ...options, store, attempts })
      : undefined,
    notMeUrl: async (queries, subject) =>
      `${options.publicUrl}${await links.create(queries, subject)}`,
    attempts,
    othersOf: async (visit) => (await othersOf(visit)).filter(({ name }) => name !== 'push'),
    allowsPlain: async (visit) =>
      (await appFor(second, visit)).policy.plainApproval === true &&
      !(await asksNumber(choose, visit)),
    mayRegister: async (queries, visit) =>
      hasPush && (await mayRegister(second, queries, visit, acrNumber)),
    mayRegisterAnew: async (queries, visit) =>
      hasPush && (await mayRegisterAnew(choose, queries, visit, config.push.register_anew)),
    dropEarlierCodes,
  })
  const recoveryStore = createRecoveryStore(options)
  const isOn = config.recovery_codes !== 'off'
  const hasPush = options.senders.length > 0
  const site = passkeySiteOf(options.publicUrl)
  const passkeys = createPasskeyStore({ ...options, rpId: site?.rpId })
  const ways = [
    createPushWay(push.devices),
    createTotpWay(store),
    createPasskeyWay(passkeys),
    createRecoveryWay(recoveryStore, isOn),
  ] as const
  const held = { ways, offOf: attempts.offOf }
  const second = {
    db,
    choices: createChoiceStore(options),
    audit: options.audit,
    ...levelsFor(held),
    appOf: (queries: Queries, appId: string) => options.apps.find(queries, appId),
    defaultPolicy: config.default_policy,
    groupsOf,
    strongest: strongestOf(hasPush, site !== undefined),
    push: hasPush,
    passkeys: site !== undefined,
  }
  const choose = chooseAmong(options, held, second)
  async function dropEarlierCodes(queries: Queries, userId: Id<'user'>) {
    if ((await second.reachOf(queries, userId)) !== undefined) return false
    return await recoveryStore.removeUnused(queries, userId)
  }
  async function othersOf(visit: Visit) {
    return (await fittingWays(choose, visit)).ways.map(({ way }) => way)
  }
  const hasOther = async (visit: Visit) => (await othersOf(visit)).length > 1
  const code = { ...options, store, attempts, issuer, hasOther, dropEarlierCodes }
  const totp = createTotpFactor({
    ...code,
    mayRegister: (queries, visit) => mayRegister(second, queries, visit, acrPossession),
  })
  const ofPasskeys = { ...code, site, store: passkeys }
  const passkey = createPasskeyFactor({
    ...ofPasskeys,
    mayRegister: (queries, visit) => mayRegister(second, queries, visit, acrPhishingResistant),
  })
  const recovery = createRecoveryFactor({
    ...options,
    store: recoveryStore,
    keptNow: async (hash) => (await journeys.find(db, hash))?.state.kept,
    attempts,
    reachOf: second.reachOf,
    hasOther,
    isOn,
    atEnrolment: config.recovery_codes === 'enrolment',
  })
  return {
    push,
    totp,
    /** For a person who may connect a code app beside what they have. */
    totpBeside: createTotpFactor({ ...code, mayRegister: async () => true }),
    recovery,
    /** `undefined`: there are no recovery codes here. */
    recoveryCodesLeft: async (userId: Id<'user'>) =>
      isOn ? ((await recovery.store.leftOf(db, userId))?.left ?? 0) : undefined,
    holdings: createHoldings({
      ...options,
      offOf: attempts.offOf,
      kinds: [
        push.authenticators,
        totp.authenticators,
        passkey.authenticators,
        recovery.authenticators,
      ],
    }),
    attempts,
    passkey,
    passkeyBeside: createPasskeyFactor({ ...ofPasskeys, mayRegister: async () => true }),
    enrolKinds: enrolKindsOf({ push: hasPush, passkey: site !== undefined, recovery: isOn }),
    choices: second.choices,
    second,
    choose,
  }
}

function chooseAmong<Name extends WayName>(
  { db, appName }: LoginOptions,
  held: WaysOptions<Name>,
  second: NeedOptions & { readonly push: boolean; readonly passkeys: boolean },
): ChooseOptions<Name> {
  const canAdd = { push: second.push, totp: true, passkey: second.passkeys, recovery: false }
  return {
    ...held,
    db,
    wantedOf: (visit) => wantedOf(second, visit),
    addable: held.ways.filter(({ name }) => canAdd[name]),
    appName,
  }
}

function levelsFor(held: WaysOptions) {
  const ofPerson = (queries: Queries, userId: Id<'user'>) => levelsOf(held, queries, userId)
  const reachOf = async (queries: Queries, userId: Id<'user'>) =>
    (await ofPerson(queries, userId)).reach
  return { levelsOf: ofPerson, reachOf }
}

type Choosable = 'push' | 'passkey' | 'recovery'

function enrolKindsOf(has: Readonly<Record<Choosable, boolean>>) {
  return enrolKinds.filter((kind) => kind === 'totp' || has[kind])
}

/** The strongest level that can be registered. */
function strongestOf(hasPush: boolean, hasPasskeys: boolean): Acr {
  if (hasPasskeys) return acrPhishingResistant
  return hasPush ? acrNumber : acrPossession
}

function createJourneys(
  options: LoginOptions,
  factors: Factors,
  store: JourneyStore,
  freshLogin: FreshLogin,
  tries: Tries,
) {
  const { config, appName } = options
  const { push, totp, totpBeside, passkey, passkeyBeside, recovery, second } = factors
  const first = createFirstStep(factors.choose)
  const other = createOtherStep(factors.choose)
  const begin = createBeginStep({
    appName,
    async fittingOf(visit) {
      const { ways, weaker } = await fittingWays(factors.choose, visit)
      const [first] = ways
      return {
        sendsMessage: first?.way.name === 'push' && first.holding.isUnreachable !== true,
        hasWeaker: weaker.length > 0,
      }
    },
  })
  const confirm = push.confirm
  const confirmCode = totp.confirm
  const confirmPasskey = passkey.confirm
  const { confirm: recover, create: createCodes } = recovery
  const { ios_url: iosUrl, android_url: androidUrl } = config.stores
  const offering = {
    offer: createOfferStep(second),
    decline: createDeclineStep(second),
    getApp: createGetAppStep({ iosUrl, androidUrl }),
    register: push.register,
    registerCode: totp.register,
    registerPasskey: passkey.register,
    test: push.test,
    createCodes,
  }
  return [
    loginJourney(
      {
        ...offering,
        password: createPasswordStep({ ...options, ...tries, passkey: passkey.wholeLogin }),
        need: createNeedStep(second),
        changePassword: createChangeStep({
          ...options,
          store,
          minPasswordLength: config.passwords.min_length,
        }),
        first,
        other,
        confirm,
        confirmCode,
        confirmPasskey,
        recover,
      },
      options.users,
    ),
    offerJourney(offering, whileCurrent(options.sessions, freshLogin.hasFirst)),
    stepUpJourney({
      begin,
      first,
      other,
      createCodes,
      confirm: push.confirmAgain,
      confirmCode,
      confirmPasskey,
      recover,
    }),
    enrolJourney(
      {
        begin: createEnrolBeginStep({ ...options, ...factors, kinds: factors.enrolKinds }),
        ...push.beside,
        registerCode: totpBeside.register,
        registerPasskey: passkeyBeside.register,
        createCodes,
      },
      whileCurrent(options.sessions, freshLogin.isStrongest),
    ),
    trialJourney(push.trial, whileCurrent(options.sessions, freshLogin.isStrongest)),
  ]
}
