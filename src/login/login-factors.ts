/**
 * Every factor once. Owns which factors exist, in which order they are offered, and what each is told of the others.
 */

import type { Apps } from '../identity/apps/apps.ts'
import type { Audit } from '../identity/audit/audit.ts'
import type { EventType } from '../identity/audit/event.ts'
import type { LoginCounts } from '../identity/audit/login-counts.ts'
import type { Throttle } from '../identity/limits/throttle.ts'
import type { Alerts } from '../identity/notify/alerts/alerts.ts'
import type { Notify } from '../identity/notify/notice.ts'
import type { Logins } from '../identity/operations/logins.ts'
import {
  type Acr,
  acrNumber,
  acrPhishingResistant,
  acrPossession,
  findHighestLevel,
} from '../identity/policy/assurance.ts'
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
import { findTimeZone } from '../platform/ui/translate.ts'
import { createChoiceStore } from './decision/choices.ts'
import {
  type DecisionSources,
  findJourneyLevel,
  findJourneyRequirement,
  mayEnrol,
  mayEnrolAnew,
} from './decision/requirement.ts'
import type { StepContext } from './engine/step.ts'
import type { JourneyStore } from './engine/store.ts'
import { createAttempts } from './factors/attempts.ts'
import type { EndProven } from './factors/end-proven.ts'
import { factorEvents } from './factors/events.ts'
import { levelsOf, type SecondFactorWay, type WaysOptions } from './factors/factor.ts'
import { createHoldings } from './factors/holdings.ts'
import { passkeyEvents } from './factors/passkey/events.ts'
import { createPasskeyFactor } from './factors/passkey/passkey.ts'
import { passkeySiteOf } from './factors/passkey/site.ts'
import { createPasskeyStore } from './factors/passkey/store.ts'
import { createPasskeyWay } from './factors/passkey/way.ts'
import { pushEvents } from './factors/push/events.ts'
import { createPushFactor } from './factors/push/push.ts'
import type { PushSender } from './factors/push/senders/sender.ts'
import { createPushWay } from './factors/push/way.ts'
import { recoveryEvents } from './factors/recovery/events.ts'
import { createRecoveryFactor } from './factors/recovery/recovery.ts'
import { createRecoveryStore, type RecoveryStore } from './factors/recovery/store.ts'
import { createRecoveryWay } from './factors/recovery/way.ts'
import { createRoom } from './factors/room.ts'
import { createTotpCompanion, type TotpCompanionOptions } from './factors/totp/companion.ts'
import { totpEvents } from './factors/totp/events.ts'
import { createTotpStore } from './factors/totp/store.ts'
import { createTotpFactor } from './factors/totp/totp.ts'
import { createTotpWay } from './factors/totp/way.ts'
import { asksNumber, fittingWays } from './journeys/second-factor/choose.ts'
import type { Tries } from './journeys/tries.ts'
import type { NotMeLinks } from './report/links.ts'

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

/** What a person can add on their own pages, in the order in which it is offered there. */
const enrolKinds = ['push', 'totp', 'passkey', 'recovery'] as const

/** The audit events of all factors. */
export const factorEventTypes: readonly EventType[] = [
  factorEvents,
  pushEvents,
  totpEvents,
  passkeyEvents,
  recoveryEvents,
].flatMap((events) => Object.values(events))

export type Factors = ReturnType<typeof createFactors>

interface FactorsOptions extends LoginOptions, Tries {
  readonly endProven: EndProven
  readonly logins: Logins
  readonly journeys: JourneyStore
}

