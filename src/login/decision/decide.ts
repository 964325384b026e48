/**
 * What a person still has to do for a request. Owns the one decision that the gate, the choice of the next journey and the
 * steps of a login all use. It is pure: facts.ts gathers the facts, requirement.ts what the request requires.
 */
import {
  type Acr,
  acrPassword,
  acrPossession,
  findHighestLevel,
  isAtLeast,
  strengthLevels,
} from '../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { hours } from '../../platform/kernel/clock.ts'
import type { DeferralRule } from './deferral.ts'

/** What is asked of a person. */
export interface Requirement {
  readonly policy: EffectivePolicy
  /** Milliseconds since the epoch: the person must have authenticated at or after this time. */
  readonly authenticatedSince?: number
  /** For the person's own pages: where the factor is optional, everybody may open them. */
  readonly isForOwnPages?: boolean
  /** The login only confirms who is there, for a change on the person's own pages: nothing is offered. */
  readonly isConfirmation?: boolean
}

/** What is known of a person, and of the session or journey in which they are. Times are milliseconds since the epoch. */
export interface Facts {
  readonly now: number
  readonly authenticatedAt: number
  /** What this session or journey has proven. */
  readonly achievedLevel: string
  /** The highest level that the person's second factors reach; undefined: none are enrolled. */
  readonly highestLevel: Acr | undefined
  /** The highest level of those that can be used now. Less than `highestLevel`: the strongest factor is off. */
  readonly usableLevel: Acr | undefined
  /** The last second factor was removed by an administrator or lost, and no other one was enrolled since. */
  readonly isAllLost: boolean
  /** A recovery code or a pass was shown in this login. */
  readonly isRecovered: boolean
  /** The password lets nobody in until another one is chosen. */
  readonly mustChangePassword: boolean
  readonly declinedAt: number | null
  /** How often the person has deferred enrolment so far. */
  readonly deferralsUsed: number
  /** When the person last used up a deferral, in whichever session; absent or null: never. */
  readonly lastDeferredAt?: number | null
  /** The rules under which enrolment was deferred in this session. */
  readonly deferredUnder: readonly DeferralRule[]
}

/**
 * `enough`: let in. `authenticate`: a whole new login. `change_password`: nothing else before the password is new.
 * `refused`: the person may not enter this app, so nothing more is asked. `verify`: ask for a second factor that the person
 * has. `enrol`: offer a new one, which the person may defer or decline where that is allowed.
 */
export type Decision = DecisionCommon &
  (
    | {
        readonly type: 'enough'
        readonly reason:
          | 'not_required'
          | 'level_achieved'
          | 'deferred'
          | 'declined'
          | 'own_pages'
          | 'confirmed'
      }
    | { readonly type: 'authenticate'; readonly reason: 'too_old' }
    | { readonly type: 'change_password'; readonly reason: 'must_change' }
    | { readonly type: 'refused'; readonly reason: 'not_allowed' }
    | {
        readonly type: 'verify'
        /** `too_weak`: no usable factor reaches the required level, but one is verified before more is enrolled. */
        readonly reason: 'can_be_used' | 'too_weak' | 'before_new_password'
      }
    | {
        readonly type: 'enrol'
        /**
         * `factor_off`: a recovery code stands for the strongest factor, which has to be enrolled again. `all_lost`: it
         * stands for all that was lost; the person may go on without another one, as long as there are codes or passes.
         */
        readonly reason: 'none_enrolled' | 'too_weak' | 'factor_off' | 'all_lost'
      }
  )

interface DecisionCommon {
  /** What has to be achieved. */
  readonly requiredLevel: Acr
  /** How often the person may still defer enrolment. */
  readonly deferralsLeft: number
  readonly mayDecline: boolean
}

/**
 * The decision. More proof never makes it stricter.
 * @example
 * const decision = decide(requirement, facts)
 * if (decision.type === 'enough') enter()
 * if (decision.type === 'enrol') offer(decision.deferralsLeft, decision.mayDecline)
 */
export function decide(requirement: Requirement, facts: Facts): Decision {
  const { policy } = requirement
  const isOff = isStrongestOff(facts)
  const common: DecisionCommon = {
    requiredLevel: findRequiredLevel(policy, facts.highestLevel),
    deferralsLeft: isOff ? 0 : countDeferralsLeft(policy, facts),
    mayDecline: !isOff && isDeclineAllowed(policy),
  }
  return { ...common, ...choose(requirement, facts, common.requiredLevel) }
}

