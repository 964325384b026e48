/**
 * The approval on a phone as far as it is the same at a login and in the test of a new phone: what became of the challenge,
 * what the page shows of it, and when a waiting page has to be loaded again. The steps are verify-step.ts and verify-enrolment-step.ts,
 * the phone's side is in phone-requests.ts.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Change, StepContext, StepResult, WaitStatus } from '../../engine/step.ts'
import type { FactorCard } from '../factor.ts'
import {
  type ChallengePurpose,
  type ChallengeState,
  getChallengeState,
  type PushChallenge,
} from './challenges.ts'
import { challengeEntry, offeredEntry, secondPhoneEntry } from './data.ts'
import { offerAfter } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { findRegistration, type PushRegistrationStore } from './registrations.ts'
import { type AskResult, maxSends, readSends, type SendOptions, type ShowPage } from './send.ts'
import { createChallengeForm, describeDelivery } from './verify-page.ts'

export interface ApprovalOptions extends SendOptions {
  readonly registrations: PushRegistrationStore
}

/** What a page of a challenge is made of. */
export interface ChallengeScene {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly state: ChallengeState
  readonly device: PushDevice
}

/** `undefined`: nothing was sent yet, or the phone that it was sent to does not count any more. */
export async function findScene(
  options: ApprovalOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<ChallengeScene | undefined> {
  const challenge = await findChallenge(options, context)
  if (challenge === undefined) return undefined
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) return undefined
  return { purpose, challenge, device, state: getChallengeState(challenge, context.now) }
}

async function findChallenge(
  options: ApprovalOptions,
  context: StepContext,
): Promise<PushChallenge | undefined> {
  const id = challengeEntry.read(context.data)
  return id !== undefined ? await options.challenges.find(options.db, id) : undefined
}

/** The provider knows no such phone: the challenge is withdrawn with whatever comes in its place. */
export function replaceChallenge<Outcome extends string>(
  options: ApprovalOptions,
  challenge: PushChallenge,
  result: StepResult<Outcome>,
): StepResult<Outcome> {
  if (result.change?.write !== undefined) return result
  const data = { ...challengeEntry.clear(), ...result.change?.data }
  return { ...result, change: { ...result.change, data, write: withdraw(options, challenge) } }
}

/** A denial and a wrong number are about the login, not about the phone. */
export async function findOthers(
  options: ApprovalOptions,
  context: StepContext,
  { purpose, state }: Pick<ChallengeScene, 'purpose' | 'state'>,
): Promise<readonly FactorCard[]> {
  const open = state === 'waiting' || state === 'expired'
  return purpose === 'login' && open ? await options.listOthers(context) : []
}

export function withdraw(
  options: ApprovalOptions,
  challenge: PushChallenge,
): NonNullable<Change['write']> {
  return async (queries) => {
    await options.challenges.withdraw(queries, challenge.messageId)
    return true
  }
}

/** Nothing was handed over, and it is time to say so. */
function isSlow({ challenge, state }: Pick<ChallengeScene, 'challenge' | 'state'>, now: number) {
  if (state !== 'waiting' || challenge.delivery === 'sent') return false
  return challenge.delivery === 'failed' || now >= challenge.createdAt + offerAfter
}

async function isOfferingOthers(
  options: ApprovalOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<boolean> {
  if (!isSlow(scene, context.now)) return false
  return (await findOthers(options, context, scene)).length > 0
}

/**
 * What this page says that the one before did not, as it is kept: a waiting page is loaded again exactly when there is
 * something.
 */
export async function findPageChange(
  options: ApprovalOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<Change['data'] | undefined> {
  const { data } = context
  const id = scene.challenge.messageId
  const offered = offeredEntry.read(data) === id
  const offering = await isOfferingOthers(options, context, scene)
  const second = secondPhoneEntry.read(data) !== true && (await hadSecondPhone(options, context))
  if (offered === offering && !second) return undefined
  return {
    ...(offered !== offering && offeredEntry.write(offering ? id : undefined)),
    ...(second && secondPhoneEntry.write(true)),
  }
}

async function hadSecondPhone(options: ApprovalOptions, context: StepContext): Promise<boolean> {
  const registration = await findRegistration(options, options.db, context.data)
  return registration !== undefined && registration.secondAnswerAt !== null
}

/** How the page of a challenge that was just drawn looks. */
export function createShowPage(options: ApprovalOptions, purpose: ChallengePurpose): ShowPage {
  return async (context, challenge) => {
    const device = await options.devices.find(options.db, challenge.deviceId)
    if (device === undefined) throw new Error('a message to a phone that is not there')
    return await showPage(options, context, { purpose, challenge, device, state: 'waiting' })
  }
}

export async function showPage(
  options: ApprovalOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<AskResult> {
  const sends = readSends(context)
  const app: string | Message =
    (await options.appName(context.request.appId)) ?? message('app.home')
  const form = createChallengeForm({
    ...scene,
    app,
    sends,
    maySend: sends < maxSends,
    others: await findOthers(options, context, scene),
    isSlow: isSlow(scene, context.now),
    secondPhone: scene.purpose === 'test' && (await hadSecondPhone(options, context)),
    context,
  })
  return { type: 'ask', form }
}

export async function findStatus(
  options: ApprovalOptions,
  context: StepContext,
): Promise<WaitStatus> {
  const challenge = await findChallenge(options, context)
  const device = challenge && (await options.devices.find(options.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return answered
  const state = getChallengeState(challenge, context.now)
  if (state !== 'waiting') return answered
  const scene: ChallengeScene = { purpose: challenge.purpose, challenge, device, state }
  const isChanged =
    challenge.delivery === 'gone' || (await findPageChange(options, context, scene)) !== undefined
  return { final: isChanged, status: describeDelivery(challenge, device, readSends(context)) }
}

const answered: WaitStatus = { final: true, status: message('push.status.answered') }
