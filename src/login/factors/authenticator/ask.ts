/**
 * Makes a request for a phone, both at a login and for a new phone. Owns what is stored, what is shown with it, and what a
 * journey forgets. confirm-ask.ts and test-step.ts decide whether a request may be made.
 */
import type { Aggregate } from '../../../identity/audit/aggregate.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { mergeData } from '../../engine/data.ts'
import { journeyTopic } from '../../engine/engine.ts'
import {
  requireUserId,
  type StepContext,
  type StepResult,
  type WaitStatus,
} from '../../engine/step.ts'
import { type About, aboutLogin, pagesMessage, type ShownContext } from '../../report/about.ts'
import type { HeldBackFacts } from '../approval/held-back.ts'
import { heldUntilEntry } from '../approval/hold-words.ts'
import type { Beside } from '../approval/other-phones.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import type { Lockout } from '../lockout.ts'
import {
  type Challenge,
  type ChallengeState,
  getChallengeState,
  type Purpose,
} from './challenges.ts'
import { findVerification } from './credentials.ts'
import { challengeEntry, deviceEntry, registrationEntry, sendsEntry } from './data.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { createChallengeForm, describeWait } from './page.ts'
import { deviceTopic } from './routes.ts'
import type { AuthenticatorRules } from './rules.ts'
import type { Stores } from './stores.ts'
import type { Wake } from './wake.ts'

export interface AskOptions {
  readonly db: Database
  readonly events: Events
  readonly lockout: Lockout
  readonly stores: Stores
  readonly rules: AuthenticatorRules
  readonly wake: Wake
  readonly heldBack: Pick<Aggregate<HeldBackFacts>, 'add'>
  readonly texts: AskTexts
}

export interface AskTexts {
  /** The name of the app that a journey is for; `undefined` for the account pages. */
  readonly findAppName: (appId: string | undefined) => Promise<string | undefined>
  /** The name of this installation, for logins that are for no app. */
  readonly brandName: string
  /** Which facts about a login's browser may be shown. */
  readonly context: ShownContext
  /** The origin of this server, for the link of the QR code. */
  readonly origin: string
}

/** The result of a step that shows a page. */
export type AskResult = Extract<StepResult<never>, { type: 'ask' }>

/** How many requests one journey may make. */
export const maxSends = 5

export const readSends = (context: StepContext): number => sendsEntry.read(context.data) ?? 0

export const forgetChallenge = {
  ...challengeEntry.clear(),
  ...sendsEntry.clear(),
  ...deviceEntry.clear(),
  ...heldUntilEntry.clear(),
  ...chosenAuthenticatorEntry.clear(),
} as const

/** Forgets the registration too. Otherwise the step back to the link would lead here again, and ask once more. */
export const forgetPhone = { ...forgetChallenge, ...registrationEntry.clear() } as const

/** The facts that the page of a request is built from. */
export interface Scene {
  readonly challenge: Challenge
  readonly state: ChallengeState
  readonly device: AuthenticatorDevice
}

/** `undefined`: nothing was asked yet, or the phone that was asked is removed, here or by its owner on the phone. */
export async function findScene(
  { stores, db }: AskOptions,
  context: StepContext,
): Promise<Scene | undefined> {
  const id = challengeEntry.read(context.data)
  const challenge = id === undefined ? undefined : await stores.challenges.find(db, id)
  const device = challenge && (await stores.devices.find(db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return undefined
  if (device.status === 'removed' || device.hasLeft) return undefined
  return { challenge, device, state: getChallengeState(challenge, context.now) }
}

export async function findStatus(options: AskOptions, context: StepContext): Promise<WaitStatus> {
  const scene = await findScene(options, context)
  if (scene?.state !== 'waiting') return { final: true, status: message('push.status.answered') }
  return { final: false, status: describeWait(scene) }
}

const findPages = ({ request }: StepContext): NonNullable<About['pages']> =>
  request.confirms ?? 'home'

export async function showPage(
  { texts }: AskOptions,
  context: StepContext,
  scene: Scene,
  beside: Beside<AuthenticatorDevice> = { others: [], phones: [] },
): Promise<AskResult> {
  const app: string | Message =
    (await texts.findAppName(context.request.appId)) ?? pagesMessage(findPages(context))
  const maySend = readSends(context) < maxSends
  const { origin } = texts
  return {
    type: 'ask',
    form: createChallengeForm({ ...scene, ...beside, app, maySend, context, origin }),
  }
}

export interface Asking {
  readonly purpose: Purpose
  readonly device: AuthenticatorDevice
  /** Whose budget the request uses. */
  readonly budgetKey: string
  /** Until when no further request can follow (ms since the epoch); absent: one can. */
  readonly heldUntil?: number | undefined
  readonly beside?: Beside<AuthenticatorDevice>
  /** Repeats the check of the limits in the transaction, in which no other request of the user can be added. */
  readonly mayStillAsk: (queries: Queries) => Promise<boolean>
}

/** Shows the page that waits for the answer. Its change stores the request, and wakes the phone after the commit. */
export async function ask(
  options: AskOptions,
  context: StepContext,
  { purpose, device, budgetKey, heldUntil, beside, mayStillAsk }: Asking,
): Promise<AskResult> {
  const { texts, stores, events, wake } = options
  const { journeyHash, client } = context
  const app = await texts.findAppName(context.request.appId)
  const pages = app === undefined ? findPages(context) : undefined
  const challenge = stores.challenges.draw({
    journeyHash,
    userId: requireUserId(context),
    deviceId: device.id,
    purpose,
    language: client.language,
    verification: findVerification(device),
    delivery: device.canBeWoken && wake.isOn ? 'queued' : 'none',
    ...(purpose === 'login' && {
      about: { ...aboutLogin(texts.context, app ?? texts.brandName, client), pages },
    }),
    budgetKey,
  })
  const sends = sendsEntry.write(readSends(context) + 1)
  const superseded: string[] = []
  const held = heldUntilEntry.write(heldUntil)
  const changed = { ...context, data: mergeData(context.data, { ...sends, ...held }) }
  const page = await showPage(options, changed, { challenge, device, state: 'waiting' }, beside)
  return {
    ...page,
    change: {
      data: {
        ...challengeEntry.write(challenge.id),
        ...sends,
        ...held,
        ...chosenAuthenticatorEntry.clear(),
      },
      async write(queries) {
        if (!(await mayStillAsk(queries))) return false
        superseded.push(...(await stores.challenges.add(queries, challenge)))
        return true
      },
      afterCommit() {
        for (const hash of superseded) events.wake(journeyTopic(hash))
        events.wake(deviceTopic(device.id))
        wake.start(device, challenge)
      },
    },
  }
}
