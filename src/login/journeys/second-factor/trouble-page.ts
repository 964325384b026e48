/**
 * The pages for a person whose phone or key is not at hand. Each has the service desk and what to read out to it: at its end, or
 * before the buttons where a call is what helps.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, DeskPrompt, Form, Prompt } from '../../engine/prompt.ts'
import { otherOption } from '../../factors/enrolled.ts'
import type { TroubleReason, TroubleWords } from '../../factors/trouble.ts'

export interface TroublePage {
  readonly words: TroubleWords
  /** Absent: not said yet. */
  readonly reason: TroubleReason | undefined
  /** The name of what a new one replaces; absent: it has none, or is asked later. */
  readonly replaced: Message | undefined
  /** The other factors of the person that would do here, as cards. */
  readonly others: readonly ChoiceOption[]
  /** The values of those of them that let the person in and are too weak to remove what is lost. */
  readonly tooWeak?: readonly string[]
  /** The values of those of them that the phone itself shows, which needs no network for that. */
  readonly shownByPhone?: readonly string[]
  /** The old one itself, which a new one is to replace, lets the person in and is too weak for that. */
  readonly oldTooWeak?: boolean
  /** Whether a new one can be enrolled in this journey. */
  readonly mayEnrol: boolean
  /** Whether a pass would do here, and the person has none yet. */
  readonly mayGetPass: boolean
  /** Why neither a code nor a pass would do here, where they would not. */
  readonly tooLittle?: Message | undefined
  /** The person has asked for the pass already, and waits for the service desk. */
  readonly isCalling: boolean
  readonly desk: DeskPrompt
}

export function createTroubleForm(page: TroublePage): Form {
  const { words, reason, desk } = page
  if (page.isCalling) return createCallingForm(page)
  const prompts = reason === undefined ? listQuestion(page) : listAnswer(page, reason)
  return {
    title: reason === undefined ? words.title : titleFor(page, reason),
    ...(reason === undefined && { lead: message('trouble.lead') }),
    width: 'narrow',
    prompts: isCallFirst(page) ? putDeskFirst(prompts, desk) : [...prompts, desk],
  }
}

/** For a person who is asked for a code and has none. */
export function createNoCodeForm(
  page: Pick<TroublePage, 'others' | 'mayGetPass' | 'isCalling' | 'desk'>,
): Form {
  if (page.isCalling) return createCallingForm(page)
  const { others, mayGetPass, desk } = page
  const hasOthers = others.length > 0
  const pass = mayGetPass
    ? [{ ...passOption, look: hasOthers ? 'quiet' : 'secondary' } as const]
    : []
  return {
    title: message('no_code.title'),
    width: 'narrow',
    prompts: hasOthers
      ? [text(message('no_code.other')), choice([...others, ...pass, leaveOption]), desk]
      : putDeskFirst([text(message('no_code.desk')), choice([...pass, leaveOption])], desk),
  }
}

/** Nobody but the service desk can help. */
const isCallFirst = ({ reason, others }: TroublePage): boolean =>
  reason === 'lost' && others.length === 0

/** Before the buttons: a code of the service desk is entered after the call. */
export function putDeskFirst(prompts: readonly Prompt[], desk: DeskPrompt): Prompt[] {
  return prompts.flatMap<Prompt>((prompt) => (prompt.type === 'choice' ? [desk, prompt] : [prompt]))
}

const titleFor = ({ words, replaced }: TroublePage, reason: TroubleReason) =>
  ({
    away: words.away,
    lost:
      replaced === undefined
        ? message('trouble.lost')
        : message('trouble.lost.named', { device: replaced }),
    renewed: words.renewed,
  })[reason]

function listQuestion({ words, mayEnrol }: TroublePage): Prompt[] {
  const options: ChoiceOption[] = [
    { value: 'away', label: words.away, look: 'card', icon: 'later' },
    { value: 'lost', label: message('trouble.lost'), look: 'card', icon: 'never' },
    ...(mayEnrol
      ? [{ value: 'renewed', label: words.renewed, look: 'card', icon: words.renewedIcon } as const]
      : []),
  ]
  return [choice([...options, leaveOption])]
}

/** No pass was issued yet. Help comes from the telephone now, so nothing takes the place of the reference. */
function createCallingForm({ others, desk }: Pick<TroublePage, 'others' | 'desk'>): Form {
  const options = [
    { ...passOption, look: 'secondary' } as const,
    ...shortenOthers(others),
    backOption,
  ]
  return {
    title: message('factor.still_nothing.title'),
    lead: message('factor.still_nothing.text'),
    width: 'narrow',
    prompts: [desk, choice(options)],
  }
}

