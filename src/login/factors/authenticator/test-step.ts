/**
 * The step that verifies a new phone: the phone answers with the code of the page, as at a login, and becomes active. Owns the
 * effect of each answer, and how often a new phone may be asked.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { describeClient } from '../../engine/client.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { createLimitedTestForm, describeTestLimit } from '../approval/limited-page.ts'
import { claimEnrolment, type EnrolmentRules } from '../enrolment.ts'
import type { AnnounceBound } from '../new-authenticators.ts'
import {
  type AskOptions,
  ask,
  findScene,
  findStatus,
  forgetPhone,
  maxSends,
  readSends,
  type Scene,
  showPage,
} from './ask.ts'
import { activateCodes, type CodesOptions, dropCodes } from './codes.ts'
import { createProof } from './confirm-step.ts'
import { deviceEntry } from './data.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { authenticatorNotices } from './notices.ts'
import { findRegistration } from './registrations.ts'
import { isSuperseded } from './rules.ts'
import { refusedTestForm, removedTestForm } from './stuck-page.ts'

export interface TestStepOptions
  extends AskOptions,
    Pick<EnrolmentRules, 'removeEarlierCodes' | 'removeUnverified'> {
  readonly audit: Audit
  readonly announceBound: AnnounceBound
  readonly codes: CodesOptions
}

type Outcome = 'confirmed' | 'back' | 'superseded'
type Result = StepResult<Outcome>

/** Verifies the phone that `authenticator/enrol` wrote to the journey data. */
export function createTestStep(options: TestStepOptions): Step<'authenticator/test', Outcome> {
  return {
    name: 'authenticator/test',
    outcomes: ['confirmed', 'back', 'superseded'],
    run: (context) => runTest(options, context),
    status: (context) => findStatus(options, context),
  }
}

/** When the user leaves the test, the new phone is removed. */
async function runTest(options: TestStepOptions, context: StepContext): Promise<Result> {
  const result = await run(options, context)
  if (result.type !== 'done' || result.outcome === 'confirmed') return result
  const { devices, challenges } = options.stores
  const write: Change['write'] = async (tx) => {
    const device = await devices.find(tx, deviceEntry.read(context.data) ?? '')
    if (device?.status !== 'new' || device.userId !== requireUserId(context)) return true
    await challenges.withdrawAll(tx, device.id)
    await devices.remove(tx, device.userId, device)
    await dropCodes(options.codes, tx, device)
    return true
  }
  return { ...result, change: { ...result.change, write } }
}

async function run(options: TestStepOptions, context: StepContext): Promise<Result> {
  const action = context.answers?.action
  // The user has enrolled a second factor in another login meanwhile, so that one has to be verified first.
  if (await isSuperseded(options, options.db, context)) {
    return { type: 'done', outcome: 'superseded', change: { data: forgetPhone } }
  }
  if (action === 'back') return { type: 'done', outcome: 'back', change: { data: forgetPhone } }
  const device = await options.stores.devices.find(options.db, deviceEntry.read(context.data) ?? '')
  if (device?.status !== 'new' || device.userId !== requireUserId(context)) {
    return await showRemoved(options, context)
  }
  const scene = await findScene(options, context)
  if (scene === undefined) return await askNew(options, context, device)
  const { state } = scene
  if (state === 'approved') return complete(options, context, scene)
  if (action === 'resend' && state !== 'spent' && readSends(context) < maxSends) {
    return await askNew(options, context, device, state === 'waiting' ? scene : undefined)
  }
  return await showPage(options, context, scene)
}

async function showRemoved(options: TestStepOptions, context: StepContext): Promise<Result> {
  const registration = await findRegistration(options.stores, options.db, context.data)
  const isRefused = registration?.status === 'refused'
  return { type: 'ask', form: isRefused ? refusedTestForm : removedTestForm }
}

/** @param waiting what the page shows now, and continues to show when the limit is reached */
async function askNew(
  options: TestStepOptions,
  context: StepContext,
  device: AuthenticatorDevice,
  waiting?: Scene,
): Promise<Result> {
  const { challenges } = options.stores
  const budgetKey = await options.rules.findBudgetKey(context)
  const budget = { userId: device.userId, budgetKey, deviceId: device.id }
  const limit = await challenges.findTestLimit(options.db, budget)
  if (limit !== undefined && waiting === undefined) {
    return { type: 'ask', form: createLimitedTestForm(limit, context.now) }
  }
  if (limit !== undefined && waiting !== undefined) {
    const retryAfter = Math.max(1, Math.ceil((limit.until - context.now) / 1000))
    const formError = { status: 429, ...describeTestLimit(limit, context.now), retryAfter } as const
    return { ...(await showPage(options, context, waiting)), formError }
  }
  return await ask(options, context, {
    purpose: 'enrolment',
    device,
    budgetKey,
    mayStillAsk: async (queries) => (await challenges.findTestLimit(queries, budget)) === undefined,
  })
}

function complete(
  options: TestStepOptions,
  context: StepContext,
  { challenge, device }: Scene,
): Result {
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...createProof(challenge),
      async write(tx) {
        const { challenges } = options.stores
        if (!(await challenges.consume(tx, challenge.id, context.journeyHash))) return false
        return await activate(options, tx, context, device)
      },
    },
  }
}

/**
 * Makes a new phone an authenticator. Of two logins that enrol at the same time only the first one gets `true`; the second has
 * to verify what the first has enrolled.
 */
async function activate(
  options: TestStepOptions,
  tx: Transaction,
  context: StepContext,
  device: AuthenticatorDevice,
): Promise<boolean> {
  const { id: deviceId, userId, name } = device
  const { stores, audit, announceBound, lockout } = options
  const mayEnrol = async () => !(await isSuperseded(options, tx, context))
  if (!(await claimEnrolment({ ...options, mayEnrol }, tx, context, deviceId))) return false
  if (!(await stores.devices.activate(tx, deviceId))) return false
  await lockout.unlock(tx, userId, 'authenticator')
  const from = describeClient(context.client)
  const hasCodes = await activateCodes(options.codes, tx, device)
  const notice = hasCodes ? authenticatorNotices.addedWithCodes : authenticatorNotices.added
  await announceBound(tx, notice, { userId, authenticatorId: deviceId, device: name, ...from })
  await audit.record(tx, authenticatorEvents.activated, { userId, deviceId })
  return true
}
