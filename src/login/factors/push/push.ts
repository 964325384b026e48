/**
 * The factor push: its definition for the list of factors, and how a server builds it from stores, senders, steps and the route
 * of phones. Owns how the parts are put together and which step follows which outcome; the parts have files of their own.
 */
import { acrNumber, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { Config } from '../../../platform/config/schema.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Metric } from '../../../platform/kernel/metric.ts'
import { tryEach } from '../../../platform/kernel/try-each.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { findTimeZone } from '../../../platform/ui/translate.ts'
import { defineFragment } from '../../engine/compose.ts'
import type { StepContext } from '../../engine/step.ts'
import { clearRequests } from '../approval/clear.ts'
import { createFindHold } from '../approval/hold.ts'
import { createSenderMetrics, listSenderMetrics } from '../approval/sending/metrics.ts'
import { systemTimers } from '../approval/sending/resilient.ts'
import { voidEarlierRequests } from '../approval/void-earlier.ts'
import { createEnrolmentRules } from '../enrolment.ts'
import type { EnrolExit, Factor, FactorDefinition, VerifyExit } from '../factor.ts'
import type { FactorParts } from '../factor-parts.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import { createPushAppRequests } from './app-requests.ts'
import { findScene } from './approval.ts'
import {
  createFindEnrolled,
  createListAskable,
  createPushAuthenticators,
} from './authenticators.ts'
import { openCallerCheck } from './caller-check.ts'
import { createPushChallengeStore } from './challenges.ts'
import { createAppEntry, listIssuerWarnings } from './code-uri.ts'
import { createDelivery, type PushDelivery } from './delivery.ts'
import { description } from './describe.ts'
import { createPushDeviceStore } from './devices.ts'
import { createEnrolStep } from './enrol-step.ts'
import { createGetAppStep } from './get-app-step.ts'
import { listImportSources } from './import.ts'
import { createPhoneRequests } from './phone-requests.ts'
import { removeAllUnverified } from './remove-unverified.ts'
import { createPhoneRoute } from './routes.ts'
import type { PushRules } from './rules.ts'
import type { SendOptions } from './send.ts'
import { createFindSender } from './senders/find-sender.ts'
import { validateSenders } from './senders/keys.ts'
import { openSenders } from './senders/open.ts'
import type { PushSender } from './senders/sender.ts'
import { openPushStores, type PushStores } from './stores.ts'
import { createTestPushStep } from './test-push-step.ts'
import { createVerifyEnrolmentStep } from './verify-enrolment-step.ts'
import { createVerifyStep, withdrawPending } from './verify-step.ts'

const { kind } = description
const requestTables = {
  requests: 'push_challenges',
  registrations: 'push_registrations',
} as const

export const push: FactorDefinition<typeof kind> = {
  ...description,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).pushTables,
  isAvailable: ({ push: { senders } }) => hasSenders(senders),
  explainMissing: () => 'needs approval on the phone, and push.senders has no sender',
  // With the Einlass authenticator, phones can confirm without a sender.
  listGaps: ({ push: { senders }, authenticator }) =>
    hasSenders(senders) || authenticator.enabled
      ? []
      : ['no push sender is configured (push.senders): nobody can confirm on a phone'],
  listWarnings: (config) => (hasSenders(config.push.senders) ? listIssuerWarnings(config) : []),
  findMistakes: ({ push: { senders } }, readFile) => validateSenders(senders, readFile),
  openAuthenticators: (parts) =>
    createPushAuthenticators({
      audit: parts.audit,
      devices: createPushDeviceStore(parts),
      challenges: createPushChallengeStore({
        ...parts,
        lifetime: parts.config.push.challenge_lifetime,
      }),
      hasSenderFor: createFindSender(parts),
    }),
  openImportSources: (parts) => listImportSources(createPushDeviceStore(parts)),
  openCallerCheck,
  liftLimits: (tx, of) => clearRequests(tx, 'push_challenges', of),
  voidEarlier: (tx, { now }) => voidEarlierRequests(tx, requestTables, now),
  async prepare(environment) {
    const metrics = createSenderMetrics()
    const config = environment.config.push.senders
    const senders = await openSenders({ ...environment, config, metrics })
    return (parts) => openPush(parts, senders, listSenderMetrics(metrics))
  },
}

