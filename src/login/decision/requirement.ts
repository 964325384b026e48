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
import { requireUserId, type Step, type StepContext } from '../engine/step.ts'
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
    async run(context) {
      if (context.data[changeRequiredKey] === true) {
        return { type: 'done', outcome: beforeNewPassword(await factsFor(options, context)) }
      }
      const { policy } = await appFor(options, context)
      // Nothing to find out where nothing is asked.
      if (policy.secondFactor === 'none') return { type: 'done', outcome: 'enough' }
      const facts = await factsFor(options, context)
      const need = secondFactorNeed(policy, facts)
      // Who only confirms who they are has said already what they want to do. A second factor that is weaker than the
      // person's strongest is here a recovery code: no other one was to choose.
      const isEnough =
        context.request.confirms !== undefined &&
        (need === 'offer' || isAtLeast(facts.acr, acrPossession))
      return {
        type: 'done',
        outcome: isEnough ? 'enough' : need,
        change: { data: { [reachKey]: facts.reach ?? 'none' } },
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
export async function wantedOf(options: NeedOptions, context: StepContext): Promise<Acr> {
  const { policy } = await appFor(options, context)
  return levelOf(policy, (await factsFor(options, context)).reach)
}

/** Whether a second factor that reaches this level may be registered now, and is worth it. */
export async function mayRegister(
  options: NeedOptions,
  queries: Queries,
  context: StepContext,
  reach: Acr,
): Promise<boolean> {
  const { policy } = await appFor(options, context, queries)
  const facts = await factsFor(options, context, queries)
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
  context: StepContext,
  withPassword: boolean,
): Promise<boolean> {
  if (context.data[provenKey] !== undefined) return true
  return withPassword && (await isAllUnreachable(options, queries, requireUserId(context)))
}

/** The app and the rule of a request. An app that was removed meanwhile has the default's. */
export async function appFor(
  options: NeedOptions,
  { request, userId }: Pick<StepContext, 'request' | 'userId'>,
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
  context: StepContext,
  queries: Queries = options.db,
): Promise<SecondFactorFacts> {
  const { now } = context
  const userId = requireUserId(context)
  const choices = await options.choices.find(queries, userId)
  const proven = context.data[provenKey]
  return {
    acr: typeof proven === 'string' ? proven : acrPassword,
    ...(await options.levelsOf(queries, userId)),
    recovered: context.data[recoveredKey] === true,
    declinedAt: choices.declinedAt,
    putOff: [],
    skipsUsed: choices.skipsUsed,
    now,
  }
}
