/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left or who has lost something, and
 * `second-factor/other`.
 */

import { type Acr, acrNumber, acrPassword, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import {
  chosenKey,
  type HeldWay,
  type HoldingNews,
  heldWays,
  levelsIn,
  provenKey,
  reachKey,
  type SecondFactorWay,
  usableIn,
  type WayName,
  type WaysOptions,
  wayOption,
} from '../../factors/factor.ts'
import { createTooWeakForm } from './too-weak.ts'

export interface ChooseOptions<Name extends WayName> extends WaysOptions<Name> {
  readonly db: Database
  /** The level that this journey is to reach. */
  readonly findRequiredLevel: (context: StepContext) => Promise<Acr>
  /** What can be set up here. */
  readonly addable: readonly SecondFactorWay[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** What a person can use, the last used first. */
export interface Fitting {
  /** What would do here. */
  readonly ways: readonly HeldWay[]
  /** What would not be enough. */
  readonly weaker: readonly HeldWay[]
  /** All that the person has, also what is off or lost. */
  readonly held: readonly HeldWay[]
}

/**
 * The ways that would do here. In a login, when none reaches what is wanted, the strongest: it has to be shown before a
 * stronger one is registered. Where the strongest is off, a weaker one is no way around it, unless that is what is
 * wanted; a recovery code is. A step-up registers nothing, so whatever reaches less would be asked for in vain, and the
 * app would ask again; only for changes of what the person has, a recovery code stands for what was lost.
 */
export async function fittingWays<Name extends WayName>(
  options: ChooseOptions<Name>,
  context: StepContext,
): Promise<Fitting> {
  const held = await heldWays(options, options.db, requireUserId(context))
  const usable = usableIn(held)
  const fits = context.kind === 'step_up' ? fitsStepUp : fitsLogin
  const wanted = await options.findRequiredLevel(context)
  const ways = usable.filter((one) => fits(one, { wanted, held, context }))
  return { ways, weaker: usable.filter((one) => !ways.includes(one)), held }
}

interface Wanted {
  readonly wanted: Acr
  readonly held: readonly HeldWay[]
  readonly context: StepContext
}

function fitsStepUp({ way, reach }: HeldWay, { wanted, context }: Wanted): boolean {
  return isAtLeast(reach, wanted) || (way.isFallback && context.request.confirms !== undefined)
}

function fitsLogin({ way, reach }: HeldWay, { wanted, held, context }: Wanted): boolean {
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${context.data[provenKey] ?? acrPassword}`
  if (way.isFallback) return !isAtLeast(proven, reach)
  return isAtLeast(reach, neededOf(wanted, held))
}

function neededOf(wanted: Acr, held: readonly HeldWay[]): Acr {
  const strongest = levelsIn(held).reach ?? acrPassword
  return isAtLeast(strongest, wanted) ? wanted : strongest
}

/** Whether less than a number would be asked for in vain: the person has a phone that shows numbers. */
export async function asksNumber<Name extends WayName>(
  options: ChooseOptions<Name>,
  context: StepContext,
): Promise<boolean> {
  const held = await heldWays(options, options.db, requireUserId(context))
  return isAtLeast(neededOf(await options.findRequiredLevel(context), held), acrNumber)
}

/**
 * Goes to the way that was used last. What there is to know of another way that was lost is told before, once; where
 * the lost one is all there is, its own page tells.
 */
export function createFirstStep<Name extends WayName>(
  options: ChooseOptions<Name>,
): Step<'second-factor/first', Name | 'none' | 'cancelled'> {
  return {
    name: 'second-factor/first',
    outcomes: [...options.ways.map((way) => way.name), 'none', 'cancelled'],
    async run(context) {
      const fitting = await fittingWays(options, context)
      const [first] = fitting.ways
      const { reach } = levelsIn(fitting.held)
      if (first !== undefined) return withReach(goTo(first, fitting.ways, context), reach)
      if (reach === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but what would do here cannot be asked, and nothing is left to get around it.
      if (context.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return { type: 'ask', form: await nothingFits(options, context, fitting) }
    },
  }
}

async function nothingFits<Name extends WayName>(
  options: ChooseOptions<Name>,
  context: StepContext,
  { weaker, held }: Fitting,
): Promise<Form> {
  if (context.kind !== 'step_up' || weaker.length === 0) {
    return held.some(({ isOff }) => isOff) ? allOffForm : allLostForm
  }
  const wanted = await options.findRequiredLevel(context)
  return createTooWeakForm({
    app: await options.appName(context.request.appId),
    enough: options.addable.filter(({ reach }) => isAtLeast(reach, wanted)),
    restartPath: context.createRestartPath(),
  })
}

/** With what the person's factors reach, for the audit log. */
function withReach<Name extends string>(
  result: StepResult<Name>,
  reach: Acr | undefined,
): StepResult<Name> {
  if (result.type !== 'done') return result
  return { ...result, change: { ...result.change, data: { [reachKey]: reach ?? 'none' } } }
}

function goTo<Name extends WayName>(
  first: HeldWay,
  held: readonly HeldWay[],
  { answers }: StepContext,
): StepResult<Name> {
  const outcome = first.way.name as Name
  const news = held.find(({ holding }) => holding.news !== undefined)?.holding.news
  if (news === undefined || first.holding.isUnreachable === true) return { type: 'done', outcome }
  if (answers?.action !== 'next') return { type: 'ask', form: createNewsForm(news) }
  const write = async (queries: Queries) => {
    await news.noteRead(queries)
    return true
  }
  return { type: 'done', outcome, change: { write } }
}

function createNewsForm({ title, text }: HoldingNews): Form {
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

export function createOtherStep<Name extends WayName>(
  options: ChooseOptions<Name>,
): Step<'second-factor/other', Name | 'cancelled'> {
  return {
    name: 'second-factor/other',
    outcomes: [...options.ways.map((way) => way.name), 'cancelled'],
    async run(context) {
      const fitting = await fittingWays(options, context)
      const held = fitting.ways
      const action = context.answers?.action ?? context.data[chosenKey]
      if (action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const chosen = held.find(({ way }) => way.name === action)
      if (chosen === undefined) {
        const isNone = held.length === 0 && levelsIn(fitting.held).reach !== undefined
        return {
          type: 'ask',
          form: isNone ? await nothingFits(options, context, fitting) : createOtherForm(held),
        }
      }
      const change = { data: { [chosenKey]: undefined } }
      return { type: 'done', outcome: chosen.way.name as Name, change }
    },
  }
}

export function createOtherForm(held: readonly Pick<HeldWay, 'way'>[]): Form {
  return {
    title: message('other.title'),
    lead: message('other.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          ...held.map(({ way }) => wayOption(way)),
          { value: 'cancel', label: message('action.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}
