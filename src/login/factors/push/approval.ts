/**
 * The parts of an approval on a phone that a login and the test of a new phone share: the state of the challenge, what the
 * page shows, and when a waiting page has to be loaded again. The steps are verify-step.ts and verify-enrolment-step.ts; the
 * phone's side is in phone-requests.ts.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Change, StepContext, StepResult, WaitStatus } from '../../engine/step.ts'
import type { FactorCard } from '../factor.ts'
import {
  type ChallengePurpose,
  type ChallengeState,
  getChallengeState,
  isUndelivered,
  type PushChallenge,
  toStored,
} from './challenges.ts'
import { challengeEntry } from './data.ts'
import { offerAfter } from './delivery.ts'
import { describeDelivery } from './delivery-words.ts'
import type { PushDevice } from './devices.ts'
import { findOtherPhones } from './other-phones.ts'
import { findRegistration } from './registrations.ts'
import { type AskResult, maxSends, readSends, type SendOptions, type ShowPage } from './send.ts'
import { createChallengeForm } from './verify-page.ts'

/** The facts that the page of a challenge is built from. */
export interface ChallengeScene {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly state: ChallengeState
  readonly device: PushDevice
}

/** `undefined`: nothing was sent yet, or the phone that it was sent to was removed. */
export async function findScene(
  options: SendOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<ChallengeScene | undefined> {
  const challenge = await findChallenge(options, context)
  if (challenge === undefined) return undefined
  const device = await options.stores.devices.find(options.db, challenge.deviceId)
  if (device === undefined) return undefined
  return { purpose, challenge, device, state: getChallengeState(challenge, context.now) }
}

async function findChallenge(
  options: SendOptions,
  context: StepContext,
): Promise<PushChallenge | undefined> {
  const id = challengeEntry.read(context.data)
  return id !== undefined ? await options.stores.challenges.find(options.db, id) : undefined
}

/** The provider does not know the phone's address any more. Withdraws the challenge in the change of the step's new result. */
export function replaceChallenge<Outcome extends string>(
  options: SendOptions,
  challenge: PushChallenge,
  result: StepResult<Outcome>,
): StepResult<Outcome> {
  if (result.change?.write !== undefined) return result
  const data = { ...challengeEntry.clear(), ...result.change?.data }
  return { ...result, change: { ...result.change, data, write: withdraw(options, challenge) } }
}

/** The other factors that the page offers. None after a denial or a wrong number: these say something about the login. */
export async function findOthers(
  options: SendOptions,
  context: StepContext,
  { purpose, state }: Pick<ChallengeScene, 'purpose' | 'state'>,
): Promise<readonly FactorCard[]> {
  const open = state === 'waiting' || state === 'expired'
  return purpose === 'login' && open ? await options.rules.listOthers(context) : []
}

export function withdraw(
  options: SendOptions,
  challenge: PushChallenge,
): NonNullable<Change['write']> {
  return async (queries) => {
    await options.stores.challenges.withdraw(queries, challenge.messageId)
    return true
  }
}

/** No provider has taken the message over in time, so the page offers the other factors. */
function isSlow({ challenge, state }: Pick<ChallengeScene, 'challenge' | 'state'>, now: number) {
  if (state !== 'waiting' || challenge.delivery === 'sent') return false
  return isUndelivered(challenge.delivery) || now >= challenge.createdAt + offerAfter
}

/**
 * What the page says that another one would not: that the message is late, with the other factors, that it was not delivered, or
 * that a second phone has scanned the code.
 */
async function describeShown(
  options: SendOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<string> {
  const { state, purpose, challenge } = scene
  const isFailed = state === 'waiting' && isUndelivered(challenge.delivery)
  const isLate =
    !isFailed &&
    isSlow(scene, context.now) &&
    (await findOthers(options, context, scene)).length > 0
  const hasSecond = purpose === 'test' && (await hadSecondPhone(options, context))
  return [
    ...(isFailed ? ['failed'] : isLate ? ['late'] : []),
    ...(hasSecond ? ['second'] : []),
  ].join('.')
}

async function hadSecondPhone(options: SendOptions, context: StepContext): Promise<boolean> {
  const registration = await findRegistration(options.stores, options.db, context.data)
  return registration !== undefined && registration.secondAnswerAt !== null
}

/** Returns a function that shows the page of a challenge that was just drawn. */
export function createShowPage(options: SendOptions, purpose: ChallengePurpose): ShowPage {
  return async (context, challenge) => {
    const device = await options.stores.devices.find(options.db, challenge.deviceId)
    if (device === undefined) throw new Error('a message to a phone that is not there')
    return await showPage(options, context, { purpose, challenge, device, state: 'waiting' })
  }
}

export async function showPage(
  options: SendOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<AskResult> {
  const sends = readSends(context)
  const app: string | Message =
    (await options.texts.findAppName(context.request.appId)) ??
    message(context.request.confirms === 'password' ? 'app.password' : 'app.home')
  const form = createChallengeForm({
    ...scene,
    app,
    isAgain: await isSentAgain(options, context, scene.challenge),
    maySend: sends < maxSends,
    others: await findOthers(options, context, scene),
    phones: await findOtherPhones(options, context, scene),
    isSlow: isSlow(scene, context.now),
    secondPhone: scene.purpose === 'test' && (await hadSecondPhone(options, context)),
    context,
  })
  const shown = await describeShown(options, context, scene)
  const prompts = form.prompts.map((one) => (one.type === 'wait' ? { ...one, shown } : one))
  return { type: 'ask', form: { ...form, prompts } }
}

/** The first message of a journey needs no look at the database. */
async function isSentAgain(
  { db, stores }: SendOptions,
  context: StepContext,
  challenge: PushChallenge,
): Promise<boolean> {
  return readSends(context) > 1 && (await stores.challenges.wasAskedBefore(db, toStored(challenge)))
}

/** @param shown what the page says, as `describeShown` has it */
export async function findStatus(
  options: SendOptions,
  context: StepContext,
  shown = '',
): Promise<WaitStatus> {
  const challenge = await findChallenge(options, context)
  const device = challenge && (await options.stores.devices.find(options.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return answered
  const state = getChallengeState(challenge, context.now)
  if (state !== 'waiting') return answered
  const scene: ChallengeScene = { purpose: challenge.purpose, challenge, device, state }
  const isChanged =
    challenge.delivery === 'gone' || shown !== (await describeShown(options, context, scene))
  const offersOthers = shown.split('.').includes('late')
  const said = { isAgain: await isSentAgain(options, context, challenge), offersOthers }
  return { final: isChanged, status: describeDelivery(challenge, device, said) }
}

const answered: WaitStatus = { final: true, status: message('push.status.answered') }
