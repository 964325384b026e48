/**
 * Journeys are composed of parts: each factor brings its steps with their transitions, which end in neutral exits, and the
 * journey says where each exit leads. Owns the types that refuse to compile an outcome without a transition, an exit
 * without a target and a missing step; and the check at the start of what TypeScript cannot see.
 *
 *   const verify = defineFragment<'verified' | 'cancelled'>()({
 *     first: 'totp/confirm',
 *     steps: [confirm],
 *     transitions: { 'totp/confirm': { confirmed: 'verified', cancelled: 'cancelled' } },
 *   })
 *   composeJourney({
 *     kind: 'login',
 *     first: 'password/check',
 *     steps: [check],
 *     transitions: { 'password/check': { passed: enter(verify) } },
 *     parts: [embed(verify, { verified: 'finish', cancelled: 'leave' })],
 *   })
 */
import type {
  Journey,
  JourneyKind,
  JourneyRequest,
  NoteLeft,
  Precondition,
  SessionPrecondition,
  StepName,
  Transition,
} from './journey.ts'
import type { Step } from './step.ts'

type AnyStep = Step<StepName, never> | Step<StepName, string>
type OutcomeOf<S> = S extends { readonly outcomes: readonly (infer O extends string)[] } ? O : never
type NameOf<S> = S extends { readonly name: infer N extends StepName } ? N : never

/** For each step, and for each of its outcomes, where it leads. */
export type Transitions<S extends AnyStep, Target> = {
  readonly [N in NameOf<S>]: {
    readonly [O in OutcomeOf<Extract<S, { readonly name: N }>>]: Target
  }
}

/** The transitions of a journey's own steps: to one another, to an end, or into a part. */
export type OwnTransitions<S extends AnyStep> = Transitions<
  S,
  NameOf<S> | 'finish' | 'leave' | Entry
>

type Rows<Target> = Readonly<Record<string, Readonly<Record<string, Target>>>>

/** Steps that belong together. Exits are plain words: they have no slash, as the names of steps have. */
export interface Fragment<Exit extends string> {
  readonly first: StepName
  readonly steps: readonly Step[]
  readonly transitions: Rows<StepName | Exit>
}

/** An outcome leads to a step of the same fragment, or to one of its exits. */
export function defineFragment<Exit extends string>() {
  return <const S extends AnyStep>(fragment: {
    readonly first: NameOf<S>
    readonly steps: readonly S[]
    readonly transitions: Transitions<S, NameOf<S> | Exit>
  }): Fragment<Exit> => ({
    first: fragment.first,
    steps: fragment.steps.map((step) => step as Step),
    transitions: fragment.transitions as Rows<StepName | Exit>,
  })
}

/** Leads into a fragment that is embedded in the same journey. */
export interface Entry {
  readonly enter: StepName
}

/** @param at the step to begin with; absent: the first of the fragment */
export function enter(fragment: Fragment<string>, at: StepName = fragment.first): Entry {
  return { enter: at }
}

type Target = Transition | Entry

/** A fragment in a journey. */
export interface Part {
  readonly steps: readonly Step[]
  readonly transitions: Rows<Transition>
}

/** @param exits where each exit of the fragment leads in this journey */
export function embed<Exit extends string>(
  { steps, transitions }: Fragment<Exit>,
  exits: Readonly<Record<Exit, Target>>,
): Part {
  const isExit = (target: StepName | Exit): target is Exit => Object.hasOwn(exits, target)
  const rows = Object.entries<Readonly<Record<string, StepName | Exit>>>(transitions)
  return {
    steps,
    transitions: Object.fromEntries(
      rows.map(([name, row]) => [
        name,
        mapValues(row, (target) => resolve(isExit(target) ? exits[target] : (target as StepName))),
      ]),
    ),
  }
}

const resolve = (target: Target): Transition => (typeof target === 'object' ? target.enter : target)

function mapValues<From, To>(row: Readonly<Record<string, From>>, to: (value: From) => To) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, to(value)]))
}

/** @throws Error for a table with a gap: a step without transitions, an outcome or a target that is not there */
export function composeJourney<const S extends AnyStep = never>(options: {
  readonly kind: JourneyKind
  readonly first: StepName | ((request: JourneyRequest) => StepName)
  readonly steps: readonly S[]
  readonly transitions: OwnTransitions<S>
  readonly parts: readonly Part[]
  readonly sessionPrecondition?: SessionPrecondition
  readonly precondition?: Precondition
  readonly noteLeft?: NoteLeft
}): Journey {
  const own = Object.entries(options.transitions as Rows<Target>)
  const transitions: Record<string, Readonly<Record<string, Transition>>> = Object.fromEntries(
    own.map(([name, row]) => [name, mapValues(row, resolve)]),
  )
  const steps = new Map<StepName, Step>(options.steps.map((step) => [step.name, step as Step]))
  for (const part of options.parts) {
    for (const step of part.steps) {
      if (steps.has(step.name)) throw new Error(`two parts of ${options.kind} have ${step.name}`)
      steps.set(step.name, step)
    }
    Object.assign(transitions, part.transitions)
  }
  checkTable(options.kind, steps, transitions)
  return {
    kind: options.kind,
    first: options.first,
    steps,
    ...(options.sessionPrecondition && { sessionPrecondition: options.sessionPrecondition }),
    ...(options.precondition && { precondition: options.precondition }),
    ...(options.noteLeft && { noteLeft: options.noteLeft }),
    findTransition(step, outcome) {
      const transition = transitions[step]?.[outcome]
      if (transition === undefined) throw new Error(`no transition from ${step} by ${outcome}`)
      return transition
    },
  }
}

function checkTable(
  kind: JourneyKind,
  steps: ReadonlyMap<StepName, Step>,
  transitions: Rows<Transition>,
): void {
  for (const [name, { outcomes }] of steps) {
    for (const outcome of outcomes) {
      const target = transitions[name]?.[outcome]
      if (target === undefined) throw new Error(`${kind} has no transition for ${name}:${outcome}`)
      if (target !== 'finish' && target !== 'leave' && !steps.has(target))
        throw new Error(`${name}:${outcome} leads to ${target}, which ${kind} does not have`)
    }
  }
}
