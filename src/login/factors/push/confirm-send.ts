/**
 * Which phone a challenge is sent to, and whether it may be sent now. Owns what the page says where nothing can be
 * sent: no phone, one that cannot be reached, one whose app is too old, or too many messages.
 */

import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { journeyTopic } from '../../engine/engine.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { aboutLogin, type ToldContext } from '../../report/about.ts'
import type { Attempts } from '../attempts.ts'
import { chosenEntry, type SecondFactorWay } from '../factor.ts'
import type { TestLimit } from './budget.ts'
import type { ChallengePurpose, PushChallenge, PushChallengeStore } from './challenges.ts'
import {
  createLimitedForm,
  createLimitedTestForm,
  createUnreachableForm,
  createUnreachableTestForm,
  type Limit,
  oldAppTestForm,
  type Stuck,
  tooManyTests,
  tooSoon,
} from './confirm-page.ts'
import type { PushDelivery } from './delivery.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import {
  challengeEntry,
  deviceEntry,
  offeredEntry,
  registrationEntry,
  secondPhoneEntry,
  sendsEntry,
} from './kept.ts'

export interface SendOptions {
  readonly db: Database
  readonly attempts: Attempts
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly delivery: PushDelivery
  readonly events: Events
  /** The name of the app that a journey is for; undefined for the person's own pages. */
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** The name of this installation, for logins that are for no app. */
  readonly brandName: string
  /** What a person may be told of a login's browser. */
  readonly context: ToldContext
  /** The person's other second factors that would do here. */
  readonly othersOf: (context: StepContext) => Promise<readonly SecondFactorWay[]>
  /** Whether an app that shows no numbers may approve with a tap. */
  readonly allowsPlain: (context: StepContext) => Promise<boolean>
  /** Whether a phone may be connected in place of those that no message reaches. */
  readonly mayRegisterAnew: (queries: Queries, context: StepContext) => Promise<boolean>
}

export type Outcome = 'confirmed' | 'cancelled' | 'other' | 'register' | 'back' | 'overtaken'
export type Result = StepResult<Outcome>

/** Messages that one journey may send to a phone. */
export const maxSends = 5

export function sendsOf(context: StepContext): number {
  const sends = sendsEntry.read(context.data)
  return typeof sends === 'number' ? sends : 0
}

export const forgetChallenge = {
  ...challengeEntry.clear(),
  ...sendsEntry.clear(),
  ...deviceEntry.clear(),
  ...secondPhoneEntry.clear(),
  ...offeredEntry.clear(),
} as const

/** With the code that the phone has taken; else the way back to the code would lead here again, with a new message. */
export const forgetPhone = { ...forgetChallenge, ...registrationEntry.clear() } as const

const backToCode: Result = { type: 'done', outcome: 'back', change: { data: forgetPhone } }

/** How a page for a challenge that was just drawn looks. */
export type ShowPage = (
  context: StepContext,
  challenge: PushChallenge,
) => Promise<Result & { type: 'ask' }>

/** To the phone that was used last and can be asked; or a page that says why there is none. */
export async function sendFirst(
  options: SendOptions,
  purpose: ChallengePurpose,
  context: StepContext,
  show: ShowPage,
): Promise<Result> {
  const target = await targetFor(options, purpose, context)
  if (target.type === 'device') return await sendTo(options, purpose, context, target.device, show)
  if (purpose === 'test') return stuckTest(context, target)
  return await stuck(options, context, target)
}

type Target =
  | { readonly type: 'device'; readonly device: PushDevice }
  | { readonly type: 'none' }
  /** There is one, but no message reaches it, or its app is too old. */
  | { readonly type: 'unreachable' | 'old_app'; readonly device: PushDevice }