function listAnswer(page: TroublePage, reason: TroubleReason): Prompt[] {
  const { words, others, mayGetPass, tooLittle, mayEnrol } = page
  const hasOthers = others.length > 0
  const pass = mayGetPass
    ? [{ ...passOption, look: hasOthers ? 'quiet' : 'secondary' } as const]
    : []
  if (reason === 'renewed') return listRenewed(page, pass)
  if (reason === 'lost') return listLost(page, pass)
  const exits = [...listAway(page), ...pass, backOption]
  if (hasOthers) return [text(message('trouble.away.other')), choice(exits)]
  const again: ChoiceOption = { value: 'again', label: message('trouble.again'), look: 'secondary' }
  return [
    text(tooLittle ?? message('trouble.away.none')),
    {
      type: 'instructions',
      items: [
        ...words.awaySteps,
        ...(tooLittle !== undefined && mayEnrol ? [message('trouble.steps.replace')] : []),
      ],
    },
    choice([again, ...exits]),
  ]
}

function listRenewed(page: TroublePage, pass: readonly ChoiceOption[]): Prompt[] {
  const { words, others, replaced, oldTooWeak } = page
  if (oldTooWeak) return listTooWeakOld(page, pass)
  const old: ChoiceOption = { value: 'use_old', label: words.useOld, look: 'primary' }
  const exits = [...shortenOthers(others), ...pass, backOption]
  return [
    text(words.renewedLead),
    { type: 'instructions', items: words.renewedSteps(replaced) },
    ...(others.length > 1
      ? [choice([old, ...exits])]
      : [
          choice([old]),
          text(message(others.length > 0 ? 'trouble.renewed.other' : 'trouble.renewed.desk')),
          choice(exits),
        ]),
  ]
}

/** What the person has in the hand cannot be replaced with it: it protects less than something else that they have. */
function listTooWeakOld(
  { others, tooWeak = [], replaced }: TroublePage,
  pass: readonly ChoiceOption[],
): Prompt[] {
  const device = replaced ?? message('trouble.lost.device')
  const strong = others.filter(({ value }) => !tooWeak.includes(value))
  return [
    text(message('trouble.renewed.too_weak', { device })),
    choice([...strong, ...pass, backOption]),
  ]
}

/** What the phone itself shows comes last: it helps only a person who has the phone, with power, and no network. */
function listAway({ others, shownByPhone = [] }: TroublePage): ChoiceOption[] {
  const shown = others.filter(({ value }) => shownByPhone.includes(value))
  const hint = message('trouble.away.on_phone')
  return [
    ...others.filter((one) => !shown.includes(one)),
    ...shown.map((one): ChoiceOption => ({ ...one, hint })),
  ]
}

/**
 * What can remove the lost thing comes first; the others say that they cannot. Where nothing is enrolled, nothing is removed
 * either: the account does both.
 */
function listLost(
  { others, tooWeak = [], replaced, mayEnrol }: TroublePage,
  pass: readonly ChoiceOption[],
): Prompt[] {
  if (others.length === 0) {
    return [
      text(message(mayEnrol ? 'trouble.lost.desk' : 'trouble.lost.account.desk')),
      choice([...pass, backOption]),
    ]
  }
  const device = replaced ?? message('trouble.lost.device')
  const hint = message('trouble.lost.too_weak')
  const strong = others.filter(({ value }) => !tooWeak.includes(value))
  const weak = others.filter(({ value }) => tooWeak.includes(value))
  // When it can be asked is said first.
  const said = weak.map((one): ChoiceOption => ({ ...one, hint: one.hint ?? hint }))
  return strong.length === 0
    ? [
        text(
          message(mayEnrol ? 'trouble.lost.only_weak' : 'trouble.lost.account.only_weak', {
            device,
          }),
        ),
        choice([...weak, ...pass, backOption]),
      ]
    : [
        text(message(mayEnrol ? 'trouble.lost.other' : 'trouble.lost.account', { device })),
        choice([...strong, ...said, ...pass, backOption]),
      ]
}

/** Where cards have no place: the only other factor by its name, and several behind one button. */
function shortenOthers(others: readonly ChoiceOption[]): ChoiceOption[] {
  const [only, ...more] = others
  if (only === undefined) return []
  if (more.length > 0) return [otherOption]
  return [{ value: only.value, label: only.label, look: 'secondary' }]
}

const text = (content: ReturnType<typeof message>): Prompt => ({ type: 'paragraph', text: content })

const choice = (options: readonly ChoiceOption[]): Prompt => ({
  type: 'choice',
  name: 'action',
  options,
})

/** For a person who calls from this page: it leads to the pass as soon as the service desk has issued it. */
const passOption = { value: 'pass', label: message('factor.have_pass') } as const

const backOption: ChoiceOption = { value: 'back', label: message('trouble.back'), look: 'quiet' }
const leaveOption: ChoiceOption = { value: 'back', label: message('trouble.leave'), look: 'quiet' }
