/** The page for a person who may not enrol a first second factor yet: what is missing beside the password, and who gives it. */
import type { Database } from '../../../platform/storage/database.ts'
import type { Language } from '../../../platform/ui/language.ts'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import type { FirstFactorDecision } from '../../decision/first-factor.ts'
import type { DecideFirstFactor } from '../../decision/first-factor-facts.ts'
import type { ChoiceOption, Form, LinkPrompt, Prompt } from '../../engine/prompt.ts'
import type { StepContext } from '../../engine/step.ts'

type Missing = Extract<FirstFactorDecision, { type: 'missing' }>

export interface MissingProof extends Missing {
  /** The networks in which the person may go on, by their names. */
  readonly places: readonly string[]
  /** A code from the service desk can be typed in next. */
  readonly takesPass: boolean
}

export type EnrolmentPlaces = readonly Readonly<Record<Language, string>>[]

/** What the person needs and has not shown; `undefined`: nothing. */
export async function findMissingProof(
  {
    db,
    decideFirst,
    enrolmentPlaces,
  }: {
    readonly db: Database
    readonly decideFirst: DecideFirstFactor
    /** The names of the networks in which a first second factor may be enrolled. */
    readonly enrolmentPlaces: EnrolmentPlaces
  },
  context: StepContext,
): Promise<MissingProof | undefined> {
  const decision = await decideFirst(db, context)
  if (decision.type === 'allowed') return undefined
  const places = enrolmentPlaces.map((names) => names[context.client.language])
  return { ...decision, places, takesPass: context.kind === 'login' }
}

/**
 * @param others what the person can do instead, such as skip
 * @param cancel absent: the person can go on without a second factor
 */
export function createMissingProofForm(
  missing: MissingProof,
  others: readonly ChoiceOption[],
  cancel: LinkPrompt | undefined,
): Form {
  const options = [...(missing.takesPass ? [createPassOption(missing)] : []), ...others]
  const wrong = missing.invitation
  const prompts: Prompt[] = [
    ...(wrong === undefined
      ? []
      : [{ type: 'notice', tone: 'warning', text: message(wrongInvitation[wrong]) } as const]),
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(cancel === undefined ? [] : [cancel]),
  ]
  return { title: message('first.title'), lead: createLead(missing), width: 'narrow', prompts }
}

const wrongInvitation = {
  other_person: 'first.invitation.other_person',
  over: 'first.invitation.over',
} as const satisfies Readonly<Record<NonNullable<Missing['invitation']>, MessageKey>>

function createLead({ rule, places }: MissingProof): Message {
  if (rule !== 'network') return message(`first.${rule}`)
  return places.length === 0
    ? message('first.network.unnamed')
    : message('first.network', { places: places.join(', ') })
}

/** The code is what the rule asks for, or it helps as well. */
const createPassOption = ({ rule }: Missing): ChoiceOption => ({
  value: 'pass',
  label: message('factor.have_pass'),
  look: rule === 'pass' ? 'primary' : 'secondary',
})