async function targetFor(
  options: SendOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<Target> {
  const devices = await devicesFor(options, purpose, context)
  const [first] = devices
  if (first === undefined) return { type: 'none' }
  const reachable = devices.filter(({ pushDisabledAt }) => pushDisabledAt === null)
  const [old] = reachable
  if (old === undefined) return { type: 'unreachable', device: first }
  const allowsPlain = await options.allowsPlain(context)
  const device = reachable.find(({ showsNumbers }) => showsNumbers || allowsPlain)
  return device === undefined ? { type: 'old_app', device: old } : { type: 'device', device }
}

async function devicesFor(
  options: SendOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<PushDevice[]> {
  const userId = requireUserId(context)
  if (purpose === 'login') return await options.devices.activeOf(options.db, userId)
  const device = await options.devices.find(options.db, `${deviceEntry.read(context.data) ?? ''}`)
  return device?.userId === userId ? [device] : []
}

type NoTarget = Exclude<Target, { type: 'device' }>

function stuckTest(context: StepContext, target: NoTarget): Result {
  if (context.answers?.action === 'back') return backToCode
  if (target.type === 'old_app') return { type: 'ask', form: oldAppTestForm }
  const device = target.type === 'unreachable' ? target.device : undefined
  return { type: 'ask', form: createUnreachableTestForm(device) }
}

async function stuck(
  options: SendOptions,
  context: StepContext,
  target: NoTarget,
): Promise<Result> {
  const others = await options.othersOf(context)
  const left = leaveFor(others, context)
  if (left !== undefined) return left
  // The phone was removed while its page waited.
  if (target.type === 'none' && others.length > 0) {
    const data = { ...challengeEntry.clear(), ...offeredEntry.clear() }
    return { type: 'done', outcome: 'other', change: { data } }
  }
  const mayRegister =
    target.type === 'unreachable' && (await options.mayRegisterAnew(options.db, context))
  if (mayRegister && context.answers?.action === 'register') {
    return { type: 'done', outcome: 'register', change: { data: forgetPhone } }
  }
  const page: Stuck = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createUnreachableForm(page, { ...target, mayRegister }) }
}

/** The person goes to another factor: to the choice, or straight to the one that was chosen on this page. */
export function leaveFor(
  others: readonly SecondFactorWay[],
  context: StepContext,
  change: NonNullable<Result['change']> = {},
): Result | undefined {
  const action = context.answers?.action
  const chosen = others.find(({ name }) => name === action)
  if (others.length === 0 || (chosen === undefined && action !== 'other')) return undefined
  const data = {
    ...change.data,
    ...offeredEntry.clear(),
    ...(chosen !== undefined && chosenEntry.write(chosen.name)),
  }
  return { type: 'done', outcome: 'other', change: { ...change, data } }
}

/** Why nothing may be sent for a login now. */
async function limitOf(options: SendOptions, context: StepContext): Promise<Limit | undefined> {
  const { db, attempts, challenges } = options
  const userId = requireUserId(context)
  const refusal = await attempts.refusalOf(db, userId, 'push')
  if (refusal !== undefined) return refusal
  const blocked = await challenges.blockedUntil(db, userId)
  if (blocked !== undefined) return { type: 'blocked', until: blocked }
  const wait = await challenges.nextSend(db, userId)
  if (wait === undefined) return undefined
  if (wait.reason === 'limit') return { type: 'budget', until: wait.until }
  return { type: 'pause', seconds: Math.ceil((wait.until - context.now) / 1000) }
}

/** The page that says why nothing is sent, and leads on. */
export async function limited(
  options: SendOptions,
  context: StepContext,
  limit: Limit,
): Promise<Result> {
  const others = await options.othersOf(context)
  const left = leaveFor(others, context)
  if (left !== undefined) return left
  return {
    type: 'ask',
    form: createLimitedForm(limit, { others, restartPath: context.createRestartPath() }),
  }
}

/** Inside the transaction no other message can be added and no report made at the same time. */
async function mayStillSend(
  { challenges }: SendOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  if ((await challenges.nextSend(queries, userId)) !== undefined) return false
  return (await challenges.blockedUntil(queries, userId)) === undefined
}

async function mayStillTest(
  { challenges }: SendOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  return (await challenges.testLimit(queries, userId)) === undefined
}

/** A message that can still be answered stays on the page. */
async function limitedTest(
  context: StepContext,
  limit: TestLimit,
  current: (() => Promise<Result & { type: 'ask' }>) | undefined,
): Promise<Result> {
  if (context.answers?.action === 'back') return backToCode
  const retryAfter = Math.ceil((limit.until - context.now) / 1000)
  if (current === undefined) return { type: 'ask', form: createLimitedTestForm(limit, context.now) }
  const formError = { status: 429, ...tooManyTests(limit, context.now), retryAfter } as const
  return { ...(await current()), formError }
}

/** @param current the page of the challenge that is already there */
export async function sendTo(
  options: SendOptions,
  purpose: ChallengePurpose,
  context: StepContext,
  device: PushDevice,
  show: ShowPage,
  current?: () => Promise<Result & { type: 'ask' }>,
): Promise<Result> {
  const userId = requireUserId(context)
  const isLogin = purpose === 'login'
  if (!isLogin) {
    const limit = await options.challenges.testLimit(options.db, userId)
    if (limit !== undefined) return await limitedTest(context, limit, current)
  }
  const limit = isLogin ? await limitOf(options, context) : undefined
  if (limit?.type === 'pause' && current !== undefined) {
    const { seconds } = limit
    const formError = { status: 429, ...tooSoon(seconds), retryAfter: seconds } as const
    return { ...(await current()), formError }
  }
  if (limit !== undefined) return await limited(options, context, limit)
  const { journeyHash, client } = context
  const type = device.showsNumbers ? 'challenge' : 'default'
  const app = (await options.appName(context.request.appId)) ?? options.brandName
  const challenge = options.challenges.draw({
    journeyHash,
    userId,
    deviceId: device.id,
    purpose,
    type,
    ...(isLogin && { about: aboutLogin(options.context, app, client) }),
  })
  const sends = sendsOf(context) + 1
  const superseded: string[] = []
  const changed = { ...context, data: { ...context.data, ...sendsEntry.write(sends) } }
  const page = await show(changed, { ...challenge, ...unanswered })
  return {
    ...page,
    change: {
      data: {
        ...challengeEntry.write(challenge.messageId),
        ...sendsEntry.write(sends),
        ...offeredEntry.clear(),
      },
      async write(queries) {
        const may = isLogin ? mayStillSend : mayStillTest
        if (!(await may(options, queries, userId))) return false
        superseded.push(...(await options.challenges.add(queries, challenge)))
        return true
      },
      afterCommit() {
        for (const hash of superseded) options.events.wake(journeyTopic(hash))
        options.delivery.start({ device, challenge, app, client })
      },
    },
  }
}

const unanswered = {
  status: 'waiting',
  delivery: 'queued',
  answeredAt: null,
  answerHash: null,
  consumedAt: null,
} as const
