/**
 * Asks a phone at a login. Owns which of the user's phones is asked, whether it may be asked now, and what the page says when
 * none is.
 */
import type { Queries } from '../../../platform/storage/database.ts'
import { type Change, requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { findBlockEnd } from '../../report/report.ts'
import { type Asker, findAsker } from '../approval/budget.ts'
import { createLimitError, createLimitedForm, type SendLimit } from '../approval/limited-page.ts'
import { chosenAuthenticatorEntry, chosenEntry, createFactorOption, findCard } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { findTrouble, heldBackEntry } from '../trouble.ts'
import { type AskOptions, ask, type Beside, type Scene, showPage } from './ask.ts'
import { challengeEntry } from './data.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { createNoPhoneForm } from './stuck-page.ts'

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
  const devices = await options.stores.devices.listActive(options.db, requireUserId(context))
  const id = chosenAuthenticatorEntry.read(context.data)
  const chosen = devices.find((one) => one.id === id)
  const device = chosen ?? devices[0]
  if (device === undefined) return await showNoPhone(options, context)
  return await askPhone(options, context, { device, isChosen: chosen !== undefined })
}

async function showNoPhone(options: AskOptions, context: StepContext): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const left = findTrouble(context, 'authenticator') ?? leaveForOther(others, context)
  if (left !== undefined) return left
  // The phone was removed while its page waited.
  if (others.length > 0) {
    return { type: 'done', outcome: 'other', change: { data: challengeEntry.clear() } }
  }
  const stuck = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createNoPhoneForm(stuck) }
}

/** The other factors and phones. None after a refusal or wrong codes, which say something about the login. */
export async function findBeside(
  { rules, stores, db }: AskOptions,
  context: StepContext,
  { state, device }: Pick<Scene, 'state' | 'device'>,
): Promise<Beside> {
  if (state !== 'waiting' && state !== 'expired') return { others: [], phones: [] }
  const all = await stores.devices.listActive(db, requireUserId(context))
  return {
    others: await rules.listOthers(context),
    phones: all.filter(({ id }) => id !== device.id),
  }
}

/** The outcome when the user leaves for another factor: for the list of factors, or for the one that was chosen here. */
export function leaveForOther(
  others: readonly FactorCard[],
  context: StepContext,
  change: Change = {},
): StepResult<'other'> | undefined {
  const action = context.answers?.action
  const chosen = findCard(others, action)
  if (others.length === 0 || (chosen === undefined && action !== 'other')) return undefined
  const data = {
    ...change.data,
    ...chosenAuthenticatorEntry.clear(),
    ...(chosen !== undefined && chosenEntry.write(createFactorOption(chosen).value)),
  }
  return { type: 'done', outcome: 'other', change: { ...change, data } }
}

/** Why nothing may be asked for a login now; `undefined`: it may. */
async function findLimit(
  options: AskOptions,
  context: StepContext,
  asker: Asker,
): Promise<SendLimit | undefined> {
  const { db, lockout, stores, users } = options
  const userId = requireUserId(context)
  const refusal = await lockout.findRefusal(db, userId, 'authenticator')
  if (refusal !== undefined) return refusal
  const user = await users.find(db, userId)
  const blocked = user && findBlockEnd(user, context.now)
  if (blocked !== undefined) return { type: 'blocked', until: blocked }
  const wait = await stores.challenges.findSendWait(db, userId, asker)
  if (wait === undefined) return undefined
  if (wait.reason === 'limit') return { type: 'budget', until: wait.until }
  return { type: 'pause', seconds: Math.ceil((wait.until - context.now) / 1000) }
}

/** Shows the page that says why nothing is asked, and offers the other factors. */
export async function showLimit(
  options: AskOptions,
  context: StepContext,
  limit: SendLimit,
): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const data = limit.type === 'pause' ? {} : heldBackEntry.write('authenticator')
  const left = findTrouble(context, 'authenticator') ?? leaveForOther(others, context, { data })
  if (left !== undefined) return left
  const stuck = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createLimitedForm(limit, stuck, context.now) }
}

/** Repeats the check in the transaction, in which no other request can be added and no report made. */
async function mayStillAsk(
  { stores, users }: AskOptions,
  context: StepContext,
  queries: Queries,
  asker: Asker,
): Promise<boolean> {
  const userId = requireUserId(context)
  if ((await stores.challenges.findSendWait(queries, userId, asker)) !== undefined) return false
  const user = await users.find(queries, userId)
  return user !== undefined && findBlockEnd(user, context.now) === undefined
}

/** @param waiting what the page shows at the moment, and goes on to show when a limit is reached */
export async function askPhone(
  options: AskOptions,
  context: StepContext,
  to: Addressee,
  waiting?: Scene,
): Promise<LeaveResult> {
  const asker = await findAsker(options.rules.findBudgetKey, context, to)
  const limit = await findLimit(options, context, asker)
  // What is open can still be approved.
  if (waiting !== undefined && (limit?.type === 'pause' || limit?.type === 'budget')) {
    const formError = createLimitError(limit, context.now)
    const beside = await findBeside(options, context, waiting)
    return { ...(await showPage(options, context, waiting, beside)), formError }
  }
  if (limit !== undefined) return await showLimit(options, context, limit)
  const { device } = to
  return await ask(options, context, {
    purpose: 'login',
    device,
    beside: await findBeside(options, context, { state: 'waiting', device }),
    budgetKey: asker.budgetKey,
    mayStillAsk: (queries) => mayStillAsk(options, context, queries, asker),
  })
}
