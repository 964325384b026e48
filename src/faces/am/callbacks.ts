/**
 * The second face of the engine: prompts as callbacks of ForgeRock AM's REST login, for clients that draw their own pages. Owns
 * both directions, so that an answer means the same as one from the HTML form. Knows no address and no session. Title and lead
 * are not callbacks: a step's answer has its own header and description.
 */
import { z } from 'zod'
import type {
  ChoicePrompt,
  DeskPrompt,
  Form,
  HiddenPrompt,
  Prompt,
  SecretPrompt,
  TextPrompt,
} from '../../login/engine/prompt.ts'
import type { Answers } from '../../login/engine/step.ts'
import { maxBodyBytes } from '../../platform/http/body.ts'
import { message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'

interface NameAndValue<Value> {
  readonly name: string
  readonly value: Value
}

export interface Callback {
  readonly type: Piece['type']
  readonly output: readonly NameAndValue<string | number | readonly string[]>[]
  /** Absent if nothing is asked. */
  readonly input?: readonly NameAndValue<string | number>[]
}

/** `reason` is for the log. */
export type CallbackReading =
  | { readonly type: 'ok'; readonly answers: Answers }
  | {
      readonly type: 'refused'
      readonly reason: 'malformed' | 'unknown' | 'missing' | 'doubled' | 'wrong_type' | 'bad_value'
    }

/** The value of a confirmation when nobody pressed a button; clients send it with every poll. */
const nothingPressed = 100
/** Milliseconds between the polls of a page that waits. */
const pollEvery = '3000'

type MessageType = '0' | '1' | '2'
const messageTypes = { info: '0', success: '0', warning: '1', error: '2' } as const

/** One callback before its texts are translated. Its position in the page names its input. */
type Piece =
  | {
      readonly type: 'TextOutputCallback'
      readonly tone: MessageType
      say(t: Translate): string
    }
  | { readonly type: 'PollingWaitCallback'; say(t: Translate): string }
  | { readonly type: 'NameCallback'; readonly prompt: TextPrompt }
  | { readonly type: 'PasswordCallback'; readonly prompt: SecretPrompt }
  | { readonly type: 'ConfirmationCallback'; readonly prompt: ChoicePrompt; readonly first: number }
  | { readonly type: 'ChoiceCallback'; readonly prompt: ChoicePrompt }
  /** A value that the page's script may replace, or, without a prompt, a value that is only sent. */
  | {
      readonly type: 'HiddenValueCallback'
      readonly prompt?: HiddenPrompt
      readonly id: string
      readonly value: string
    }

/** The callbacks of a page, with inputs named `IDToken<n>` by position, starting at 1. */
export function renderCallbacks(form: Form, t: Translate): Callback[] {
  return listPieces(form).map((piece, index) => renderPiece(piece, `IDToken${index + 1}`, form, t))
}

/**
 * What a client sent for a page, as the form would have sent it. Callbacks that ask nothing may be left out, and the
 * order is free, because some clients drop what they do not draw.
 */
export function readCallbacks(form: Form, body: unknown): CallbackReading {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return refused('malformed')
  const pieces = listPieces(form)
  const given = new Map<number, string | number>()
  for (const { type, input = [] } of parsed.data) {
    if (input.length === 0 && !pieces.some((piece) => piece.type === type))
      return refused('unknown')
    for (const { name, value } of input) {
      const index = Number(name.slice('IDToken'.length)) - 1
      const mistake = findInputMistake(pieces[index], type)
      if (mistake !== undefined) return refused(mistake)
      if (given.has(index)) return refused('doubled')
      given.set(index, value)
    }
  }
  return readPieceAnswers(pieces, given)
}

/** Why a value in a callback of this type does not answer the piece; `undefined` if it does. */
function findInputMistake(piece: Piece | undefined, type: string) {
  if (piece === undefined || !isAsked(piece)) return 'unknown'
  return piece.type === type ? undefined : 'wrong_type'
}

const bodySchema = z
  .array(
    z.strictObject({
      type: z.string().max(64),
      output: z.unknown().optional(),
      input: z
        .array(
          z.strictObject({
            name: z.string().regex(/^IDToken[1-9]\d{0,2}$/),
            value: z.union([z.string().max(maxBodyBytes / 16), z.int()]),
          }),
        )
        .max(1)
        .optional(),
    }),
  )
  .max(100)

function refused(reason: Extract<CallbackReading, { type: 'refused' }>['reason']) {
  return { type: 'refused', reason } as const
}

type Decision = Extract<Piece, { readonly prompt: ChoicePrompt }>

function isDecision(piece: Piece): piece is Decision {
  return piece.type === 'ConfirmationCallback' || piece.type === 'ChoiceCallback'
}

function isAsked(piece: Piece): boolean {
  return piece.type !== 'TextOutputCallback' && piece.type !== 'PollingWaitCallback'
}

/** A page has one form, so at most one of its buttons is pressed. */
function readPieceAnswers(
  pieces: readonly Piece[],
  given: ReadonlyMap<number, string | number>,
): CallbackReading {
  const answers: [string, string][] = []
  let pressed = 0
  for (const [index, piece] of pieces.entries()) {
    if (!('prompt' in piece) || piece.prompt === undefined) continue
    const value = given.get(index)
    if (value === undefined) return refused('missing')
    const answer = isDecision(piece) ? readDecision(piece, value) : asText(value)
    if (answer === undefined) return refused('bad_value')
    if (answer === nothingPressed) continue
    if (isDecision(piece)) pressed += 1
    answers.push([piece.prompt.name, answer])
  }
  return pressed > 1 ? refused('doubled') : { type: 'ok', answers: Object.fromEntries(answers) }
}

function asText(value: string | number): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Some clients send the number as text. */
function readDecision(piece: Decision, value: string | number) {
  const text = `${value}`
  if (!/^\d{1,3}$/.test(text)) return undefined
  if (piece.type === 'ConfirmationCallback' && Number(text) === nothingPressed) {
    return nothingPressed
  }
  return piece.prompt.options[Number(text)]?.value
}

function listPieces(form: Form): Piece[] {
  const said = form.said && text((t) => (form.said ? t(form.said.text) : ''))
  const pieces = form.prompts.flatMap((prompt) => listPromptPieces(prompt, form))
  return said === undefined ? pieces : [said, ...pieces]
}

function listPromptPieces(prompt: Prompt, form: Form): Piece[] {
  switch (prompt.type) {
    case 'text':
      return [{ type: 'NameCallback', prompt }]
    case 'secret':
      return [{ type: 'PasswordCallback', prompt }]
    case 'choice':
      return [decisionFor(prompt, form)]
    case 'hidden':
      return [{ type: 'HiddenValueCallback', prompt, id: prompt.name, value: prompt.value }]
    case 'qr':
      if (prompt.look === 'beside') return []
      return prompt.look === 'store'
        ? [text((t) => `${t(prompt.link)}: ${prompt.content}`)]
        : [text((t) => t(prompt.label)), sent('mfaDeviceRegistration', prompt.content)]
    case 'code':
      return [
        text((t) => `${t(prompt.label)}: ${prompt.value}`),
        sent('pushChallengeNumber', prompt.value),
      ]
    case 'codes':
      return [text((t) => [t(prompt.label), ...prompt.values, t(prompt.note)].join('\n'))]
    case 'wait':
      return [{ type: 'PollingWaitCallback', say: (t) => t(prompt.status) }]
    case 'webauthn': {
      const { name } = prompt
      const answer = { type: 'hidden', name, value: '' } as const
      return [
        sent('passkeyOptions', prompt.options),
        { type: 'HiddenValueCallback', prompt: answer, id: name, value: '' },
      ]
    }
    case 'notice': {
      const { title, text: body } = prompt
      const say = (t: Translate) => (title === undefined ? t(body) : `${t(title)}\n${t(body)}`)
      return [text(say, messageTypes[prompt.tone])]
    }
    case 'facts':
      return [text((t) => prompt.rows.map((row) => factIn(row, t)).join('\n'))]
    case 'paragraph':
      return [text((t) => t(prompt.text))]
    case 'desk':
      return [text((t) => describeDesk(prompt, t))]
    case 'instructions':
      return [text((t) => prompt.items.map((item, i) => `${i + 1}. ${t(item)}`).join('\n'))]
    case 'link':
    case 'ticket':
      // Leads to a page, which such a client does not show.
      return []
  }
}

function text(say: (t: Translate) => string, tone: MessageType = '0'): Piece {
  return { type: 'TextOutputCallback', tone, say }
}

function sent(id: string, value: string): Piece {
  return { type: 'HiddenValueCallback', id, value }
}

function describeDesk({ phone, email, reference }: DeskPrompt, t: Translate): string {
  const ways = [
    phone !== undefined ? t(message('desk.call', { phone })) : t(message('desk.help')),
    email,
  ]
  const lead = message(phone === undefined ? 'desk.reference' : 'desk.reference.say')
  return [...ways, `${t(lead)} ${reference}`].filter(Boolean).join('\n')
}

type Fact = Extract<Prompt, { type: 'facts' }>['rows'][number]

function factIn({ label, value }: Fact, t: Translate): string {
  return `${t(label)}: ${typeof value === 'string' ? value : t(value)}`
}

/**
 * Buttons. Some clients can press only the first two buttons of a confirmation, so more than two become a choice. But a choice
 * always has an answer, so it cannot be used on a page that polls by itself or has other buttons. Sending the page presses a
 * single button.
 */
function decisionFor(prompt: ChoicePrompt, { prompts }: Form): Piece {
  const waits = prompts.some(({ type }) => type === 'wait')
  const isOnly = prompts.filter(({ type }) => type === 'choice').length === 1
  const { length } = prompt.options
  if (length > 2 && isOnly && !waits) return { type: 'ChoiceCallback', prompt }
  const first = length === 1 && isOnly && !waits ? 0 : nothingPressed
  return { type: 'ConfirmationCallback', prompt, first }
}

function renderPiece(piece: Piece, name: string, form: Form, t: Translate): Callback {
  const { type } = piece
  switch (type) {
    case 'TextOutputCallback':
      return { type, output: named({ message: piece.say(t), messageType: piece.tone }) }
    case 'PollingWaitCallback':
      return { type, output: named({ waitTime: pollEvery, message: piece.say(t) }) }
    case 'NameCallback': {
      const value = piece.prompt.value ?? ''
      return { type, output: named({ prompt: t(piece.prompt.label) }), input: [{ name, value }] }
    }
    case 'PasswordCallback':
      return {
        type,
        output: named({ prompt: t(piece.prompt.label) }),
        input: [{ name, value: '' }],
      }
    case 'HiddenValueCallback': {
      const { id, value } = piece
      const input = [{ name, value: piece.prompt === undefined ? id : value }]
      return { type, output: named({ value, id }), input }
    }
    case 'ChoiceCallback': {
      const choices = renderLabels(piece.prompt, t)
      const output = named({ prompt: t(form.title), choices, defaultChoice: 0 })
      return { type, output, input: [{ name, value: 0 }] }
    }
    case 'ConfirmationCallback': {
      const options = renderLabels(piece.prompt, t)
      const common = { prompt: '', messageType: 0, options, optionType: -1, defaultOption: 0 }
      return { type, output: named(common), input: [{ name, value: piece.first }] }
    }
  }
}

function renderLabels(prompt: ChoicePrompt, t: Translate): string[] {
  return prompt.options.map((option) => t(option.label))
}

function named<Value>(values: Readonly<Record<string, Value>>): NameAndValue<Value>[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}
