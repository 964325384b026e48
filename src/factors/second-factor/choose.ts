/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps: `second-factor/first`, with a page only for whom nothing is left, and `second-factor/other`.
 */
import type { Ask } from '../../engine/prompt.ts'
import type { Step, Visit } from '../../engine/step.ts'
import type { Id } from '../../kernel/ids.ts'
import { type Acr, acrPassword, isAtLeast, strongerOf } from '../../policy/assurance.ts'
import type { Database } from '../../storage/database.ts'
import { message } from '../../ui/message.ts'
import {
  provenKey,
  reachOf,
  type SecondFactorWay,
  type WayName,
  type WaysOptions,
  waysOf,
} from '../factor.ts'

export interface ChooseOptions<Name extends WayName> extends WaysOptions<Name> {
  readonly db: Database
  /** The level that this journey is to reach. */
  readonly wantedOf: (visit: Visit) => Promise<Acr>
}

/**
 * The ways that the person has and that would do here, the last used first. When none reaches what is wanted, the
 * strongest: it has to be shown before a stronger one is registered.
 */
export async function fittingWays<Name extends WayName>(
  options: ChooseOptions<Name>,
  visit: Visit,
): Promise<SecondFactorWay[]> {
  const held = await waysOf(options, options.db, userOf(visit))
  const best = held.filter(({ isFallback }) => !isFallback).map(({ reach }) => reach)
  const strongest = best.reduce<Acr>(strongerOf, acrPassword)
  const wanted = await options.wantedOf(visit)
  const needed = isAtLeast(strongest, wanted) ? wanted : strongest
  // What was proven already is not worth a code of those to fall back on.
  const proven = `${visit.kept[provenKey] ?? acrPassword}`
  return held.filter(({ reach, isFallback }) =>
    isFallback ? !isAtLeast(proven, reach) : isAtLeast(reach, needed),
  )
}

export function createFirstStep<Name extends WayName>(
  options: ChooseOptions<Name>,
): Step<'second-factor/first', Name | 'none' | 'cancelled'> {
  return {
    name: 'second-factor/first',
    outcomes: [...options.ways.map((way) => way.name), 'none', 'cancelled'],
    async run(visit) {
      const [first] = await fittingWays(options, visit)
      if (first !== undefined) return { type: 'done', outcome: first.name as Name }
      const reach = await reachOf(options, options.db, userOf(visit))
      if (reach === undefined) return { type: 'done', outcome: 'none' }
      // There are some, but all are off, and nothing is left to get around them.
      if (visit.answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      return { type: 'ask', ask: allOffAsk }
    },
  }
}

const allOffAsk: Ask = {
  title: message('factor.all_off.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'error', text: message('factor.all_off.text') },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'cancel', label: message('push.cancel'), look: 'secondary' }],
    },
  ],
}

export function createOtherStep<Name extends WayName>(
  options: ChooseOptions<Name>,
): Step<'second-factor/other', Name | 'cancelled'> {
  return {
    name: 'second-factor/other',
    outcomes: [...options.ways.map((way) => way.name), 'cancelled'],
    async run(visit) {
      const ways = await fittingWays(options, visit)
      const action = visit.answers?.action
      if (action === 'cancel') return { type: 'done', outcome: 'cancelled' }
      const chosen = ways.find((way) => way.name === action)
      if (chosen !== undefined) return { type: 'done', outcome: chosen.name as Name }
      return { type: 'ask', ask: askFor(ways) }
    },
  }
}

function askFor(ways: readonly SecondFactorWay[]) {
  return {
    title: message('other.title'),
    lead: message('other.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          ...ways.map(
            ({ name, label, hint, icon }) =>
              ({ value: name, label, hint, look: 'card', icon }) as const,
          ),
          { value: 'cancel', label: message('push.cancel'), look: 'quiet' },
        ],
      },
    ],
  } as const
}

function userOf(visit: Visit): Id<'user'> {
  if (visit.userId === undefined) throw new Error('a second factor needs a user')
  return visit.userId
}
