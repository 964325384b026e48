/**
 * Who may change what a person confirms with. The rule:
 *
 *   An authenticator is bound by a proof of this act, never of an earlier one.
 *
 * An act is one change: to add, replace or remove an authenticator, to make recovery codes. Its proof is given in the journey
 * that performs the act. A session proves nothing here, however new and strong its login was: its cookie may be a copy. A login
 * that itself goes on into an enrolment is the journey of that act, so what it has verified is enough.
 *
 * The proof is the strongest second factor that the person has, or a fallback (a recovery code, a pass) in place of what was
 * lost. A person without a second factor gives the password; what else a first one needs says first-factor.ts. The proof is a row
 * of the journey, so every node sees it, it is used by one act only, and it ends with the journey.
 *
 * Pure, like decide.ts: binding-facts.ts gathers the facts. Asked before the act, and again in the transaction that performs it,
 * with the person locked: of two journeys that bind at once, the later one needs a proof by what the first has bound.
 */
import {
  type Acr,
  acrPossession,
  assessProofs,
  hasFirstFactor,
  isAtLeast,
  type ProvenFactor,
} from '../../identity/policy/assurance.ts'

/** What changes. `remove` of the last authenticator needs the same proof as that of any other. */
export const bindingActs = ['add', 'replace', 'remove', 'make_codes'] as const
export type BindingAct = (typeof bindingActs)[number]

/** A proof that was given in the journey of the act. */
export interface ActProof extends ProvenFactor {
  /** Of a recovery code or a pass. */
  readonly isFallback: boolean
}

export interface BindingFacts {
  readonly act: BindingAct
  /** Those of this journey alone. Not the one by which a new authenticator shows that it works: it is no proof of its owner. */
  readonly proofs: readonly ActProof[]
  /** The highest level of the person's second factors, also of those that are off; `undefined`: the person has none. */
  readonly highestLevel: Acr | undefined
  /** The person has to choose another password first. */
  readonly mustChangePassword: boolean
}

export type BindingDecision =
  | {
      readonly type: 'enough'
      /** What the act is based on. */
      readonly by: 'factor' | 'fallback' | 'password'
    }
  /** Ask for a second factor of at least this level, or for a fallback in its place. */
  | { readonly type: 'verify'; readonly level: Acr }
  /** The person has no second factor: ask for the password. */
  | { readonly type: 'password' }
  /** Nothing that the journey could ask for would do. */
  | { readonly type: 'refused'; readonly reason: 'must_change_password' }

/**
 * The decision. More proof never makes it stricter, and a second factor that the person has never makes it laxer.
 * @example
 * const decision = decideBinding({ act: 'add', proofs, highestLevel, mustChangePassword: false })
 * if (decision.type === 'verify') askFor(decision.level)
 */
export function decideBinding(facts: BindingFacts): BindingDecision {
  const { proofs, highestLevel } = facts
  if (facts.mustChangePassword) return { type: 'refused', reason: 'must_change_password' }
  const own = proofs.filter(({ isFallback }) => !isFallback)
  const decision =
    highestLevel === undefined
      ? decideWithoutSecondFactor(own)
      : decideWithSecondFactor(own, highestLevel)
  if (decision.type === 'enough' || own.length === proofs.length) return decision
  return { type: 'enough', by: 'fallback' }
}

/** The first authenticator of all. */
function decideWithoutSecondFactor(proofs: readonly ActProof[]): BindingDecision {
  return hasFirstFactor(proofs) ? { type: 'enough', by: 'password' } : { type: 'password' }
}

function decideWithSecondFactor(proofs: readonly ActProof[], highestLevel: Acr): BindingDecision {
  const isProven = proofs.some((proof) => isAtLeast(findLevel(proof), highestLevel))
  return isProven
    ? { type: 'enough', by: 'factor' }
    : {
        type: 'verify',
        level: isAtLeast(highestLevel, acrPossession) ? highestLevel : acrPossession,
      }
}

/** The level of a second factor beside the password of the login that the session began with. */
const findLevel = (proof: ActProof): Acr => assessProofs([password, proof]).acr

const password: ProvenFactor = { strength: 'knowledge', amr: ['pwd'] }
