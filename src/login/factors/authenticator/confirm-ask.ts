/**
 * Asks a phone at a login. Owns which of the user's phones is asked, whether it may be asked now, and what the page says when
 * none is.
 */
import { mergeData } from '../../engine/data.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { findAsker } from '../approval/budget.ts'
import { findHoldEnd } from '../approval/hold.ts'
import { heldUntilEntry } from '../approval/hold-words.ts'
import { createLimitError, createLimitedForm, type SendLimit } from '../approval/limited-page.ts'
import { describeHeldBack, findSendLimit, mayStillAsk } from '../approval/may-ask.ts'
import { type Beside, leaveForOther } from '../approval/other-phones.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import { findTrouble, heldBackEntry } from '../trouble.ts'
import { type AskOptions, ask, type Scene, showPage } from './ask.ts'
import { challengeEntry } from './data.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { createCopiedForm, createNoPhoneForm } from './stuck-page.ts'

/** The result of a page on which nothing is proven. */
type LeaveResult = StepResult<'other' | 'trouble'>

/** The phone that is asked. */
interface Addressee {
  readonly device: AuthenticatorDevice
  /** The person has chosen it by its name, on this page or in the list of all factors. */
  readonly isChosen: boolean
}

/** Asks the chosen phone, or the one that was used last. */
export async function askFirst(options: AskOptions, context: StepContext): Promise<LeaveResult> {
  const all = await options.stores.devices.listActive(options.db, requireUserId(context))
  const devices = await options.rules.findFitting(context, all)
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
    phones: (await rules.findFitting(context, all)).filter(({ id }) => id !== device.id),
  }
}

/** Shows the page that says why nothing is asked, and offers the other factors. */
export async function showLimit(
  options: AskOptions,
  context: StepContext,
  limit: SendLimit,
): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const facts = describeHeldBack(limit)
  const data = facts === undefined ? {} : heldBackEntry.write('authenticator')
  const left = findTrouble(context, 'authenticator') ?? leaveForOther({ others }, context, { data })
  if (left !== undefined) return left
  if (facts !== undefined) {
    await options.heldBack.add(options.db, { userId: requireUserId(context), ...facts })
  }
  const stuck = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createLimitedForm(limit, stuck, context.now) }
}

/** @param shown what the page shows at the moment, and goes on to show when a limit is reached */
export async function askPhone(
  options: AskOptions,
  context: StepContext,
  to: Addressee,
  shown?: Scene,
): Promise<LeaveResult> {
  const { db, lockout, stores, rules } = options
  const budget = stores.challenges
  const asker = await findAsker(rules.findBudgetKey, context, to)
  const { userId } = to.device
  const limit = await findSendLimit(
    { db, lockout, budget },
    { kind: 'authenticator', userId, now: context.now, asker },
  )
  // What is open can still be approved, and what has expired has more to offer than a page that only says no.
  if (shown !== undefined && limit !== undefined && limit.type !== 'off') {
    const facts = describeHeldBack(limit)
    if (facts !== undefined) await options.heldBack.add(db, { userId, ...facts })
    const formError = createLimitError(limit, context.now)
    const beside = await findBeside(options, context, shown)
    const change = { data: heldUntilEntry.write(findHoldEnd(limit, context.now)) }
    const changed = { ...context, data: mergeData(context.data, change.data) }
    return { ...(await showPage(options, changed, shown, beside)), formError, change }
  }
  if (limit !== undefined) return await showLimit(options, context, limit)
  const { device } = to
  return await ask(options, context, {
    purpose: 'login',
    device,
    beside: await findBeside(options, context, { state: 'waiting', device }),
    budgetKey: asker.budgetKey,
    heldUntil: await budget.findFullUntil(db, userId, asker),
    mayStillAsk: (queries) => mayStillAsk(budget, queries, userId, asker),
  })
}
