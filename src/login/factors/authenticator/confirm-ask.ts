/**
 * Asks a phone at a login. Owns which of the user's phones is asked, whether it may be asked now, and what the page says when no
 * phone is asked.
 */
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import {
  type Addressee,
  askWithinLimit,
  type LimitedFactor,
  showLimit as showLimitOf,
} from '../approval/ask-within-limit.ts'
import type { SendLimit } from '../approval/limited-page.ts'
import { type Beside, leaveForOther } from '../approval/other-phones.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import { findTrouble, isSaidLost } from '../trouble.ts'
import { type AskOptions, ask, type Scene, showPage } from './ask.ts'
import { challengeEntry } from './data.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { createCopiedForm, createNoPhoneForm } from './stuck-page.ts'

/** The result of a page that proves nothing. */
type LeaveResult = StepResult<'other' | 'trouble'>

/** Asks the chosen phone, or the one that was used last. */
export async function askFirst(options: AskOptions, context: StepContext): Promise<LeaveResult> {
  const all = await options.stores.devices.listActive(options.db, requireUserId(context))
  const devices = (await options.rules.findFitting(context, all)).filter(({ hasLeft }) => !hasLeft)
  const id = chosenAuthenticatorEntry.read(context.data)
  const chosen = devices.find((one) => one.id === id)
  const device = chosen ?? devices[0]
  if (device === undefined) return await showNoPhone(options, context)
  return await askPhone(options, context, { device, isChosen: chosen !== undefined })
}

async function showNoPhone(options: AskOptions, context: StepContext): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const left = findTrouble(context, 'authenticator') ?? leaveForOther({ others }, context)
  if (left !== undefined) return left
  const stuck = { others, restartPath: context.createRestartPath() }
  const copied = await findCopied(options, context)
  if (copied !== undefined) return { type: 'ask', form: createCopiedForm(copied.name, stuck) }
  // The phone was removed while its page waited.
  if (others.length > 0) {
    return { type: 'done', outcome: 'other', change: { data: challengeEntry.clear() } }
  }
  return { type: 'ask', form: createNoPhoneForm(stuck) }
}

/** The phone that this login has asked, when a copy of it was used. */
async function findCopied(
  { stores, db }: AskOptions,
  { data }: StepContext,
): Promise<AuthenticatorDevice | undefined> {
  const challenge = await stores.challenges.find(db, challengeEntry.read(data) ?? '')
  const device = challenge && (await stores.devices.find(db, challenge.deviceId))
  return device !== undefined && device.copiedAt !== null ? device : undefined
}

/** The other factors and phones. None after a refusal or wrong codes, which say something about the login. */
export async function findBeside(
  { rules, stores, db }: AskOptions,
  context: StepContext,
  { state, device }: Pick<Scene, 'state' | 'device'>,
): Promise<Beside<AuthenticatorDevice>> {
  if (state !== 'waiting' && state !== 'expired') return { others: [], phones: [] }
  const all = await stores.devices.listActive(db, requireUserId(context))
  return {
    others: await rules.listOthers(context),
    phones: (await rules.findFitting(context, all)).filter(
      ({ id, hasLeft }) => !hasLeft && id !== device.id && !isSaidLost(context.data, id),
    ),
  }
}

const limited = ({ db, lockout, stores, rules, heldBack }: AskOptions): LimitedFactor => ({
  ...{ kind: 'authenticator', db, lockout, budget: stores.challenges },
  findBudgetKey: rules.findBudgetKey,
  listOthers: rules.listOthers,
  noteHeldBack: (facts) => heldBack.add(db, facts),
})

/** Shows the page that says why nothing is asked, and offers the other factors. */
export const showLimit = (options: AskOptions, context: StepContext, limit: SendLimit) =>
  showLimitOf(limited(options), context, limit)

/** @param shown what the page shows now, and continues to show when a limit is reached */
export function askPhone(
  options: AskOptions,
  context: StepContext,
  to: Addressee<AuthenticatorDevice>,
  shown?: Scene,
): Promise<LeaveResult> {
  const { device } = to
  return askWithinLimit(limited(options), context, to, {
    current:
      shown &&
      (async (changed) =>
        showPage(options, changed, shown, await findBeside(options, context, shown))),
    ask: async (permission) =>
      ask(options, context, {
        ...{ purpose: 'login', device, ...permission },
        beside: await findBeside(options, context, { state: 'waiting', device }),
      }),
  })
}
