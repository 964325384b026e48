/**
 * What a person reads on the first page of an enrolment that follows a loss or replaces something: what was removed and what has
 * ended, and the way on without a new one. Each factor has its own first page, so the notice is put before whatever it asks.
 */
import { z } from 'zod'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Fragment } from '../../engine/compose.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form, Prompt } from '../../engine/prompt.ts'
import type { Step, StepContext, StepResult } from '../../engine/step.ts'
import { recoveredEntry } from '../../factors/enrolled.ts'
import type { EnrolExit } from '../../factors/factor.ts'

/** The ids of what is removed as soon as the new authenticator works, with blanks between them. */
export const replacesEntry = journeyEntry('second-factor.replaces', z.string())

/** The name of what was removed in this journey because it is lost; empty: it had none. */
export const lostEntry = journeyEntry('second-factor.lost', z.string())

/** It was the last second factor of the person. */
export const lostLastEntry = journeyEntry('second-factor.lost_last', z.literal(true))

/** The person wants to enrol the new one at another login. */
export const laterEntry = journeyEntry('second-factor.later', z.literal(true))

/** The same enrolment. Its first page says what was lost, if something was. */
export function withLoss(enrol: Fragment<EnrolExit>): Fragment<EnrolExit> {
  return {
    ...enrol,
    steps: enrol.steps.map((step) => (step.name === enrol.first ? withNotice(step) : step)),
  }
}

const withNotice = (step: Step): Step => ({ ...step, run: (context) => run(step, context) })

async function run(step: Step, context: StepContext): Promise<StepResult<string>> {
  const { data } = context
  const lost = lostEntry.read(data)
  if (lost === undefined) {
    const result = await step.run(context)
    const isRenewal = replacesEntry.read(data) !== undefined && recoveredEntry.read(data) !== true
    return result.type === 'ask' && isRenewal ? { ...result, form: nameBack(result.form) } : result
  }
  if (context.answers?.action === 'later') return await leaveForLater(step, context)
  const result = await step.run(context)
  return result.type === 'ask'
    ? { ...result, form: sayLost(result.form, lost, lostLastEntry.read(data) === true) }
    : result
}

/** As by the step's own way back, so that what it has begun is taken back. */
async function leaveForLater(step: Step, context: StepContext): Promise<StepResult<string>> {
  const result = await step.run({ ...context, answers: { action: 'back' } })
  if (result.type !== 'done') return result
  const data = { ...result.change?.data, ...laterEntry.write(true) }
  return { ...result, change: { ...result.change, data } }
}

/** The way back does not lead to the old phone, which has confirmed already. */
export function nameBack(form: Form): Form {
  const label = message('missing.renew.back')
  const rename = (prompt: Prompt): Prompt =>
    prompt.type === 'choice'
      ? {
          ...prompt,
          options: prompt.options.map((one) => (one.value === 'back' ? { ...one, label } : one)),
        }
      : prompt
  return { ...form, prompts: form.prompts.map(rename) }
}

/**
 * @param lost its name; empty: it has none
 * @param isLast whether the person has nothing else, so that the next login needs a code
 */
export function sayLost(form: Form, lost: string, isLast = false): Form {
  const option = {
    value: 'later',
    label: message('choice.later'),
    ...(isLast && { hint: message('choice.later.hint') }),
  }
  return { ...form, said: { text: describeLoss(lost), option } }
}

const describeLoss = (lost: string): Message =>
  lost === '' ? message('lost.text') : message('lost.text.named', { device: lost })
