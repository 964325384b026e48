/**
 * Asks for the proof of an act, as a step without a page: it leads to a second factor or to the password, and comes back to
 * the act. The rule is decision/binding.ts.
 */
import { z } from 'zod'
import type { Database } from '../../platform/storage/database.ts'
import type { DecideBinding } from '../decision/binding-facts.ts'
import { journeyEntry } from '../engine/data.ts'
import type { StepName } from '../engine/journey.ts'
import type { Step, StepContext, StepResult } from '../engine/step.ts'

export interface BindingStepOptions {
  readonly db: Database
  readonly decideBinding: DecideBinding
}

export type BindingStep = Step<'binding/proof', string>

/** What follows when the proof is enough. */
const actEntry = journeyEntry('binding.act', z.string())

/** @param acts the outcomes that lead to an act. If there is only one, no step has to choose it. */
export function createBindingStep(
  { db, decideBinding }: BindingStepOptions,
  acts: readonly string[],
): BindingStep {
  const [only] = acts.length === 1 ? acts : []
  return {
    name: 'binding/proof',
    outcomes: [...acts, 'verify', 'password', 'refused'],
    async run(context) {
      const act = only ?? actEntry.read(context.data) ?? ''
      if (!acts.includes(act)) return { type: 'done', outcome: 'refused' }
      const { type } = await decideBinding(db, context)
      return { type: 'done', outcome: type === 'enough' ? act : type }
    },
  }
}

/** The same step, which remembers the act that was chosen in it. */
export function chooseAct<Name extends StepName, Outcome extends string>(
  step: Step<Name, Outcome>,
  acts: readonly string[],
): Step<Name, Outcome> {
  return { ...step, run: async (context: StepContext) => remember(await step.run(context), acts) }
}

function remember<Outcome extends string>(
  result: StepResult<Outcome>,
  acts: readonly string[],
): StepResult<Outcome> {
  if (result.type !== 'done' || !acts.includes(result.outcome)) return result
  const data = { ...result.change?.data, ...actEntry.write(result.outcome) }
  return { ...result, change: { ...result.change, data } }
}

/** Each act leads to the proof first. */
export function toBinding<Act extends string>(acts: readonly Act[]) {
  const entries = acts.map((act) => [act, 'binding/proof'] as const)
  return Object.fromEntries(entries) as Readonly<Record<Act, 'binding/proof'>>
}