type PushFactor = Factor<typeof kind> & Readonly<Record<string, unknown>>

/**
 * Builds the factor. Its stores and steps are returned beside the members of the contract, for tests.
 * @param senders in order of preference: the first one that accepts a phone's address sends its messages
 */
export function openPush(
  parts: FactorParts,
  senders: readonly PushSender[],
  metrics: readonly Metric[] = [],
) {
  const { platform, identity, login } = parts
  const stores = openStores(parts)
  const { devices, challenges } = stores
  const delivery = openDelivery(parts, stores, senders)
  const findLinkedCodes = () =>
    parts.config.push.combined_totp ? login.findLinkedCodes() : undefined
  const rules = createRules(parts, senders.length > 0)
  const steps = createSteps(parts, { stores, delivery, findLinkedCodes, rules })
  const requests = createPhoneRequests({
    platform,
    identity,
    login,
    stores,
    senders,
    findLinkedCodes,
  })
  const phones = createPhoneRoute({ requests, log: platform.log })
  return {
    ...description,
    devices,
    challenges,
    register: steps.register,
    test: steps.test,
    phones,
    isAvailable: senders.length > 0,
    findEnrolled: createFindEnrolled(devices, delivery),
    listAskable: createListAskable(rules),
    authenticators: createPushAuthenticators({
      ...{ audit: identity.audit, devices, challenges },
      hasSenderFor: delivery.hasSenderFor,
    }),
    ...createFragments(steps),
    sendsMessage: true,
    leaveVerify: steps.leaveVerify,
    findHold: steps.findHold,
    async findReported(queries: Queries, id: string) {
      const challenge = await challenges.find(queries, id)
      return challenge && { at: challenge.createdAt, about: challenge.about }
    },
    answerDevice: phones,
    appRequests: createPushAppRequests({ ...platform, lockout: login.lockout, stores, delivery }),
    metrics,
    start: delivery.failForgotten,
    removeUnverified: (tx: Transaction, userId: Id<'user'>, except: string | undefined) =>
      removeAllUnverified({ ...login, ...platform, ...identity, stores }, tx, userId, except),
    async purge(queries: Queries) {
      await tryEach([
        () => challenges.purge(queries),
        () => stores.registrations.purge(queries),
        () => stores.pending.purge(queries),
      ])
    },
    async flush(queries: Queries, which?: { readonly all: boolean }) {
      await requests.flush(queries, which)
      await delivery.flush(queries, which)
    },
    /** Waits until all messages that are being sent are recorded. */
    settle: delivery.settle,
    close: () => close(senders, delivery),
  } satisfies PushFactor
}

function openStores({ config: { push }, platform }: FactorParts): PushStores {
  const { clock, random, keyring } = platform
  return openPushStores({
    clock,
    random,
    keyring,
    registrationLifetime: push.registration_lifetime,
    challengeLifetime: push.challenge_lifetime,
  })
}

function openDelivery(
  { config, platform, identity }: FactorParts,
  stores: PushStores,
  senders: readonly PushSender[],
): PushDelivery {
  const { db, clock, events, log } = platform
  return createDelivery({
    db,
    stores,
    senders,
    events,
    audit: identity.audit,
    log,
    time: { clock, timers: systemTimers, timeZone: findTimeZone(config) },
    wording: {
      context: config.push.context,
      users: identity.users,
      fallback: config.default_language,
    },
  })
}

interface StepParts {
  readonly stores: PushStores
  readonly delivery: PushDelivery
  readonly findLinkedCodes: () => LinkedCodes | undefined
  readonly rules: PushRules
}

