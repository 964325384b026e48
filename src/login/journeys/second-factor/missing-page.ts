/** The page that asks what happened to a thing in whose place something else was used. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import { describeFactor } from '../../factors/index.ts'
import { nameThing, type Thing } from './things.ts'

/** How a person is asked about a thing. */
export interface MissingPage {
  readonly mayEnrol: boolean
  /** The server sent nothing, so the thing is probably in the hand. */
  readonly isHeldBack: boolean
  /** What was verified is enough for this login. */
  readonly isEnough: boolean
  readonly hasOthers: boolean
  /** After a code was used of which more than a few are left. */
  readonly codesLeft?: number | undefined
}

export function createMissingForm(
  thing: Thing,
  { mayEnrol, isHeldBack, isEnough, hasOthers, codesLeft }: MissingPage,
): Form {
  const [main] = thing.parts
  if (main === undefined) throw new Error('a thing without parts')
  const { words } = describeFactor(main.kind)
  const hint = message(mayEnrol ? 'missing.lost.hint' : 'missing.lost.hint.only', {
    device: nameThing(main),
  })
  const options: ChoiceOption[] = [
    createStayOption(isHeldBack ? haveOption : homeOption, isEnough),
    ...(mayEnrol ? [createNewOption(nameThing(main))] : []),
    { value: 'lost', label: message('missing.lost'), hint, look: 'card', icon: 'never' },
    ...(hasOthers ? [otherThing] : []),
  ]
  return {
    title: words.missing ?? words.name,
    lead: message('missing.lead', { device: nameThing(main) }),
    width: 'narrow',
    prompts: [
      { type: 'choice', name: 'action', options },
      ...(codesLeft === undefined
        ? []
        : [{ type: 'paragraph', text: message('codes.left', { left: codesLeft }) } as const]),
    ],
  }
}

/** The person keeps the thing; where it is required after all, the card says so. */
const createStayOption = (option: ChoiceOption, isEnough: boolean): ChoiceOption =>
  isEnough ? option : { ...option, hint: message('missing.home.hint.asked') }

const homeOption: ChoiceOption = {
  value: 'home',
  label: message('missing.home'),
  hint: message('missing.home.hint'),
  look: 'card',
  icon: 'later',
}

const haveOption: ChoiceOption = {
  value: 'home',
  label: message('missing.have'),
  hint: message('missing.have.hint'),
  look: 'card',
  icon: 'phone',
}

const createNewOption = (device: Message): ChoiceOption => ({
  value: 'new',
  label: message('missing.new'),
  hint: message('missing.new.hint', { device }),
  look: 'card',
  icon: 'phone',
})

const otherThing: ChoiceOption = {
  value: 'other',
  label: message('missing.other'),
  look: 'quiet',
}