type Choice = Decision extends infer D
  ? D extends D
    ? Omit<D, keyof DecisionCommon>
    : never
  : never

function choose(requirement: Requirement, facts: Facts, requiredLevel: Acr): Choice {
  const { authenticatedSince, isConfirmation = false } = requirement
  if (authenticatedSince !== undefined && facts.authenticatedAt < authenticatedSince) {
    return { type: 'authenticate', reason: 'too_old' }
  }
  if (facts.mustChangePassword) return chooseBeforeNewPassword(facts)
  if (requirement.policy.isEntryRefused) return { type: 'refused', reason: 'not_allowed' }
  const choice = chooseBySecondFactor(requirement, facts, requiredLevel)
  if (!isConfirmation || choice.type === 'enough') return choice
  // A person who confirms who they are has already said what they want to do. If they used a second factor below their
  // highest level, it was a recovery code: no other one could be chosen.
  const isConfirmed = choice.type === 'enrol' || isAtLeast(facts.achievedLevel, acrPossession)
  return isConfirmed ? { type: 'enough', reason: 'confirmed' } : choice
}

/**
 * The person who types a password that has to be changed may not be its owner. So a user with a second factor verifies it
 * first, whatever the app asks for. No second factor is offered before the password is new.
 */
function chooseBeforeNewPassword({ highestLevel, achievedLevel }: Facts): Choice {
  return highestLevel !== undefined && !isAtLeast(achievedLevel, acrPossession)
    ? { type: 'verify', reason: 'before_new_password' }
    : { type: 'change_password', reason: 'must_change' }
}

function chooseBySecondFactor(
  { policy, isForOwnPages = false }: Requirement,
  facts: Facts,
  requiredLevel: Acr,
): Choice {
  const { achievedLevel, highestLevel, usableLevel } = facts
  if (policy.secondFactor === 'none') return { type: 'enough', reason: 'not_required' }
  if (isReplacementDue(facts)) return { type: 'enrol', reason: 'all_lost' }
  if (isAchieved(facts, requiredLevel)) return { type: 'enough', reason: 'level_achieved' }
  // A person who has a second factor verifies it before anything else, even where it is too weak: otherwise the password
  // alone would be enough to enrol another one.
  if (highestLevel !== undefined && !isAtLeast(achievedLevel, highestLevel)) {
    if (isStrongestOff(facts)) return { type: 'enrol', reason: 'factor_off' }
    const isUsable = usableLevel !== undefined && isAtLeast(usableLevel, requiredLevel)
    return { type: 'verify', reason: isUsable ? 'can_be_used' : 'too_weak' }
  }
  if (isDeferred(policy, facts)) return { type: 'enough', reason: 'deferred' }
  if (isDeclined(policy, facts)) return { type: 'enough', reason: 'declined' }
  if (isForOwnPages && mayEnterOwnPages(policy, facts))
    return { type: 'enough', reason: 'own_pages' }
  return { type: 'enrol', reason: highestLevel === undefined ? 'none_enrolled' : 'too_weak' }
}

/**
 * Whether the level of a session is enough for this policy, whatever second factors its person has: then they do not have
 * to be read. Does not check when the person authenticated, nor who may enter.
 */
export function isEnoughByItself(policy: EffectivePolicy, achievedLevel: string): boolean {
  if (policy.secondFactor === 'none') return true
  // This level is required only as far as the person has enrolled it, so the session alone does not decide.
  if (policy.attainableLevel !== undefined) return false
  return isAtLeast(achievedLevel, strengthLevels[policy.level ?? 'possession'])
}

/** Whether a second factor of this level may be enrolled now and would be enough. */
export function isEnrolmentAllowed(decision: Decision, level: Acr): boolean {
  return decision.type === 'enrol' && isAtLeast(level, decision.requiredLevel)
}

