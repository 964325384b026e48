/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left or who has lost something, and
 * `second-factor/other`.
 */

import {
  type Acr,
  acrPassword,
  acrPossession,
  findHighestLevel,
  isAtLeast,
} from '../../../identity/policy/assurance.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import { judgeFallback } from '../../decision/fallback-use.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import {
  chosenAuthenticatorEntry,
  chosenEntry,
  createFactorOption,
  type EnrolledFactor,
  findCard,
  findEnrolledWithLevels,
  highestLevelEntry,
  type Levels,
  listCards,
  listPhoneNames,
  provenEntry,
  sortUsable,
} from '../../factors/enrolled.ts'
import type { ChoosableFactor, EnrolledNotice, FactorCard } from '../../factors/factor.ts'
import { markHeld, refuseHeld } from '../../factors/holds.ts'
import type { FactorKind } from '../../factors/index.ts'
import { heldBackEntry, troubleReasonEntry } from '../../factors/trouble.ts'
import {
  createDeskPrompt,
  type DeskOptions,
  openReference,
  referenceEntry,
} from './desk-reference.ts'
import { findHeldHere, type HeldHereOptions } from './held-here.ts'
import type { NoCodeOptions } from './no-code.ts'
import { createTooWeakForm } from './too-weak.ts'
import { putDeskFirst } from './trouble-page.ts'

