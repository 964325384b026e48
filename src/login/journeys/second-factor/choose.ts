/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left or who has lost something, and
 * `second-factor/other`.
 */

import { type Acr, acrPassword, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import {
  chosenAuthenticatorEntry,
  chosenEntry,
  computeLevels,
  createFactorOption,
  type EnrolledFactor,
  type EnrolledOptions,
  findCard,
  findEnrolledFactors,
  highestLevelEntry,
  listCards,
  provenEntry,
  sortUsable,
} from '../../factors/enrolled.ts'
import type { ChoosableFactor, EnrolledNotice, FactorCard } from '../../factors/factor.ts'
import type { FactorKind } from '../../factors/index.ts'
import { createTooWeakForm } from './too-weak.ts'

export interface ChooseOptions extends EnrolledOptions {
  readonly db: Database
  /** The level that this journey is to reach. */
  readonly findRequiredLevel: (context: StepContext) => Promise<Acr>
  /** What can be set up here. */
  readonly addable: readonly (FactorCard & Pick<ChoosableFactor, 'highestLevel'>)[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** What a person can use, the last used first. */
export interface Fitting {
  /** What would do here. */
  readonly factors: readonly EnrolledFactor[]
  /** What would not be enough. */
  readonly weaker: readonly EnrolledFactor[]
  /** All that the person has, also what is off or lost. */
  readonly held: readonly EnrolledFactor[]
}

/**
 * The factors that would do here. In a login, when none reaches what is wanted, the strongest: it has to be shown before a
 * stronger one is registered. Where the strongest is off, a weaker one is no way around it, unless that is what is
 * wanted; a recovery code is. A step-up registers nothing, so whatever reaches less would be asked for in vain, and the
 * app would ask again; only for changes of what the person has, a recovery code stands for what was lost.
 */
export async function findFitting(options: ChooseOptions, context: StepContext): Promise<Fitting> {
  const held = await findEnrolledFactors(options, options.db, requireUserId(context))
  const usable = sortUsable(held)
  const fits = context.kind === 'step_up' ? fitsStepUp : fitsLogin
  const wanted = await options.findRequiredLevel(context)
  const factors = usable.filter((one) => fits(one, { wanted, held, context }))
  return { factors, weaker: usable.filter((one) => !factors.includes(one)), held }
}

interface Wanted {
  readonly wanted: Acr
  readonly held: readonly EnrolledFactor[]
  readonly context: StepContext
}

function fitsStepUp({ factor, level }: EnrolledFactor, { wanted, context }: Wanted): boolean {
  return isAtLeast(level, wanted) || (factor.isFallback && context.request.confirms !== undefined)
}

function fitsLogin({ factor, level }: EnrolledFactor, { wanted, held, context }: Wanted): boolean {
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${provenEntry.read(context.data) ?? acrPassword}`
  if (factor.isFallback) return !isAtLeast(proven, level)
  return isAtLeast(level, limitLevel(wanted, held))
}

function limitLevel(wanted: Acr, held: readonly EnrolledFactor[]): Acr {
  const strongest = computeLevels(held).highest ?? acrPassword
  return isAtLeast(strongest, wanted) ? wanted : strongest
}

/** The required level, but not higher than the highest level that this user has. */
export async function findNeededLevel(options: ChooseOptions, context: StepContext): Promise<Acr> {
  const held = await findEnrolledFactors(options, options.db, requireUserId(context))
  return limitLevel(await options.findRequiredLevel(context), held)
}

/**
 * Goes to the factor that was used last. When another factor was lost, a page says so before, once. When the lost factor
 * is the only one, its own page says it.
 */
export function createFirstStep(
  options: ChooseOptions,
): Step<'second-factor/first', FactorKind | 'none' | 'cancelled'> {
  return {
    name: 'second-factor/first',
    outcomes: [...options.factors.map(({ kind }) => kind), 'none', 'cancelled'],
    async run(context) {
      const fitting = await findFitting(options, context)
      const [first] = fitting.factors
      const { highest } = computeLevels(fitting.held)
      if (first !== undefined) return writeHighest(goTo(first, fitting.factors, context), highest)
      if (highest === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but what would do here cannot be asked, and nothing is left to get around it.
      if (context.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return { type: 'ask', form: await nothingFits(options, context, fitting) }
    },
  }
}

async function nothingFits(
  options: ChooseOptions,
  context: StepContext,
  { weaker, held }: Fitting,
): Promise<Form> {
  if (context.kind !== 'step_up' || weaker.length === 0) {
    return held.some(({ isOff }) => isOff) ? allOffForm : allLostForm
  }
  const wanted = await options.findRequiredLevel(context)
  return createTooWeakForm({
    app: await options.appName(context.request.appId),
    enough: options.addable.filter(({ highestLevel }) => isAtLeast(highestLevel, wanted)),
    restartPath: context.createRestartPath(),
  })
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

export const allOffForm = nothingLeft('factor.all_off.title', 'factor.all_off.text')
const allLostForm = nothingLeft('factor.all_lost.title', 'factor.all_lost.text')

function nothingLeft(title: MessageKey, text: MessageKey): Form {
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text: message(text) },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'cancel', label: message('action.cancel'), look: 'secondary' }],
      },
    ],
  }
}

export function createOtherStep(
  options: ChooseOptions,
): Step<'second-factor/other', FactorKind | 'cancelled'> {
  return {
    name: 'second-factor/other',
    outcomes: [...options.factors.map(({ kind }) => kind), 'cancelled'],
    async run(context) {
      const fitting = await findFitting(options, context)
      const held = fitting.factors
      const action = context.answers?.action ?? chosenEntry.read(context.data)
      if (action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const cards = held.flatMap(listCards)
      const chosen = findCard(cards, action) ?? cards.find(({ kind }) => kind === action)
      if (chosen === undefined) {
        const isNone = held.length === 0 && computeLevels(fitting.held).highest !== undefined
        return {
          type: 'ask',
          form: isNone ? await nothingFits(options, context, fitting) : createOtherForm(cards),
        }
      }
      const { kind, authenticatorId } = chosen
      const data = { ...chosenEntry.clear(), ...chosenAuthenticatorEntry.write(authenticatorId) }
      return { type: 'done', outcome: kind, change: { data } }
    },
  }
}

export function createOtherForm(cards: readonly FactorCard[]): Form {
  return {
    title: message('other.title'),
    lead: message('other.lead'),
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