export function createFactors(options: FactorsOptions, links: NotMeLinks) {
  const { config, db, journeys } = options
  const issuer = config.push.issuer ?? config.brand.name
  const attempts = createAttempts(options)
  const totpStore = createTotpStore(options)
  const { hasRoom, hasRoomFor } = createRoom((...of) => holdings.list(...of))
  const push = createPushFactor({
    ...options,
    issuer,
    brandName: config.brand.name,
    colour: config.brand.colour,
    challengeLifetime: config.push.challenge_lifetime,
    registrationLifetime: config.push.registration_lifetime,
    context: config.push.context,
    timeZone: findTimeZone(config),
    companion: companionOf(options, {
      store: totpStore,
      attempts,
      hasRoom: (...of) => hasRoom(...of),
    }),
    notMeUrl: async (queries, subject) =>
      `${options.publicUrl}${await links.create(queries, subject)}`,
    attempts,
    othersOf: async (context) => (await othersOf(context)).filter(({ name }) => name !== 'push'),
    allowsPlain: async (context) =>
      (await findJourneyRequirement(second, db, context)).policy.plainApproval === true &&
      !(await asksNumber(choose, context)),
    mayRegister: async (queries, context) =>
      hasPush && (await mayEnrol(second, queries, context, acrNumber)),
    mayRegisterAnew: async (queries, context) =>
      hasPush && (await mayEnrolAnew(choose, queries, context, config.push.register_anew)),
    hasRoomBeside: hasRoomFor('push'),
    dropEarlierCodes,
  })
  const recoveryStore = createRecoveryStore(options)
  const isOn = config.recovery_codes !== 'off'
  const hasPush = options.senders.length > 0
  const site = passkeySiteOf(options.publicUrl)
  const passkeyStore = createPasskeyStore({ ...options, rpId: site?.rpId })
  const ways = [
    createPushWay(push.devices),
    createTotpWay(totpStore),
    createPasskeyWay(passkeyStore),
    createRecoveryWay(recoveryStore, isOn),
  ] as const
  const canAdd = { push: hasPush, totp: true, passkey: site !== undefined, recovery: false }
  const addable = ways.filter(({ name }) => canAdd[name])
  const held = { ways, offOf: attempts.offOf }
  const findHighest = async (queries: Queries, userId: Id<'user'>) =>
    (await levelsOf(held, queries, userId)).reach
  const choices = createChoiceStore(options)
  const offered = { push: hasPush, passkeys: site !== undefined, choices, audit: options.audit }
  const second = { ...createDecisionSources(options, held, addable), ...offered }
  const findRequiredLevel = (context: StepContext) => findJourneyLevel(second, context)
  const choose = { ...held, db, addable, findRequiredLevel, appName: options.appName }
  async function dropEarlierCodes(queries: Queries, userId: Id<'user'>) {
    await dropCodesBeforeFirst({ ...second, findHighest, store: recoveryStore }, queries, userId)
  }
  async function othersOf(context: StepContext) {
    return (await fittingWays(choose, context)).ways.map(({ way }) => way)
  }
  const hasOther = async (context: StepContext) => (await othersOf(context)).length > 1
  const shared = { ...options, attempts, issuer, hasOther, dropEarlierCodes }
  const totp = createTotpFactor({
    ...shared,
    store: totpStore,
    hasRoomBeside: hasRoomFor('totp'),
    mayRegister: (queries, context) => mayEnrol(second, queries, context, acrPossession),
  })
  const passkey = createPasskeyFactor({
    ...shared,
    site,
    store: passkeyStore,
    hasRoomBeside: hasRoomFor('passkey'),
    mayRegister: (queries, context) => mayEnrol(second, queries, context, acrPhishingResistant),
  })
  const recovery = createRecoveryFactor({
    ...options,
    store: recoveryStore,
    keptNow: async (hash) => (await journeys.find(db, hash))?.state.data,
    attempts,
    reachOf: findHighest,
    hasOther,
    isOn,
    atEnrolment: config.recovery_codes === 'enrolment',
  })
  const holdings = createHoldings({
    ...options,
    offOf: attempts.offOf,
    kinds: [push, totp, passkey, recovery].map(({ authenticators }) => authenticators),
  })
  return {
    push,
    totp,
    recovery,
    /** `undefined`: there are no recovery codes here. */
    recoveryCodesLeft: async (userId: Id<'user'>) =>
      isOn ? ((await recovery.store.leftOf(db, userId))?.left ?? 0) : undefined,
    holdings,
    hasRoom,
    attempts,
    passkey,
    enrolKinds: enrolKindsOf({ push: hasPush, passkey: site !== undefined, recovery: isOn }),
    choices,
    second,
    findHighest,
    choose,
  }
}

/** What every decision about a second factor is made from. */
function createDecisionSources(
  options: FactorsOptions,
  held: WaysOptions,
  addable: readonly SecondFactorWay[],
): DecisionSources {
  const { config, db, apps, sessions, directory } = options
  return {
    db,
    facts: {
      choices: createChoiceStore(options),
      async findLevels(queries, userId) {
        const levels = await levelsOf(held, queries, userId)
        return { highestLevel: levels.reach, usableLevel: levels.usable }
      },
      findDeferrals: (queries, sessionId) => sessions.putOffRules(queries, sessionId),
    },
    requirements: {
      findApp: (queries, appId) => apps.find(queries, appId),
      defaultPolicy: config.default_policy,
      listGroups: directory.groupsOf,
      highestHere: findHighestLevel([acrPossession, ...addable.map(({ reach }) => reach)]),
    },
  }
}

/** The first second factor takes the place of recovery codes that were there before it. */
async function dropCodesBeforeFirst(
  options: {
    readonly audit: Audit
    readonly store: RecoveryStore
    readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
  },
  queries: Queries,
  userId: Id<'user'>,
): Promise<void> {
  if ((await options.findHighest(queries, userId)) !== undefined) return
  if (!(await options.store.removeUnused(queries, userId))) return
  const facts = { userId, by: userId, reason: 'first_factor' } as const
  await options.audit.record(queries, recoveryEvents.removed, facts)
}

function companionOf(
  options: FactorsOptions,
  own: Pick<TotpCompanionOptions, 'store' | 'attempts' | 'hasRoom'>,
) {
  return options.config.push.combined_totp ? createTotpCompanion({ ...options, ...own }) : undefined
}

type Choosable = 'push' | 'passkey' | 'recovery'

function enrolKindsOf(has: Readonly<Record<Choosable, boolean>>) {
  return enrolKinds.filter((kind) => kind === 'totp' || has[kind])
}
