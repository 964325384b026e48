/**
 * The Einlass authenticator as a factor: its entry in the list, and how a server builds it from stores, steps and the addresses
 * of devices. Owns how the parts are put together; each part has its own file.
 */
import { readFetch, types } from '#authenticator'
import { createBuckets } from '../../../identity/limits/buckets.ts'
import { acrVerifiedCode, isAtLeast, strengthLevels } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Metric } from '../../../platform/kernel/metric.ts'
import { tryEach } from '../../../platform/kernel/try-each.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { readVapidKeys } from '../../../platform/web-push/vapid-keys.ts'
import { defineFragment } from '../../engine/compose.ts'
import type { StepContext } from '../../engine/step.ts'
import { clearRequests } from '../approval/clear.ts'
import { createHeldBackNotes } from '../approval/held-back.ts'
import { createFindHold } from '../approval/hold.ts'
import {
  createSenderMetrics,
  listSenderMetrics,
  type SenderMetrics,
} from '../approval/sending/metrics.ts'
import { createResilientSender, systemTimers } from '../approval/sending/resilient.ts'
import { voidEarlierRequests } from '../approval/void-earlier.ts'
import { createEnrolmentRules } from '../enrolment.ts'
import type { EnrolExit, Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorEnvironment, FactorParts } from '../factor-parts.ts'
import { findRelyingParty } from '../webauthn/site.ts'
import { answerAnswer } from './answer-requests.ts'
import { createAuthenticatorAppRequests } from './app-requests.ts'
import { type AskOptions, findScene } from './ask.ts'
import { createAuthenticators, createFindEnrolled } from './authenticators.ts'
import { openAuthenticatorCheck } from './caller-check.ts'
import type { CodesOptions } from './codes.ts'
import { createConfirmStep, withdrawPending } from './confirm-step.ts'
import { findLevel } from './credentials.ts'
import { description } from './describe.ts'
import type { DeviceRequestOptions } from './device-replies.ts'
import { answerEnrol, answerOffer } from './enrol-requests.ts'
import { createEnrolStep } from './enrol-step.ts'
import { authenticatorEvents } from './events.ts'
import { answerMove } from './move-requests.ts'
import { answerChange, answerFetch, checkReading, shorten } from './reading-requests.ts'
import { removeAllUnverified } from './remove-unverified.ts'
import { createDeviceRoute } from './routes.ts'
import type { AuthenticatorRules } from './rules.ts'
import { openStores, type Stores } from './stores.ts'
import { createTestStep } from './test-step.ts'
import { createTrialStep } from './trial-step.ts'
import { createWake, type Wake } from './wake.ts'
import type { WakeSender } from './wake-sender.ts'

const { kind } = description
const requestTables = {
  requests: 'authenticator_challenges',
  registrations: 'authenticator_registrations',
} as const

export const authenticator: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).authenticatorTables,
  isAvailable: ({ authenticator: { enabled } }) => enabled,
  explainMissing: () => 'needs authenticator.enabled',
  listGaps: ({ authenticator: { enabled }, push: { senders } }) =>
    enabled && senders.webpush === undefined
      ? [
          'no phone with the Einlass authenticator is woken (push.senders.webpush): users open the app themselves',
        ]
      : [],
  openAuthenticators: (parts) =>
    createAuthenticators({ audit: parts.audit, stores: openStores(parts) }),
  liftLimits: (tx, of) => clearRequests(tx, 'authenticator_challenges', of),
  voidEarlier: (tx, { now }) => voidEarlierRequests(tx, requestTables, now),
  openCallerCheck: ({ stores, readFile, ...parts }) =>
    openAuthenticatorCheck({ stores, readFile, ...parts }, () =>
      openWakeSender({ ...stores, readFile }, createSenderMetrics()),
    ),
  async prepare(environment) {
    const metrics = createSenderMetrics()
    const sender = await openWakeSender(environment, metrics)
    return (parts) => openAuthenticator(parts, sender, listSenderMetrics(metrics))
  },
}

