/** Gathers what the rule of binding.ts depends on, from the journey in which the act happens, and from nothing else. */
import type { Acr } from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isBesidePassword, type Proof } from '../engine/proofs.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import type { JourneyStore } from '../engine/store.ts'
import { mustChangePasswordEntry } from '../factors/enrolled.ts'
import { factorKinds, isFallback } from '../factors/index.ts'
import { type ActProof, type BindingAct, type BindingDecision, decideBinding } from './binding.ts'

export interface BindingSources {
  readonly journeys: Pick<JourneyStore, 'proofsOfJourney'>
  /** The highest level of the user's second factors; `undefined` when the user has none and has lost none. */
  readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
}

/** Inside a transaction, lock the user first: then the answer holds until its end. */
export type DecideBinding = (queries: Queries, context: StepContext) => Promise<BindingDecision>

export function createDecideBinding({ journeys, findHighest }: BindingSources): DecideBinding {
  return async (queries, context) => {
    const written = await journeys.proofsOfJourney(queries, context.journeyHash)
    return decideBinding({
      act: findAct(context),
      proofs: [...written, ...context.unwrittenProofs].map(toActProof),
      highestLevel: await findHighest(queries, requireUserId(context)),
      mustChangePassword: mustChangePasswordEntry.read(context.data) === true,
    })
  }
}

function toActProof(proof: Proof): ActProof {
  return { ...proof, isFallback: isBesidePassword(proof) && isFallback(proof.factor) }
}

function findAct({ request: { authenticator } }: StepContext): BindingAct {
  if (authenticator === undefined) return 'add'
  const { kind, replaces, removes } = authenticator
  if (removes !== undefined) return 'remove'
  if (replaces !== undefined) return 'replace'
  return factorKinds.some((one) => one === kind && isFallback(one)) ? 'make_codes' : 'add'
}
