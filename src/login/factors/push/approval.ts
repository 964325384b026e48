/**
 * The approval on a phone as far as it is the same at a login and in the test of a new phone: what became of the challenge,
 * what the page shows of it, and when a waiting page has to be loaded again. The steps are confirm-step.ts and test-step.ts,
 * the phone's side is in phone-requests.ts.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Change, StepResult, Visit, WaitStatus } from '../../engine/step.ts'
import type { FactorCard } from '../factor.ts'
import {
  type ChallengePurpose,
  type PushChallenge,
  type Standing,
  standingOf,
} from './challenges.ts'
import { confirmAsk, deliveryStatus } from './confirm-page.ts'
import { offerAfter } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { challengeKey, offeredKey, secondPhoneKey } from './kept.ts'
import { keptRegistration, type PushRegistrationStore } from './registrations.ts'
import { type AskResult, maxSends, type SendOptions, type ShowPage, sendsOf } from './send.ts'

export interface ApprovalOptions extends SendOptions {
  readonly registrations: PushRegistrationStore
}

/** What a page of a challenge is made of. */
export interface Scene {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly standing: Standing
  readonly device: PushDevice
}

/** `undefined`: nothing was sent yet, or the phone that it was sent to does not count any more. */
export async function findScene(
  options: ApprovalOptions,
  purpose: ChallengePurpose,
  visit: Visit,
): Promise<Scene | undefined> {
  const challenge = await findChallenge(options, visit)
  if (challenge === undefined) return undefined
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) return undefined
  return { purpose, challenge, device, standing: standingOf(challenge, visit.now) }
}

async function findChallenge(
  options: ApprovalOptions,
  visit: Visit,
): Promise<PushChallenge | undefined> {
  const id = visit.kept[challengeKey]
  return typeof id === 'string' ? await options.challenges.find(options.db, id) : undefined
}

/** The provider knows no such phone: the challenge is withdrawn with whatever comes in its place. */
export function insteadOf<Outcome extends string>(
  options: ApprovalOptions,
  challenge: PushChallenge,
  result: StepResult<Outcome>,
): StepResult<Outcome> {
  if (result.change?.write !== undefined) return result
  const kept = { [challengeKey]: undefined, ...result.change?.kept }
  return { ...result, change: { ...result.change, kept, write: withdraw(options, challenge) } }
}

/** A denial and a wrong number are about the login, not about the phone. */
export async function findOthers(
  options: ApprovalOptions,
  visit: Visit,
  { purpose, standing }: Pick<Scene, 'purpose' | 'standing'>,
): Promise<readonly FactorCard[]> {
  const open = standing === 'waiting' || standing === 'expired'
  return purpose === 'login' && open ? await options.othersOf(visit) : []
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
function isSlow({ challenge, standing }: Pick<Scene, 'challenge' | 'standing'>, now: number) {
  if (standing !== 'waiting' || challenge.delivery === 'sent') return false
  return challenge.delivery === 'failed' || now >= challenge.createdAt + offerAfter
}

async function offers(options: ApprovalOptions, visit: Visit, scene: Scene): Promise<boolean> {
  if (!isSlow(scene, visit.now)) return false
  return (await findOthers(options, visit, scene)).length > 0
}

/**
 * What this page says that the one before did not, as it is kept: a waiting page is loaded again exactly when there is
 * something.
 */
export async function findNews(
  options: ApprovalOptions,
  visit: Visit,
  scene: Scene,
): Promise<Change['kept'] | undefined> {
  const { kept } = visit
  const id = scene.challenge.messageId
  const offered = kept[offeredKey] === id
  const offering = await offers(options, visit, scene)
  const second = kept[secondPhoneKey] !== true && (await hadSecondPhone(options, visit))
  if (offered === offering && !second) return undefined
  return {
    ...(offered !== offering && { [offeredKey]: offering ? id : undefined }),
    ...(second && { [secondPhoneKey]: true }),
  }
}

async function hadSecondPhone(options: ApprovalOptions, visit: Visit): Promise<boolean> {
  const registration = await keptRegistration(options, options.db, visit.kept)
  return registration !== undefined && registration.secondAnswerAt !== null
}

/** How the page of a challenge that was just drawn looks. */
export function showFresh(options: ApprovalOptions, purpose: ChallengePurpose): ShowPage {
  return async (visit, challenge) => {
    const device = await options.devices.find(options.db, challenge.deviceId)
    if (device === undefined) throw new Error('a message to a phone that is not there')
    return await showPage(options, visit, { purpose, challenge, device, standing: 'waiting' })
  }
}

export async function showPage(
  options: ApprovalOptions,
  visit: Visit,
  scene: Scene,
): Promise<AskResult> {
  const sends = sendsOf(visit)
  const app: string | Message = (await options.appName(visit.request.appId)) ?? message('app.home')
  const ask = confirmAsk({
    ...scene,
    app,
    sends,
    maySend: sends < maxSends,
    others: await findOthers(options, visit, scene),
    isSlow: isSlow(scene, visit.now),
    secondPhone: scene.purpose === 'test' && (await hadSecondPhone(options, visit)),
    visit,
  })
  return { type: 'ask', ask }
}

export async function findStatus(options: ApprovalOptions, visit: Visit): Promise<WaitStatus> {
  const challenge = await findChallenge(options, visit)
  const device = challenge && (await options.devices.find(options.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return answered
  const standing = standingOf(challenge, visit.now)
  if (standing !== 'waiting') return answered
  const scene: Scene = { purpose: challenge.purpose, challenge, device, standing }
  const isNews =
    challenge.delivery === 'gone' || (await findNews(options, visit, scene)) !== undefined
  return { final: isNews, status: deliveryStatus(challenge, device, sendsOf(visit)) }
}

const answered: WaitStatus = { final: true, status: message('push.status.answered') }