/** Web Push is loaded only where it is configured. `undefined`: no phone is woken. */
async function openWakeSender(
  {
    config,
    clock,
    random,
    readFile,
  }: Pick<FactorEnvironment, 'config' | 'clock' | 'random' | 'readFile'>,
  counted: SenderMetrics,
) {
  const { webpush } = config.push.senders
  if (webpush === undefined || !config.authenticator.enabled) return undefined
  const keys = readVapidKeys(readFile(webpush.private_key_file).trim())
  // The push factor reads the same file, and reports its mistakes.
  if (keys === undefined) return undefined
  const { createWakeSender } = await import('./wake-sender.ts')
  const { subject, allowed_origins: allowedOrigins } = webpush
  const sender = createWakeSender({ subject, allowedOrigins, keys, clock })
  const metrics = counted.forProvider(sender.name)
  const resilient = createResilientSender({
    ...{ sender, clock, random, metrics },
    timers: systemTimers,
  })
  return { ...sender, send: resilient.send }
}

type OwnFactor = Factor<typeof kind> & Readonly<Record<string, unknown>>

/** The factor, with its stores beside the members of the contract, for tests. */
export function openAuthenticator(
  parts: FactorParts,
  sender?: WakeSender,
  metrics: readonly Metric[] = [],
) {
  const { config, platform, identity } = parts
  const stores = openStores(platform)
  const origin = new URL(parts.publicUrl).origin
  const wake = createWake({ platform, audit: identity.audit, stores, origin }, sender)
  const rules = createRules(parts)
  const codes: CodesOptions = {
    isOffered: config.authenticator.combined_totp,
    findLinkedCodes: parts.login.findLinkedCodes,
  }
  const devices = openDevices(parts, { stores, codes }, sender)
  const { clock } = platform
  const heldBack = createHeldBackNotes(
    { clock, audit: identity.audit },
    authenticatorEvents.heldBack,
  )
  const steps = createSteps(parts, { stores, rules, wake, heldBack, origin, codes })
  return {
    ...description,
    stores,
    isAvailable: config.authenticator.enabled,
    findEnrolled: createFindEnrolled(stores),
    authenticators: createAuthenticators({ audit: identity.audit, stores }),
    ...createFragments(steps),
    sendsMessage: true,
    leaveVerify: steps.leaveVerify,
    findHold: steps.findHold,
    async findReported(queries: Queries, id: string) {
      const challenge = await stores.challenges.find(queries, id)
      return challenge && { at: challenge.createdAt, about: challenge.about }
    },
    answerDevice: devices.answer,
    appRequests: createAuthenticatorAppRequests({
      ...{ ...platform, stores, wake, lockout: parts.login.lockout },
      noteHeldBack: (facts) => heldBack.add(platform.db, facts),
      language: config.default_language,
    }),
    openDeviceStream: devices.openStream,
    metrics,
    removeUnverified: (tx: Transaction, userId: Id<'user'>, except: string | undefined) =>
      removeAllUnverified({ ...platform, ...identity, stores, codes }, tx, userId, except),
    async purge(queries: Queries) {
      await tryEach([
        () => stores.challenges.purge(queries),
        () => stores.registrations.purge(queries),
        () => stores.devices.purge(queries),
        () => stores.devices.purgeUsed(queries),
      ])
    },
    start: wake.failForgotten,
    flush: heldBack.flush,
    settle: wake.settle,
    close: wake.close,
  } satisfies OwnFactor
}

/** A phone with the app open asks once in five seconds. */
const perMinuteOfDevice = 60

