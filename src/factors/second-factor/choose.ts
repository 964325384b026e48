/**
 * Which second factor is asked for: first the one that was used last, and on demand any other that the person has.
 * Two steps, one without a page (`second-factor/first`) and one with (`second-factor/other`).
 */
import type { Step, Visit } from '../../engine/step.ts'
import type { Id } from '../../kernel/ids.ts'
import { type Acr, acrPassword, isAtLeast, strongerOf } from '../../policy/assurance.ts'
import type { Database } from '../../storage/database.ts'
import { message } from '../../ui/message.ts'
import { type SecondFactorWay, type WayName, waysOf } from '../factor.ts'

export interface ChooseOptions<Name extends WayName> {
  readonly db: Database
  readonly ways: readonly SecondFactorWay<Name>[]
  /** The level that this journey is to reach. */
  readonly wantedOf: (visit: Visit) => Promise<Acr>
}

/**
 * The ways that the person has and that would do here, the last used first. When none reaches what is wanted, the
 * strongest: it has to be shown before a stronger one is registered.
 */
export async function fittingWays<Name extends WayName>(
  { db, ways, wantedOf }: ChooseOptions<Name>,
  visit: Visit,
): Promise<SecondFactorWay[]> {
  const held = await waysOf(ways, db, userOf(visit))
  const best = held.filter(({ isFallback }) => !isFallback).map(({ reach }) => reach)
  const strongest = best.reduce<Acr>(strongerOf, acrPassword)
  const wanted = await wantedOf(visit)
  const needed = isAtLeast(strongest, wanted) ? wanted : strongest
  return held.filter(({ reach, isFallback }) => isFallback || isAtLeast(reach, needed))
}

export function createFirstStep<Name extends WayName>(
  options: ChooseOptions<Name>,
): Step<'second-factor/first', Name | 'none'> {
  return {
    name: 'second-factor/first',
    outcomes: [...options.ways.map((way) => way.name), 'none'],
    async run(visit) {
      const [first] = await fittingWays(options, visit)
      return { type: 'done', outcome: (first?.name ?? 'none') as Name | 'none' }
    },
  }
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
