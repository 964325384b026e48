/**
 * Cards of factors that cannot be asked before a certain time. They say from when, and a person who chooses one all the same
 * stays on the page with the other factors.
 */
import type { FormError, StepContext } from '../engine/step.ts'
import type { ChoosableFactor, FactorCard, Hold } from './factor.ts'

type Factors = readonly Pick<ChoosableFactor, 'kind' | 'findHold'>[]

async function findHold(
  factors: Factors,
  context: StepContext,
  { kind, authenticatorId }: FactorCard,
): Promise<Hold | undefined> {
  const factor = factors.find((one) => one.kind === kind)
  return await factor?.findHold?.(context, authenticatorId)
}

/** The cards, each with the time from which it can be asked where that is not now. */
export async function markHeld(
  factors: Factors,
  context: StepContext,
  cards: readonly FactorCard[],
): Promise<FactorCard[]> {
  return await Promise.all(
    cards.map(async (card) => {
      const hold = await findHold(factors, context, card)
      return hold?.hint === undefined ? card : { ...card, hint: hold.hint, isHeld: true }
    }),
  )
}

/** Why this card cannot be chosen now; `undefined`: it can. */
export async function refuseHeld(
  factors: Factors,
  context: StepContext,
  card: FactorCard,
): Promise<FormError | undefined> {
  return await (await findHold(factors, context, card))?.refuse?.()
}
