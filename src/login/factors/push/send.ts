/**
 * Sends a challenge to a phone, both at a login and in the test of a new phone. Owns the choice of the phone, what is stored, and
 * what the page forgets. verify-send.ts and verify-enrolment-send.ts decide whether a challenge may be sent.
 */
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { mergeData } from '../../engine/data.ts'
import { journeyTopic } from '../../engine/engine.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { type About, aboutLogin, type ShownContext } from '../../report/about.ts'
import { heldUntilEntry } from '../approval/hold-words.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import type { Lockout } from '../lockout.ts'
import type { ChallengePurpose, PushChallenge } from './challenges.ts'
import { challengeEntry, deviceEntry, registrationEntry, resumedEntry, sendsEntry } from './data.ts'
import type { PushDelivery } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import type { PushRules } from './rules.ts'
import type { PushStores } from './stores.ts'

export interface SendOptions {
  readonly db: Database
  readonly events: Events
  readonly lockout: Lockout
  readonly stores: PushStores
  readonly delivery: PushDelivery
  readonly rules: PushRules
  readonly texts: SendTexts
}

export interface SendTexts {
  /** The name of the app that a journey is for; `undefined` for the account pages. */
  readonly findAppName: (appId: string | undefined) => Promise<string | undefined>
  /** The name of this installation, for logins that are for no app. */
  readonly brandName: string
  /** Which facts about a login's browser may be shown. */
  readonly context: ShownContext
}

/** The result of a step that shows a page. */
export type AskResult = Extract<StepResult<never>, { type: 'ask' }>

/** How many messages one journey may send to a phone. */
export const maxSends = 5

export function readSends(context: StepContext): number {
  const sends = sendsEntry.read(context.data)
  return sends ?? 0
}

export const forgetChallenge = {
  ...challengeEntry.clear(),
  ...sendsEntry.clear(),
  ...deviceEntry.clear(),
  ...heldUntilEntry.clear(),
  ...chosenAuthenticatorEntry.clear(),
} as const

/** Forgets the registration too. Otherwise the step back to the QR code would lead here again, and send a new message. */
export const forgetPhone = {
  ...forgetChallenge,
  ...registrationEntry.clear(),
  ...resumedEntry.clear(),
} as const

/** Shows the page for a challenge that was just drawn. */
export type ShowPage = (context: StepContext, challenge: PushChallenge) => Promise<AskResult>

export type Target =
  | { readonly type: 'device'; readonly device: PushDevice }
  | { readonly type: 'none' }
  /**
   * The user has a phone, but no message reaches it, or no sender of this installation is for its app, or its app is too
   * old.
   */
  | { readonly type: 'unreachable' | 'no_sender' | 'old_app'; readonly device: PushDevice }

/** The phones that can be asked in this journey, the chosen one first. */
export async function listAskable(
  { rules, delivery }: Pick<SendOptions, 'rules' | 'delivery'>,
  context: StepContext,
  devices: readonly PushDevice[],
): Promise<PushDevice[]> {
  const reached = devices.filter((one) => one.pushDisabledAt === null && delivery.hasSenderFor(one))
  const allowsPlain = reached.length > 0 && (await rules.allowsPlain(context))
  const askable = reached.filter(({ showsNumbers }) => showsNumbers || allowsPlain)
  const chosen = chosenAuthenticatorEntry.read(context.data)
  return [
    ...askable.filter(({ id }) => id === chosen),
    ...askable.filter(({ id }) => id !== chosen),
  ]
}

/** Chooses the first phone that messages reach and whose app can show numbers, where numbers are required. */
export async function chooseTarget(
  options: Pick<SendOptions, 'rules' | 'delivery'>,
  context: StepContext,
  devices: readonly PushDevice[],
): Promise<Target> {
  const [first] = devices
  if (first === undefined) return { type: 'none' }
  const reachable = devices.filter(({ pushDisabledAt }) => pushDisabledAt === null)
  const [foreign] = reachable
  if (foreign === undefined) return { type: 'unreachable', device: first }
  const old = reachable.find((one) => options.delivery.hasSenderFor(one))
  if (old === undefined) return { type: 'no_sender', device: foreign }
  const [device] = await listAskable(options, context, devices)
  return device === undefined ? { type: 'old_app', device: old } : { type: 'device', device }
}

/** Shows the page of a new challenge, and the page of the current one. */
export interface ChallengePages {
  readonly show: ShowPage
  readonly current?: ((context: StepContext) => Promise<AskResult>) | undefined
}

export type NoTarget = Exclude<Target, { type: 'device' }>

export interface Sending {
  readonly purpose: ChallengePurpose
  readonly context: StepContext
  readonly device: PushDevice
  readonly show: ShowPage
  /** Whose budget it uses. */
  readonly budgetKey: string
  /** Until when no further request can follow (ms since the epoch); absent: one can. */
  readonly heldUntil?: number | undefined
  /** Repeats the check of the limits in the transaction, in which no other message of the user can be added. */
  readonly mayStillSend: (queries: Queries, userId: Id<'user'>) => Promise<boolean>
}

/** Says that the request is for a new password, so that nobody approves it as a login. */
const nameNewPassword = ({ request }: StepContext): Pick<About, 'pages'> =>
  request.confirms === 'password' ? { pages: 'password' } : {}

/** Shows the page that waits for the answer. Its change stores the challenge and sends it after the commit. */
export async function sendChallenge(
  options: SendOptions,
  { purpose, context, device, show, budgetKey, heldUntil, mayStillSend }: Sending,
): Promise<AskResult> {
  const { journeyHash, client } = context
  const userId = requireUserId(context)
  const type = device.showsNumbers ? 'challenge' : 'default'
  const app = (await options.texts.findAppName(context.request.appId)) ?? options.texts.brandName
  const challenge = options.stores.challenges.draw({
    journeyHash,
    userId,
    deviceId: device.id,
    purpose,
    type,
    ...(purpose === 'login' && {
      about: { ...aboutLogin(options.texts.context, app, client), ...nameNewPassword(context) },
    }),
    budgetKey,
  })
  const sends = readSends(context) + 1
  const superseded: string[] = []
  const held = heldUntilEntry.write(heldUntil)
  const data = mergeData(context.data, { ...sendsEntry.write(sends), ...held })
  const changed = { ...context, data }
  const page = await show(changed, { ...challenge, ...unanswered })
  return {
    ...page,
    change: {
      data: {
        ...challengeEntry.write(challenge.messageId),
        ...sendsEntry.write(sends),
        ...held,
        ...chosenAuthenticatorEntry.clear(),
      },
      async write(queries) {
        if (!(await mayStillSend(queries, userId))) return false
        superseded.push(...(await options.stores.challenges.add(queries, challenge)))
        return true
      },
      afterCommit() {
        for (const hash of superseded) options.events.wake(journeyTopic(hash))
        options.delivery.start({ device, challenge, app, client })
      },
    },
  }
}

export const unanswered = {
  status: 'waiting',
  delivery: 'queued',
  answeredAt: null,
  answerHash: null,
  consumedAt: null,
} as const
