/**
 * What a page of a code to fall back on says besides: why it is asked where the person has nothing else any more, and the way
 * for a person who has no code. Owns that way's button; the page behind it is in trouble-page.ts.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Fragment } from '../../engine/compose.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import type { VerifyExit } from '../../factors/factor.ts'
import { type FactorKind, factorKinds, isFallback } from '../../factors/index.ts'
import { troubleKindEntry } from '../../factors/trouble.ts'

export interface NoCodeOptions {
  readonly db: Database
  /** When a person without a second factor has lost the last one (ms since the epoch); `undefined`: they have one, or never had. */
  readonly findLostAt: (queries: Queries, userId: Id<'user'>) => Promise<number | undefined>
}

/** Whether a code is what the person does not have at hand. */
export const isAboutCode = (data: StepContext['data']): boolean =>
  factorKinds.some((kind) => kind === troubleKindEntry.read(data) && isFallback(kind))

/** The same verification, with what its first page says besides. */
export function withNoCode(
  options: NoCodeOptions,
  kind: FactorKind,
  verify: Fragment<VerifyExit>,
): Fragment<VerifyExit> {
  const { first, steps, transitions } = verify
  return {
    first,
    steps: steps.map((step) => (step.name === first ? wrap(options, kind, step) : step)),
    transitions: { ...transitions, [first]: { ...transitions[first], trouble: 'trouble' } },
  }
}

function wrap(options: NoCodeOptions, kind: FactorKind, step: Step): Step {
  return {
    ...step,
    outcomes: [...step.outcomes, 'trouble'],
    run: (context) => run(options, kind, step, context),
  }
}

async function run(
  { db, findLostAt }: NoCodeOptions,
  kind: FactorKind,
  step: Step,
  context: StepContext,
): Promise<StepResult<string>> {
  if (context.answers?.action === 'no_code') {
    // What was said of another factor before leads back to its page.
    const isOther = troubleKindEntry.read(context.data) !== undefined && !isAboutCode(context.data)
    return {
      type: 'done',
      outcome: 'trouble',
      ...(!isOther && { change: { data: troubleKindEntry.write(kind) } }),
    }
  }
  const result = await step.run(context)
  if (result.type !== 'ask' || asksNoCode(result)) return result
  const lostAt = await findLostAt(db, requireUserId(context))
  return { ...result, form: explainCode(result.form, lostAt) }
}

/** A code would not be enough. Where one was refused, the person may have no other. */
const asksNoCode = ({ form, formError }: Extract<StepResult<string>, { type: 'ask' }>): boolean =>
  formError === undefined && !form.prompts.some(({ type }) => type === 'text')

/** @param lostAt when the last second factor was lost; `undefined`: the person has another one */
export function explainCode(form: Form, lostAt: number | undefined): Form {
  const { lead, prompts } = form
  return {
    ...form,
    ...(lead !== undefined &&
      lostAt !== undefined && { lead: message('no_code.why', { day: lostAt, lead }) }),
    prompts: prompts.map(addButton),
  }
}

function addButton(prompt: Prompt): Prompt {
  if (prompt.type !== 'choice') return prompt
  const at = prompt.options.findIndex(({ value }) => value === 'cancel')
  return at < 0 ? prompt : { ...prompt, options: prompt.options.toSpliced(at, 0, noCodeOption) }
}

const noCodeOption: ChoiceOption = {
  value: 'no_code',
  label: message('no_code.button'),
  look: 'quiet',
}
