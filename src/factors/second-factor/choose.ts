/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left or who has lost something, and
 * `second-factor/other`.
 */
import type { Ask } from '../../engine/prompt.ts'
import type { Step, StepResult, Visit } from '../../engine/step.ts'
import type { Id } from '../../kernel/ids.ts'
import { type Acr, acrPassword, isAtLeast } from '../../policy/assurance.ts'
import type { Database, Queries } from '../../storage/database.ts'
import { type MessageKey, message } from '../../ui/message.ts'
import {
  chosenKey,
  type HeldWay,
  type HoldingNews,
  heldWays,
  levelsIn,
  levelsOf,
  provenKey,
  usableIn,
  type WayName,
  type WaysOptions,
  wayOption,
} from '../factor.ts'

export interface ChooseOptions<Name extends WayName> extends WaysOptions<Name> {
  readonly db: Database
  /** The level that this journey is to reach. */
  readonly wantedOf: (visit: Visit) => Promise<Acr>
}

/**
 * The ways that the person can use and that would do here, the last used first. When none reaches what is wanted, the
 * strongest: it has to be shown before a stronger one is registered. Where the strongest is off, a weaker one is no way
 * around it, unless that is what is wanted; a recovery code is.
 */
export async function fittingWays<Name extends WayName>(
  options: ChooseOptions<Name>,
  visit: Visit,
): Promise<HeldWay[]> {
  const held = await heldWays(options, options.db, userOf(visit))
  const strongest = levelsIn(held).reach ?? acrPassword
  const wanted = await options.wantedOf(visit)
  const needed = isAtLeast(strongest, wanted) ? wanted : strongest
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${visit.kept[provenKey] ?? acrPassword}`
  return usableIn(held).filter(({ reach, way }) =>
    way.isFallback ? !isAtLeast(proven, reach) : isAtLeast(reach, needed),
  )
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
      const held = await fittingWays(options, visit)
      const [first] = held
      if (first !== undefined) return goTo(first, held, visit)
      const { reach } = await levelsOf(options, options.db, userOf(visit))
      if (reach === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but what would do here cannot be asked, and nothing is left to get around it.
      if (visit.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const off = await options.offOf(options.db, userOf(visit))
      return { type: 'ask', ask: off.size > 0 ? allOffAsk : allLostAsk }
    },
  }
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
        options: [{ value: 'cancel', label: message('push.cancel'), look: 'secondary' }],
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
      const held = await fittingWays(options, visit)
      const action = visit.answers?.action ?? visit.kept[chosenKey]
      if (action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const chosen = held.find(({ way }) => way.name === action)
      if (chosen === undefined) return { type: 'ask', ask: otherAsk(held) }
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
          { value: 'cancel', label: message('push.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}

function userOf(visit: Visit): Id<'user'> {
  if (visit.userId === undefined) throw new Error('a second factor needs a user')
  return visit.userId
}
