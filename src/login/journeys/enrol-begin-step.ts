/** The first page of an enrolment: says what will be added and waits for a click, so that a link cannot begin one. */

import type { Database } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { BindingDecision } from '../decision/binding.ts'
import type { DecideBinding } from '../decision/binding-facts.ts'
import type { DecideFirstFactor } from '../decision/first-factor-facts.ts'
import type { Form } from '../engine/prompt.ts'
import type { Step, StepContext } from '../engine/step.ts'
import type { AllAuthenticators } from '../factors/authenticators.ts'
import type { IsBelowLimit } from '../factors/enrolment-limit.ts'
import type { FactorDescription, FactorWords } from '../factors/factor.ts'
import { describeFactor, type FactorKind } from '../factors/index.ts'
import {
  createMissingProofForm,
  type EnrolmentPlaces,
  findMissingProof,
  type MissingProof,
} from './second-factor/missing-proof.ts'

export interface EnrolBeginOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'find' | 'list'>
  readonly isBelowLimit: IsBelowLimit
  readonly decideBinding: DecideBinding
  readonly decideFirst: DecideFirstFactor
  readonly enrolmentPlaces: EnrolmentPlaces
  /** What can be added. */
  readonly factors: readonly EnrolledHere[]
}

interface EnrolledHere extends Pick<FactorDescription, 'kind'> {
  readonly words: FactorWords & Required<Pick<FactorWords, 'begin'>>
}

/** The kinds that a person can enrol have words for it. */
export function describeEnrolled(kind: FactorKind): EnrolledHere {
  const { words } = describeFactor(kind)
  if (words.begin === undefined) throw new Error(`nobody enrols ${kind}`)
  return { kind, words: { ...words, begin: words.begin } }
}

export function createEnrolBeginStep(
  options: EnrolBeginOptions,
): Step<'enrol/begin', FactorKind | 'cancelled'> {
  return {
    name: 'enrol/begin',
    outcomes: [...options.factors.map(({ kind }) => kind), 'cancelled'],
    async run(context) {
      const { userId, request, answers } = context
      const factor = options.factors.find(({ kind }) => kind === request.authenticator?.kind)
      if (factor === undefined) return { type: 'done', outcome: 'cancelled' }
      if (answers?.action === 'back') return { type: 'done', outcome: 'cancelled' }
      const { kind } = factor
      const replaces = request.authenticator?.replaces
      if (!(await options.isBelowLimit(options.db, { userId, kind, replaces }))) {
        return { type: 'ask', form: createFullForm(factor) }
      }
      const missing = await findMissingProof(options, context)
      if (missing !== undefined) return { type: 'ask', form: createNotYetForm(missing) }
      if (answers?.action === 'begin') return { type: 'done', outcome: kind }
      const isReplaced = replaces !== undefined
      const title = isReplaced ? message('enrol.begin.replace.title') : factor.words.begin.title
      const lead = await leadFor(options, context, factor)
      const { type } = await options.decideBinding(options.db, context)
      return { type: 'ask', form: createBeginForm(title, lead, type) }
    },
  }
}

async function leadFor(
  { db, authenticators }: EnrolBeginOptions,
  { userId, request }: StepContext,
  { kind, words: { begin } }: EnrolledHere,
): Promise<Message> {
  if (userId === undefined) return begin.lead
  const id = request.authenticator?.replaces
  const replaced = id === undefined ? undefined : await authenticators.find(db, userId, id)
  if (replaced !== undefined) {
    const device = replaced.name ?? message('device.unnamed')
    return message('enrol.begin.replace.lead', { device })
  }
  if (begin.first === undefined) return begin.lead
  const all = await authenticators.list(db, userId)
  return all.every((one) => one.kind !== kind) ? begin.first : begin.lead
}

/** A login takes what is missing: it begins anew from here. */
function createNotYetForm(missing: MissingProof): Form {
  const back = { value: 'back', label: message('enrol.full.back'), look: 'quiet' } as const
  const form = createMissingProofForm({ ...missing, takesPass: false }, [back], undefined)
  const again = {
    type: 'link',
    href: '/start/set-up',
    label: message('first.account.again'),
    look: 'primary',
  } as const
  return { ...form, prompts: [again, ...form.prompts] }
}

/** The user already has as many of this kind as allowed. */
export function createFullForm({ kind, words: { begin, full } }: EnrolledHere): Form {
  if (full === undefined) throw new Error(`there is no limit of ${kind}`)
  return {
    title: begin.title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'info', text: full },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'back', label: message('enrol.full.back'), look: 'primary' }],
      },
    ],
  }
}

/** What follows, and why: a person who has just signed in would not expect it. */
const explainProof = (type: BindingDecision['type']): Message =>
  message(type === 'verify' ? 'binding.why.factor' : 'binding.why.password')

export function createBeginForm(
  title: Message,
  lead: Message,
  proof: BindingDecision['type'],
): Form {
  return {
    title,
    lead,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'info', text: explainProof(proof) },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'begin', label: message('enrol.begin.submit'), look: 'primary' },
          { value: 'back', label: message('action.cancel'), look: 'quiet' },
        ],
      },
    ],
  }
}
