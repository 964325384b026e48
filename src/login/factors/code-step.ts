/**
 * The step of a factor that is verified by a code typed into one field: a code app, recovery codes, a pass. Owns its page
 * and what each answer on it means; the factor judges the code and says what a right one changes.
 */
import { type Message, message } from '../../platform/ui/message.ts'
import type { StepName } from '../engine/journey.ts'
import type { ChoiceOption, Form, Prompt } from '../engine/prompt.ts'
import type { Change, FormError, Step, StepContext, StepResult } from '../engine/step.ts'
import { listExits } from './enrolled.ts'
import { createRefusalError, type Refusal, type WrongProof } from './lockout.ts'

type Outcome = 'confirmed' | 'other' | 'cancelled'

/** A right code, with what it changes. */
export interface RightCode {
  readonly type: 'right'
  readonly change: Change
}

export interface CodeStepOptions<Name extends StepName> {
  readonly name: Name
  readonly createForm: (hasOther: boolean, context: StepContext) => Form | Promise<Form>
  /** Whether the user has another second factor that would be enough here. */
  readonly hasOther: (context: StepContext) => Promise<boolean>
  /** For a fallback: whether it can help here, see decision/fallback-use.ts. If not, it is neither asked for nor spent. */
  readonly mayHelp?: (context: StepContext) => Promise<boolean>
  /** Text that is no code at all is `wrong` and is not counted as a failure. */
  readonly judge: (context: StepContext, typed: string) => Promise<RightCode | WrongProof | Refusal>
}

/**
 * @example
 * createCodeStep({ name: 'sms-code/confirm', createForm: createSmsCodeForm, hasOther, judge: (...typed) => judge(options, ...typed) })
 */
export function createCodeStep<Name extends StepName>(
  options: CodeStepOptions<Name>,
): Step<Name, Outcome> {
  return {
    name: options.name,
    outcomes: ['confirmed', 'other', 'cancelled'],
    run: (context) => run(options, context),
  }
}

async function run(
  { createForm, hasOther, mayHelp, judge }: CodeStepOptions<StepName>,
  context: StepContext,
): Promise<StepResult<Outcome>> {
  const { answers } = context
  if (answers?.action === 'cancel') return { type: 'done', outcome: 'cancelled' }
  if (mayHelp !== undefined && !(await mayHelp(context))) {
    if (answers?.action === 'other') return { type: 'done', outcome: 'other' }
    return { type: 'ask', form: createTooLittleForm() }
  }
  const hasAnother = await hasOther(context)
  if (answers?.action === 'other' && hasAnother) return { type: 'done', outcome: 'other' }
  const form = await createForm(hasAnother, context)
  if (answers?.code === undefined) return { type: 'ask', form }
  const judgement = await judge(context, answers.code)
  if (judgement.type === 'right') {
    return { type: 'done', outcome: 'confirmed', change: judgement.change }
  }
  const formError = createRefusalError(judgement)
  return { type: 'ask', form: judgement.type === 'off' ? withoutField(form) : form, formError }
}

/** The form when no code is accepted any more: what the page offers beside the field, another factor first. */
export function withoutField({ lead: _, ...form }: Form): Form {
  const prompts = form.prompts.flatMap((prompt): Prompt[] => {
    if (prompt.type === 'text') return []
    if (prompt.type !== 'choice') return [prompt]
    const left = prompt.options.filter(({ look }) => look !== 'primary')
    const options = left.map((one) => (one.value === 'other' ? { ...one, look: 'primary' } : one))
    return [{ ...prompt, options } as Prompt]
  })
  return { ...form, prompts }
}

/** For a login that requires more now than when this page was chosen. */
export function createTooLittleForm(): Form {
  return {
    title: message('code.too_little.title'),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'warning', text: message('code.too_little') },
      { type: 'choice', name: 'action', options: listExits(true) },
    ],
  }
}

export interface CodeFormWords {
  readonly title: Message
  readonly lead: Message
  readonly label: Message
  readonly submit: Message
}

type CodeField = Pick<Extract<Prompt, { type: 'text' }>, 'autocomplete' | 'inputMode'>

/** @param exits see `listExits` */
export function createCodeForm(
  { title, lead, label, submit }: CodeFormWords,
  field: CodeField,
  exits: readonly ChoiceOption[],
): Form {
  return {
    title,
    lead,
    width: 'narrow',
    prompts: [
      { type: 'text', name: 'code', label, ...field },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'confirm', label: submit, look: 'primary' }, ...exits],
      },
    ],
  }
}

export function createCodeError(title: Message, text: Message): FormError {
  return { status: 422, title, text, fields: ['code'] }
}
