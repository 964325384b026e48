/**
 * Asks the policy whether a second factor is needed, as a step without a page. Gathers the facts; the decision is
 * policy/policy.ts.
 */

import { type Acr, acrPassword, acrPossession, isAtLeast } from '../../identity/policy/assurance.ts'
import { personalPolicy, type Rules } from '../../identity/policy/personal.ts'
import {
  type Demand,
  levelOf,
  type Policy,
  type SecondFactorFacts,
  secondFactorNeed,
} from '../../identity/policy/policy.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Step, userOf, type Visit } from '../engine/step.ts'
import {
  changeRequiredKey,
  type EnrolledOptions,
  isAllUnreachable,
  type Levels,
  provenKey,
  reachKey,
  recoveredKey,
} from '../factors/enrolled.ts'
import type { ChoiceStore } from './choices.ts'

/** The app that a journey is for, as far as a second factor is concerned. */
export interface EnteredApp {
  readonly name: string
  readonly policy: Policy
}

export interface NeedOptions extends Rules {
  readonly db: Database
  readonly choices: ChoiceStore
  readonly levelsOf: (queries: Queries, userId: Id<'user'>) => Promise<Levels>
  readonly appOf: (queries: Queries, appId: string) => Promise<EnteredApp | undefined>
  /** The rule where no app asks: the person's own pages. */
  readonly defaultPolicy: Policy
}

type Outcome = 'enough' | 'confirm' | 'offer' | 'change_password'

export function createNeedStep(options: NeedOptions): Step<'second-factor/need', Outcome> {
  return {
    name: 'second-factor/need',
    outcomes: ['enough', 'confirm', 'offer', 'change_password'],
    async run(visit) {
      if (visit.kept[changeRequiredKey] === true) {
        return { type: 'done', outcome: beforeNewPassword(await factsFor(options, visit)) }
      }
      const { policy } = await appFor(options, visit)
      // Nothing to find out where nothing is asked.
      if (policy.secondFactor === 'none') return { type: 'done', outcome: 'enough' }
      const facts = await factsFor(options, visit)
      const need = secondFactorNeed(policy, facts)
      // Who only confirms who they are has said already what they want to do. A second factor that is weaker than the
      // person's strongest is here a recovery code: no other one was to choose.
      const isEnough =
        visit.request.confirms !== undefined &&
        (need === 'offer' || isAtLeast(facts.acr, acrPossession))
      return {
        type: 'done',
        outcome: isEnough ? 'enough' : need,
        change: { kept: { [reachKey]: facts.reach ?? 'none' } },
      }
    },
  }
}

/**
 * Whoever knows a password that has to be changed may not be its owner. So a person who has a second factor proves it
 * first, whatever the app asks for; and a phone is offered to nobody before the password is new.
 */
function beforeNewPassword({ reach, acr }: SecondFactorFacts): Outcome {
  return reach !== undefined && !isAtLeast(acr, acrPossession) ? 'confirm' : 'change_password'
}

/** The level that a visit is to reach. */
export async function wantedOf(options: NeedOptions, visit: Visit): Promise<Acr> {
  const { policy } = await appFor(options, visit)
  return levelOf(policy, (await factsFor(options, visit)).reach)
}

/** Whether a second factor that reaches this level may be registered now, and is worth it. */
export async function mayRegister(
  options: NeedOptions,
  queries: Queries,
  visit: Visit,
  reach: Acr,
): Promise<boolean> {
  const { policy } = await appFor(options, visit, queries)
  const facts = await factsFor(options, visit, queries)
  return (
    secondFactorNeed(policy, facts) === 'offer' && isAtLeast(reach, levelOf(policy, facts.reach))
  )
}

/**
 * Whether something may be registered in place of what cannot be asked any more: after another second factor was
 * shown, or, where the configuration says so, by a person who has nothing else at all.
 * @param withPassword what the configuration says
 */
export async function mayRegisterAnew(
  options: EnrolledOptions,
  queries: Queries,
  visit: Visit,
  withPassword: boolean,
): Promise<boolean> {
  if (visit.kept[provenKey] !== undefined) return true
  return withPassword && (await isAllUnreachable(options, queries, userOf(visit)))
}

/** The app and the rule of a request. An app that was removed meanwhile has the default's. */
export async function appFor(
  options: NeedOptions,
  { request, userId }: Pick<Visit, 'request' | 'userId'>,
  queries: Queries = options.db,
): Promise<{ name: string | undefined; policy: Demand }> {
  const app = request.appId === undefined ? undefined : await options.appOf(queries, request.appId)
  const rule = app?.policy ?? options.defaultPolicy
  const { acrValues } = request
  const policy = await personalPolicy(options, queries, rule, userId ?? '', acrValues, {
    isOwnPages: request.appId === undefined,
  })
  return { name: app?.name, policy }
}

/** Inside a login nothing but the password and what was kept is proven, and nothing is put off. */
export async function factsFor(
  options: NeedOptions,
  visit: Visit,
  queries: Queries = options.db,
): Promise<SecondFactorFacts> {
  const { now } = visit
  const userId = userOf(visit)
  const choices = await options.choices.find(queries, userId)
  const proven = visit.kept[provenKey]
  return {
    acr: typeof proven === 'string' ? proven : acrPassword,
    ...(await options.levelsOf(queries, userId)),
    recovered: visit.kept[recoveredKey] === true,
    declinedAt: choices.declinedAt,
    putOff: [],
    skipsUsed: choices.skipsUsed,
    now,
  }
}
