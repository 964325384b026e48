/**
 * The other phones of a user, of every kind, to which a login can send its request instead. Owns their buttons. A factor says
 * which of its own phones are offered; phones of another kind are among the cards of the other factors.
 */
import { message } from '../../../platform/ui/message.ts'
import type { ChoiceOption } from '../../engine/prompt.ts'
import type { Change, StepContext, StepResult } from '../../engine/step.ts'
import {
  chosenAuthenticatorEntry,
  chosenEntry,
  createCardValue,
  createFactorOption,
  findCard,
} from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import type { FactorKind } from '../index.ts'
import { type HoldWords, readHold } from './hold-words.ts'

/** More than these are behind one button. */
const maxButtons = 2

/** The answer that leads to the list of all factors, where each phone has its name. */
export const allPhones = 'phones'

interface OtherPhone {
  /** What its button sends. */
  readonly value: string
  readonly name: string | null
}

/** What a page offers besides the phone that it waits for. */
export interface Beside<Phone = NamedPhone> {
  readonly others: readonly FactorCard[]
  /** Phones of the same kind. */
  readonly phones: readonly Phone[]
}

/** The same beside a request of a journey, which knows from when another one can be sent. */
export interface BesideRequest extends Beside {
  readonly context: Pick<StepContext, 'data' | 'now'>
}

export interface NamedPhone {
  readonly id: string
  readonly name: string | null
}

function listOtherPhones(kind: FactorKind, { others, phones }: Beside): OtherPhone[] {
  const own = phones.map(({ id, name }) => ({ value: createCardValue(kind, id), name }))
  const foreign = others.flatMap((card) =>
    card.phone === undefined
      ? []
      : [{ value: createFactorOption(card).value, name: card.phone.name }],
  )
  return [...own, ...foreign]
}

/** The factors that are no phones. */
export const listOtherFactors = ({ others }: Pick<Beside, 'others'>): readonly FactorCard[] =>
  others.filter(({ phone }) => phone === undefined)

/**
 * What the page of a request offers beside it. When the page can send no further request, the phones are among the other factors.
 */
export function listBeside(
  kind: FactorKind,
  beside: BesideRequest,
  maySend: boolean,
): { readonly phones: ChoiceOption[]; readonly others: readonly FactorCard[] } {
  return maySend
    ? {
        phones: createPhoneOptions(listOtherPhones(kind, beside), readHold(beside.context)),
        others: listOtherFactors(beside),
      }
    : { phones: [], others: beside.others }
}

function createPhoneOptions(
  phones: readonly OtherPhone[],
  { say, isHeld }: HoldWords,
): ChoiceOption[] {
  const elsewhere = message('approval.send_elsewhere')
  const common = { look: 'secondary', waits: isHeld } as const
  if (phones.length > maxButtons) {
    return [{ ...common, value: allPhones, label: say(elsewhere) }]
  }
  return phones.map(({ value, name }) => ({
    ...common,
    value,
    label: say(name === null ? elsewhere : message('approval.send_to', { device: name })),
  }))
}

/** The outcome when the user leaves for another factor: for the list of factors, or for the one that was chosen on this page. */
export function leaveForOther(
  { others, phones = [] }: Pick<Beside, 'others'> & Partial<Beside>,
  context: StepContext,
  change: Change = {},
): Extract<StepResult<'other'>, { type: 'done' }> | undefined {
  const action = context.answers?.action
  const chosen = findCard(others, action)
  const toList =
    action === 'other'
      ? others.length > 0
      : action === allPhones && others.length + phones.length > 0
  if (chosen === undefined && !toList) return undefined
  const data = {
    ...change.data,
    ...chosenAuthenticatorEntry.clear(),
    ...(chosen !== undefined && chosenEntry.write(createFactorOption(chosen).value)),
  }
  return { type: 'done', outcome: 'other', change: { ...change, data } }
}