function openDevices(
  { config, publicUrl, platform, identity, login }: FactorParts,
  { stores, codes }: { readonly stores: Stores; readonly codes: CodesOptions },
  sender: WakeSender | undefined,
) {
  const createLimit = () => createBuckets({ clock: platform.clock, limit: perMinuteOfDevice })
  const options: DeviceRequestOptions = {
    platform,
    identity,
    login,
    stores,
    codes,
    server: {
      origin: new URL(publicUrl).origin,
      peers: config.authenticator.peers,
      issuer: shorten(config.push.issuer ?? config.brand.name),
      vapid: sender?.publicKey,
    },
    limits: { reading: createLimit(), answering: createLimit() },
  }
  return createDeviceRoute({
    config,
    clock: platform.clock,
    log: platform.log,
    handlers: {
      offer: (body) => answerOffer(options, body),
      enrol: (body) => answerEnrol(options, body),
      fetch: (body) => answerFetch(options, body),
      answer: (body) => answerAnswer(options, body),
      change: (body) => answerChange(options, body),
      move: (body) => answerMove(options, body),
    },
    checkListener: (body) => checkReading(options, body, { type: types.fetch, read: readFetch }),
  })
}

function createRules({ rules, config, publicUrl }: FactorParts): AuthenticatorRules {
  const canVerify = findRelyingParty(publicUrl) !== undefined
  return {
    async findVerification(context) {
      const { level = 'possession' } = await rules.findPolicy(context)
      const isRequired = canVerify && isAtLeast(strengthLevels[level], acrVerifiedCode)
      return isRequired ? 'required' : 'preferred'
    },
    async findFitting(context, phones) {
      const required = await rules.findNeededLevel(context)
      return phones.filter((phone) => isAtLeast(findLevel(phone), required))
    },
    findBudgetKey: rules.findBudgetKey,
    listOthers: async (context) =>
      (await rules.findFitting(context)).filter((one) => one.kind !== kind),
    mayEnrol: async (queries, context) =>
      config.authenticator.enabled && (await rules.mayEnrol(queries, context, kind)),
  }
}

interface StepParts {
  readonly stores: Stores
  readonly rules: AuthenticatorRules
  readonly wake: Wake
  readonly heldBack: AskOptions['heldBack']
  readonly origin: string
  readonly codes: CodesOptions
}

function createSteps(
  parts: FactorParts,
  { stores, rules, wake, heldBack, origin, codes }: StepParts,
) {
  const { config, platform, identity, login } = parts
  const { db, events } = platform
  const options: AskOptions = {
    db,
    events,
    lockout: login.lockout,
    stores,
    rules,
    wake,
    heldBack,
    texts: {
      findAppName: identity.appName,
      brandName: config.brand.name,
      context: config.push.context,
      origin,
    },
  }
  return {
    register: createEnrolStep({
      ...{ db, events, stores, rules, origin, codes },
      audit: identity.audit,
    }),
    test: createTestStep({
      ...options,
      ...createEnrolmentRules(parts.rules, kind),
      audit: identity.audit,
      announceBound: login.announceBound,
      codes,
    }),
    confirm: createConfirmStep(options),
    trial: createTrialStep(options),
    leaveVerify: (context: StepContext) => withdrawPending(options, context),
    findHold: createFindHold({
      kind,
      sources: { db, lockout: login.lockout, budget: stores.challenges },
      findBudgetKey: rules.findBudgetKey,
      noteHeldBack: (facts) => heldBack.add(db, facts),
      async findAsked(context) {
        const scene = await findScene(options, context)
        return scene?.state === 'waiting' ? scene.device.id : undefined
      },
    }),
  }
}

function createFragments({ register, test, confirm, trial }: ReturnType<typeof createSteps>) {
  return {
    enrol: defineFragment<EnrolExit>()({
      first: 'authenticator/enrol',
      steps: [register, test],
      transitions: {
        'authenticator/enrol': {
          registered: 'authenticator/test',
          back: 'back',
          superseded: 'superseded',
        },
        'authenticator/test': {
          confirmed: 'enrolled',
          back: 'authenticator/enrol',
          superseded: 'superseded',
        },
      },
    }),
    trial: defineFragment<'left'>()({
      first: 'authenticator/trial',
      steps: [trial],
      transitions: { 'authenticator/trial': { left: 'left' } },
    }),
    verify: defineFragment<VerifyExit>()({
      first: 'authenticator/confirm',
      steps: [confirm],
      transitions: {
        'authenticator/confirm': {
          confirmed: 'verified',
          cancelled: 'cancelled',
          other: 'other',
          trouble: 'trouble',
        },
      },
    }),
  }
}