export interface ChooseOptions extends HeldHereOptions {
  /** The level that this journey is to reach. */
  readonly findRequiredLevel: (context: StepContext) => Promise<Acr>
  /** What can be set up here. */
  readonly addable: readonly (FactorCard & Pick<ChoosableFactor, 'highestLevel'>)[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** What the steps need besides. */
export interface ChooseStepOptions extends ChooseOptions {
  readonly desk: DeskOptions
  /** When a person without a second factor has lost the last one. */
  readonly findLostAt: NoCodeOptions['findLostAt']
}

/** What a person can use, the last used first. */
export interface Fitting {
  /** What would do here. */
  readonly factors: readonly EnrolledFactor[]
  /** What would not be enough. */
  readonly weaker: readonly EnrolledFactor[]
  /** All that the person has, also what is off or lost. */
  readonly held: readonly EnrolledFactor[]
  readonly levels: Levels
}

/**
 * The factors that would do here. In a login, when none reaches what is wanted, the strongest: it has to be shown before a
 * stronger one is registered. Where the strongest is off, a weaker one is no way around it, unless that is what is
 * wanted; a recovery code is. A step-up registers nothing, so whatever reaches less would be asked for in vain, and the
 * app would ask again; only for changes of what the person has, a recovery code stands for what was lost.
 */
export async function findFitting(options: ChooseOptions, context: StepContext): Promise<Fitting> {
  const { held, levels } = await findHeldHere(options, context)
  const usable = sortUsable(held)
  const wanted = await options.findRequiredLevel(context)
  const fitting = usable.filter((one) => fits(one, { wanted, levels, held, context }))
  const factors = await Promise.all(fitting.map((one) => narrowChoices(one, context)))
  return { factors, weaker: usable.filter((one) => !fitting.includes(one)), held, levels }
}

/** Leaves out the authenticators that this journey may not ask. */
async function narrowChoices(one: EnrolledFactor, context: StepContext): Promise<EnrolledFactor> {
  const { factor, enrolled } = one
  if (enrolled.choices === undefined || factor.listAskable === undefined) return one
  const choices = await factor.listAskable(context, enrolled.choices)
  return { ...one, enrolled: { ...enrolled, choices } }
}

/**
 * Whether a fallback can let the person in here, if only by the enrolment that follows: a pass that is still to be issued,
 * or the code of a page that was opened before.
 */
export async function mayFallbackHelp(
  options: ChooseOptions,
  context: StepContext,
): Promise<boolean> {
  const { held, levels } = await findHeldHere(options, context)
  const wanted = await options.findRequiredLevel(context)
  const given = { wanted, levels, held, context }
  return context.kind === 'step_up'
    ? isStepUpFallbackEnough(acrPossession, given)
    : isFallbackOfUse(acrPossession, given)
}

interface Wanted {
  readonly wanted: Acr
  readonly levels: Levels
  readonly held: readonly EnrolledFactor[]
  readonly context: StepContext
}

const fits = (one: EnrolledFactor, wanted: Wanted): boolean =>
  wanted.context.kind === 'step_up' ? fitsStepUp(one, wanted) : fitsLogin(one, wanted)

function fitsStepUp({ factor, level }: EnrolledFactor, given: Wanted): boolean {
  return factor.isFallback ? isStepUpFallbackEnough(level, given) : isAtLeast(level, given.wanted)
}

const isStepUpFallbackEnough = (level: Acr, { wanted, context }: Wanted): boolean =>
  isAtLeast(level, wanted) || context.request.confirms !== undefined

function fitsLogin({ factor, level }: EnrolledFactor, given: Wanted): boolean {
  const { wanted, levels, context } = given
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${provenEntry.read(context.data) ?? acrPassword}`
  if (factor.isFallback) return !isAtLeast(proven, level) && isFallbackOfUse(level, given)
  return isAtLeast(level, limitLevel(wanted, levels))
}

/** For changes of what the person has, a fallback stands for what was lost. */
function isFallbackOfUse(level: Acr, { wanted, levels, held, context }: Wanted): boolean {
  if (context.request.confirms !== undefined) return true
  const askable = held.filter(
    ({ factor, enrolled, isOff }) =>
      !factor.isFallback && !isOff && enrolled.isLost !== true && enrolled.isUnreachable !== true,
  )
  const use = judgeFallback({
    level,
    requiredLevel: wanted,
    highestLevel: levels.highest,
    askableLevel: findHighestLevel(askable.map((one) => one.level)),
    reason: troubleReasonEntry.read(context.data),
  })
  return use !== 'nothing'
}

function limitLevel(wanted: Acr, { highest }: Levels): Acr {
  const strongest = highest ?? acrPassword
  return isAtLeast(strongest, wanted) ? wanted : strongest
}

/** The required level, but not higher than the highest level that this user has. */
export async function findNeededLevel(options: ChooseOptions, context: StepContext): Promise<Acr> {
  const userId = requireUserId(context)
  const { levels } = await findEnrolledWithLevels(options, options.db, userId)
  return limitLevel(await options.findRequiredLevel(context), levels)
}

/**
 * Goes to the factor that was used last. When another factor was lost, a page says so before, once. When the lost factor
 * is the only one, its own page says it.
 */
export function createFirstStep(
  options: ChooseStepOptions,
): Step<'second-factor/first', FactorKind | 'none' | 'cancelled'> {
  return {
    name: 'second-factor/first',
    outcomes: [...options.factors.map(({ kind }) => kind), 'none', 'cancelled'],
    async run(context) {
      const fitting = await findFitting(options, context)
      const [first] = fitting.factors
      const { highest } = fitting.levels
      if (first !== undefined) return writeHighest(goTo(first, fitting.factors, context), highest)
      if (highest === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but what would do here cannot be asked, and nothing is left to get around it.
      if (context.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return await askNothingFits(options, context, fitting)
    },
  }
}

async function nothingFits(
  options: ChooseStepOptions,
  context: StepContext,
  { weaker, held, levels }: Fitting,
): Promise<Form> {
  if (context.kind !== 'step_up' || weaker.length === 0) {
    if (levels.isLost) {
      const day = await options.findLostAt(options.db, requireUserId(context))
      return createAllRemovedForm(day ?? context.now)
    }
    return held.some(({ isOff }) => isOff) ? allOffForm : allLostForm
  }
  const wanted = await options.findRequiredLevel(context)
  return createTooWeakForm({
    app: await options.appName(context.request.appId),
    enough: options.addable.filter(({ highestLevel }) => isAtLeast(highestLevel, wanted)),
    restartPath: context.createRestartPath(),
  })
}

/** A person calls the service desk from this page, and goes on here as soon as a pass was issued. */
async function askNothingFits(
  options: ChooseStepOptions,
  context: StepContext,
  fitting: Fitting,
): Promise<{
  readonly type: 'ask'
  readonly form: Form
  readonly formError?: FormError
  readonly change?: Change
}> {
  const form = await nothingFits(options, context, fitting)
  if (form.prompts.some(({ type }) => type === 'link')) return { type: 'ask', form }
  const before = referenceEntry.read(context.data)
  const opened = before === undefined ? await openReference(options.desk, context) : undefined
  const desk = createDeskPrompt(options.desk, before ?? opened?.reference ?? '')
  const page = {
    type: 'ask',
    form: { ...form, prompts: putDeskFirst(form.prompts, desk) },
  } as const
  if (opened !== undefined) return { ...page, change: opened.change }
  return context.answers?.action === 'retry' ? { ...page, formError: stillNothing } : page
}

/** Adds the highest level of the user's factors to the journey data, for the audit log. */
function writeHighest(
  result: StepResult<FactorKind>,
  highest: Acr | undefined,
): StepResult<FactorKind> {
  if (result.type !== 'done') return result
  return {
    ...result,
    change: { ...result.change, data: highestLevelEntry.write(highest ?? 'none') },
  }
}

function goTo(
  first: EnrolledFactor,
  held: readonly EnrolledFactor[],
  { answers }: StepContext,
): StepResult<FactorKind> {
  const outcome = first.factor.kind
  const notice = held.find(({ enrolled }) => enrolled.notice !== undefined)?.enrolled.notice
  if (notice === undefined || first.enrolled.isUnreachable === true)
    return { type: 'done', outcome }
  if (answers?.action !== 'next') return { type: 'ask', form: createNoticeForm(notice) }
  const write = async (queries: Queries) => {
    await notice.noteRead(queries)
    return true
  }
  return { type: 'done', outcome, change: { write } }
}

function createNoticeForm({ title, text }: EnrolledNotice): Form {
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'warning', text },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'next', label: message('other.next'), look: 'primary' }],
      },
    ],
  }
}

/** No pass was issued yet. */
export const stillNothing: FormError = {
  status: 422,
  tone: 'info',
  title: message('factor.still_nothing.title'),
  text: message('factor.still_nothing.text'),
}

/** @param day when the last second factor was removed */
export const createAllRemovedForm = (day: number): Form =>
  nothingLeft('factor.all_removed.title', message('factor.all_removed.text', { day }), 'warning')
export const allOffForm = nothingLeft('factor.all_off.title', message('factor.all_off.text'))
const allLostForm = nothingLeft('factor.all_lost.title', message('factor.all_lost.text'))

function nothingLeft(title: MessageKey, text: Message, tone: 'warning' | 'error' = 'error'): Form {
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone, text },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'retry', label: message('factor.have_pass'), look: 'secondary' },
          { value: 'cancel', label: message('action.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}

export function createOtherStep(
  options: ChooseStepOptions,
): Step<'second-factor/other', FactorKind | 'cancelled'> {
  return {
    name: 'second-factor/other',
    outcomes: [...options.factors.map(({ kind }) => kind), 'cancelled'],
    async run(context) {
      const fitting = await findFitting(options, context)
      const held = fitting.factors
      const createForm = async (cards: readonly FactorCard[]) =>
        createOtherForm(
          await markHeld(options.factors, context, cards),
          context.kind === 'step_up' ? listPhoneNames(fitting.weaker)[0] : undefined,
        )
      const action = context.answers?.action ?? chosenEntry.read(context.data)
      if (action === 'cancel') {
        const change = await takeBack(options, context)
        return { type: 'done', outcome: 'cancelled', change }
      }
      const cards = listCards(held)
      const chosen = findCard(cards, action) ?? cards.find(({ kind }) => kind === action)
      if (chosen === undefined) {
        const isNone = held.length === 0 && fitting.levels.highest !== undefined
        if (isNone) return await askNothingFits(options, context, fitting)
        return { type: 'ask', form: await createForm(cards) }
      }
      const formError = await refuseHeld(options.factors, context, chosen)
      if (formError !== undefined) {
        const data = { ...chosenEntry.clear(), ...heldBackEntry.write(chosen.kind) }
        return { type: 'ask', form: await createForm(cards), formError, change: { data } }
      }
      const { kind, authenticatorId } = chosen
      const change = await takeBack(options, context, kind)
      const data = {
        ...change.data,
        ...chosenEntry.clear(),
        ...chosenAuthenticatorEntry.write(authenticatorId),
      }
      return { type: 'done', outcome: kind, change: { ...change, data } }
    },
  }
}

/** Takes back what factors have sent and is still open. What the chosen kind has sent stays: its step goes on with it. */
async function takeBack(
  { factors }: ChooseOptions,
  context: StepContext,
  chosen?: FactorKind,
): Promise<Change> {
  const left = factors.filter(({ kind }) => kind !== chosen)
  const changes = await Promise.all(left.map((one) => one.leaveVerify?.(context)))
  return {
    data: Object.assign({}, ...changes.map((one) => one?.data)),
    async write(tx) {
      for (const change of changes) {
        if ((await change?.write?.(tx)) === false) return false
      }
      return true
    },
  }
}

/** @param weakerPhone the name of a phone of the person that is missing here, as it is not enough */
export function createOtherForm(cards: readonly FactorCard[], weakerPhone?: string): Form {
  const lead = message('other.lead')
  return {
    title: message('other.title'),
    lead:
      weakerPhone === undefined ? lead : message('stepup.weaker', { lead, device: weakerPhone }),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          ...cards.map(createFactorOption),
          { value: 'cancel', label: message('action.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}