function createSteps(parts: FactorParts, { stores, delivery, findLinkedCodes, rules }: StepParts) {
  const { config, publicUrl, platform, identity, login } = parts
  const { db, events } = platform
  const { push: settings, brand } = config
  const send: SendOptions = {
    db,
    events,
    lockout: login.lockout,
    stores,
    delivery,
    rules,
    texts: {
      findAppName: identity.appName,
      brandName: brand.name,
      context: settings.context,
    },
  }
  return {
    confirm: createVerifyStep(send),
    leaveVerify: (context: StepContext) => withdrawPending(send, context),
    findHold: createFindHold({
      kind,
      sources: { db, lockout: login.lockout, budget: stores.challenges },
      findBudgetKey: rules.findBudgetKey,
      noteHeldBack: delivery.noteHeldBack,
      async findAsked(context) {
        const scene = await findScene(send, 'login', context)
        return scene?.state === 'waiting' ? scene.device.id : undefined
      },
    }),
    register: createEnrolStep({
      db,
      audit: identity.audit,
      users: identity.users,
      stores,
      rules,
      findLinkedCodes,
      entry: createAppEntry(config, publicUrl),
    }),
    test: createVerifyEnrolmentStep({
      ...send,
      findLinkedCodes,
      ...createEnrolmentRules(parts.rules, kind),
      audit: identity.audit,
      announceBound: login.announceBound,
      revokeAuthenticator: login.revokeAuthenticator,
    }),
    trial: createTestPushStep(send),
    getApp: createGetAppStep({
      iosUrl: config.stores.ios_url,
      androidUrl: config.stores.android_url,
    }),
  }
}

/** @param hasSender whether any message can be sent; without it no phone can be enrolled */
function createRules({ config, rules }: FactorParts, hasSender: boolean): PushRules {
  return {
    findBudgetKey: rules.findBudgetKey,
    listOthers: async (context) =>
      (await rules.findFitting(context)).filter((one) => one.kind !== kind),
    allowsPlain: async (context) =>
      (await rules.findPolicy(context)).plainApproval === true &&
      !isAtLeast(await rules.findNeededLevel(context), acrNumber),
    mayEnrol: async (queries, context) =>
      hasSender && (await rules.mayEnrol(queries, context, kind)),
    mayEnrolAnew: async (queries, context) =>
      hasSender && (await rules.mayEnrolAnew(queries, context, config.push.register_anew)),
  }
}

function createFragments({
  confirm,
  register,
  test,
  trial,
  getApp,
}: ReturnType<typeof createSteps>) {
  return {
    enrol: defineFragment<EnrolExit>()({
      first: 'push/enrol',
      steps: [register, test, getApp],
      transitions: {
        'push/enrol': {
          registered: 'push/test',
          get_app: 'second-factor/get-app',
          back: 'back',
          overtaken: 'superseded',
        },
        'push/test': { confirmed: 'enrolled', back: 'push/enrol', overtaken: 'superseded' },
        'second-factor/get-app': { register: 'push/enrol', back: 'back' },
      },
    }),
    verify: defineFragment<VerifyExit>()({
      first: 'push/confirm',
      steps: [confirm],
      transitions: {
        'push/confirm': {
          confirmed: 'verified',
          cancelled: 'cancelled',
          other: 'other',
          register: 'enrol',
          trouble: 'trouble',
        },
      },
    }),
    trial: defineFragment<'left'>()({
      first: 'push/trial',
      steps: [trial],
      transitions: { 'push/trial': { left: 'left' } },
    }),
  }
}

/** Whether the configuration names a sender. */
function hasSenders({ http, ...others }: Config['push']['senders']): boolean {
  return http.allowed_origins.length > 0 || Object.values(others).some((one) => one !== undefined)
}

/** Gives messages that are being sent five seconds to end, aborts the rest, and closes the senders. */
async function close(senders: readonly PushSender[], delivery: PushDelivery): Promise<void> {
  const impatience = setTimeout(() => void delivery.stop(), seconds(5))
  await delivery.settle()
  clearTimeout(impatience)
  await Promise.all(senders.map((sender) => sender.close?.()))
}