/** The level that has to be achieved. Where the factor is optional, nobody needs a stronger one than they have. */
export function findRequiredLevel(policy: EffectivePolicy, highestLevel: Acr | undefined): Acr {
  const required = strengthLevels[policy.level ?? 'possession']
  if (policy.secondFactor !== 'required') return limitToHighest(required, highestLevel)
  const { attainableLevel } = policy
  if (attainableLevel === undefined) return required
  const own = limitToHighest(strengthLevels[attainableLevel], highestLevel)
  return findHighestLevel([required, own])
}

function limitToHighest(level: Acr, highest: Acr | undefined): Acr {
  return highest === undefined || isAtLeast(highest, level) ? level : highest
}

/** Whether a session proves as much as its person can. A recovery code stands for what was lost. */
export function isHighestAchieved({
  achievedLevel,
  highestLevel,
  isRecovered,
}: Pick<Facts, 'achievedLevel' | 'highestLevel' | 'isRecovered'>): boolean {
  return highestLevel === undefined || isRecovered || isAtLeast(achievedLevel, highestLevel)
}

/** Whether a recovery code was shown where the strongest second factor is off. Then it has to be enrolled again. */
function isStrongestOff({ highestLevel, usableLevel, isRecovered }: Facts): boolean {
  if (!isRecovered || highestLevel === undefined) return false
  return !isAtLeast(usableLevel ?? acrPassword, highestLevel)
}

/** Whether a fallback was shown for all that was lost, so that a new factor is enrolled now. */
function isReplacementDue({ isAllLost, isRecovered, achievedLevel, highestLevel }: Facts): boolean {
  return isAllLost && isRecovered && isAtLeast(achievedLevel, highestLevel ?? acrPossession)
}

/** A person who has nothing enrolled shows a pass of the service desk only in order to enrol it. */
function isAchieved({ achievedLevel, isRecovered, highestLevel }: Facts, required: Acr): boolean {
  const isFirstDue = isRecovered && highestLevel === undefined
  return isAtLeast(achievedLevel, required) && !isFirstDue
}

/** A person who declined or deferred anywhere, or may not defer any more, is not asked on their own pages. */
function mayEnterOwnPages(policy: Policy, facts: Facts): boolean {
  if (policy.secondFactor !== 'optional') return false
  const isDecided = facts.declinedAt !== null || facts.deferredUnder.length > 0
  return isDecided || countDeferralsLeft(policy, facts) === 0
}

/** A deferral at one app is valid at another one only if that one is no stricter. */
function isDeferred(policy: Policy, { deferredUnder, now }: Facts): boolean {
  return allowsDeferral(policy, now) && deferredUnder.some((rule) => isNoStricter(policy, rule))
}

function isNoStricter(policy: DeferralRule, than: DeferralRule): boolean {
  if (policy.secondFactor === 'required' && than.secondFactor !== 'required') return false
  const [level, before] = [policy, than].map((rule) => strengthLevels[rule.level ?? 'possession'])
  return isAtLeast(`${before}`, `${level}`) && policy.skips >= than.skips
}

/** How often this person may still defer enrolment. */
export function countDeferralsLeft(
  policy: Policy,
  { deferralsUsed, now }: Pick<Facts, 'deferralsUsed' | 'now'>,
): number {
  return allowsDeferral(policy, now) ? Math.max(0, policy.skips - deferralsUsed) : 0
}

/** A person who opens their own pages again on the same day, in any browser, uses up no further deferral. */
const deferralLasts = hours(12)

/** Whether a deferral now repeats one that the person has already used up. */
export function isDeferredAgain(
  { policy, isForOwnPages = false }: Requirement,
  { lastDeferredAt, now }: Facts,
): boolean {
  if (!isForOwnPages || policy.secondFactor !== 'optional') return false
  return now < (lastDeferredAt ?? Number.NEGATIVE_INFINITY) + deferralLasts
}

export function isDeclineAllowed(policy: Policy): boolean {
  return policy.secondFactor === 'optional' && policy.decline
}

function isDeclined(policy: Policy, { declinedAt, now }: Facts): boolean {
  if (declinedAt === null || !isDeclineAllowed(policy)) return false
  return policy.declineDays === undefined || now < declinedAt + policy.declineDays * day
}

const day = 24 * 60 * 60 * 1000

function allowsDeferral(policy: Policy, now: number): boolean {
  return policy.skips > 0 && (policy.skipUntil === undefined || now < endOfDay(policy.skipUntil))
}

function endOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + day
}
