/**
 * The parts of journeys that every factor brings, embedded by the same rules: fallbacks are made after an enrolment and made
 * anew after one was used. Whether that is due, their own step decides, which else lets the journey pass.
 */
import { type Entry, embed, enter, type Fragment, type Part } from '../engine/compose.ts'
import type { StepName } from '../engine/journey.ts'
import type { Factor } from '../factors/factor.ts'
import type { FactorKind } from '../factors/index.ts'
import { listOffered } from './second-factor/offer.ts'

export type JourneyFactor = Pick<
  Factor,
  'kind' | 'highestLevel' | 'isFallback' | 'offer' | 'enrol' | 'verify' | 'trial'
>

type Target = StepName | 'finish' | 'leave' | Entry

/** For each kind, the entry to a part of it. */
export function enterEach(
  factors: readonly JourneyFactor[],
  part: (factor: JourneyFactor) => Fragment<string>,
): Readonly<Record<FactorKind, Entry>> {
  const entries = factors.map((one) => [one.kind, enter(part(one))] as const)
  return Object.fromEntries(entries) as Record<FactorKind, Entry>
}

/** For each option of an offer, the entry that it leads to. */
export function enterOffers(factors: readonly JourneyFactor[]): Readonly<Record<string, Entry>> {
  const steps = Object.entries(listOffered(factors))
  return Object.fromEntries(steps.map(([outcome, step]) => [outcome, { enter: step }]))
}

/** Enrolments of what is no fallback; then the fallbacks' own, and `after`. */
export function embedEnrolments(
  factors: readonly JourneyFactor[],
  to: { readonly after: Target; readonly back: Target; readonly superseded: Target },
): Part[] {
  const enrolled = passFallbacks(factors, to.after)
  const { back, superseded } = to
  return factors
    .filter(({ isFallback }) => !isFallback)
    .map(({ enrol }) => embed(enrol, { enrolled, back, superseded }))
}

/** One after another, made or passed. */
export function embedFallbackEnrolments(factors: readonly JourneyFactor[], after: Target): Part[] {
  const fallbacks = factors.filter(({ isFallback }) => isFallback)
  return fallbacks.map(({ enrol }, at) => {
    const next = passFallbacks(fallbacks.slice(at + 1), after)
    return embed(enrol, { enrolled: next, back: next, superseded: next })
  })
}

/** @param to.enrol where a person goes whose factor cannot be asked any more, and who may enrol another one */
export function embedVerifications(
  factors: readonly JourneyFactor[],
  to: { readonly after: Target; readonly enrol: (factor: JourneyFactor) => Target },
): Part[] {
  return factors.map((one) =>
    embed(one.verify, {
      verified: one.isFallback ? enter(one.enrol) : to.after,
      cancelled: 'leave',
      other: 'second-factor/other',
      trouble: 'second-factor/trouble',
      enrol: to.enrol(one),
    }),
  )
}

function passFallbacks(factors: readonly JourneyFactor[], after: Target): Target {
  const first = factors.find(({ isFallback }) => isFallback)
  return first === undefined ? after : enter(first.enrol)
}
