/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left or who has lost something, and
 * `second-factor/other`.
 */

import { type Acr, acrNumber, acrPassword, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { Ask } from '../../engine/prompt.ts'
import { type Step, type StepResult, userOf, type Visit } from '../../engine/step.ts'
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
import { tooWeakAsk } from './too-weak.ts'

export interface ChooseOptions<Name extends WayName> extends WaysOptions<Name> {
  readonly db: Database
  /** The level that this journey is to reach. */
  readonly wantedOf: (visit: Visit) => Promise<Acr>
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
  visit: Visit,
): Promise<Fitting> {
  const held = await heldWays(options, options.db, userOf(visit))
  const usable = usableIn(held)
  const fits = visit.kind === 'step_up' ? fitsStepUp : fitsLogin
  const wanted = await options.wantedOf(visit)
  const ways = usable.filter((one) => fits(one, { wanted, held, visit }))
  return { ways, weaker: usable.filter((one) => !ways.includes(one)), held }
}

interface Wanted {
  readonly wanted: Acr
  readonly held: readonly HeldWay[]
  readonly visit: Visit
}

function fitsStepUp({ way, reach }: HeldWay, { wanted, visit }: Wanted): boolean {
  return isAtLeast(reach, wanted) || (way.isFallback && visit.request.confirms !== undefined)
}

function fitsLogin({ way, reach }: HeldWay, { wanted, held, visit }: Wanted): boolean {
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${visit.kept[provenKey] ?? acrPassword}`
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
  visit: Visit,
): Promise<boolean> {
  const held = await heldWays(options, options.db, userOf(visit))
  return isAtLeast(neededOf(await options.wantedOf(visit), held), acrNumber)
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
    async run(visit) {
      const fitting = await fittingWays(options, visit)
      const [first] = fitting.ways
      const { reach } = levelsIn(fitting.held)
      if (first !== undefined) return withReach(goTo(first, fitting.ways, visit), reach)
      if (reach === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but what would do here cannot be asked, and nothing is left to get around it.
      if (visit.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return { type: 'ask', ask: await nothingFits(options, visit, fitting) }
    },
  }
}

async function nothingFits<Name extends WayName>(
  options: ChooseOptions<Name>,
  visit: Visit,
  { weaker, held }: Fitting,
): Promise<Ask> {
  if (visit.kind !== 'step_up' || weaker.length === 0) {
    return held.some(({ isOff }) => isOff) ? allOffAsk : allLostAsk
  }
  const wanted = await options.wantedOf(visit)
  return tooWeakAsk({
    app: await options.appName(visit.request.appId),
    enough: options.addable.filter(({ reach }) => isAtLeast(reach, wanted)),
    startOver: visit.startOver(),
  })
}

/** With what the person's factors reach, for the audit log. */
function withReach<Name extends string>(
  result: StepResult<Name>,
  reach: Acr | undefined,
): StepResult<Name> {
  if (result.type !== 'done') return result
  return { ...result, change: { ...result.change, kept: { [reachKey]: reach ?? 'none' } } }
}

function goTo<Name extends WayName>(
  first: HeldWay,
  held: readonly HeldWay[],
  { answers }: Visit,
): StepResult<Name> {
  const outcome = first.way.name as Name
  const news = held.find(({ holding }) => holding.news !== undefined)?.holding.news
  if (news === undefined || first.holding.isUnreachable === true) return { type: 'done', outcome }
  if (answers?.action !== 'next') return { type: 'ask', ask: newsAsk(news) }
  const write = async (queries: Queries) => {
    await news.noteRead(queries)
    return true
  }
  return { type: 'done', outcome, change: { write } }
}

function newsAsk({ title, text }: HoldingNews): Ask {
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

export const allOffAsk = nothingLeft('factor.all_off.title', 'factor.all_off.text')
const allLostAsk = nothingLeft('factor.all_lost.title', 'factor.all_lost.text')

function nothingLeft(title: MessageKey, text: MessageKey): Ask {
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
    async run(visit) {
      const fitting = await fittingWays(options, visit)
      const held = fitting.ways
      const action = visit.answers?.action ?? visit.kept[chosenKey]
      if (action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const chosen = held.find(({ way }) => way.name === action)
      if (chosen === undefined) {
        const isNone = held.length === 0 && levelsIn(fitting.held).reach !== undefined
        return {
          type: 'ask',
          ask: isNone ? await nothingFits(options, visit, fitting) : otherAsk(held),
        }
      }
      const change = { kept: { [chosenKey]: undefined } }
      return { type: 'done', outcome: chosen.way.name as Name, change }
    },
  }
}

export function otherAsk(held: readonly Pick<HeldWay, 'way'>[]): Ask {
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
