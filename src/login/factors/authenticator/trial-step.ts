/**
 * The step with which owners find out whether requests reach their phone. Its approval is never spent, so it proves nothing.
 */
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { Form, NoticePrompt } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import { createTrialChoices, createTrialLimitedForm } from '../approval/trial-page.ts'
import { type AskOptions, ask, findScene, findStatus, type Scene, showPage } from './ask.ts'
import type { ChallengeState } from './challenges.ts'
import type { AuthenticatorDevice } from './devices.ts'

type Result = StepResult<'left'>

export function createTrialStep(options: AskOptions): Step<'authenticator/trial', 'left'> {
  return {
    name: 'authenticator/trial',
    outcomes: ['left'],
    run: (context) => run(options, context),
    status: (context) => findStatus(options, context),
  }
}

async function run(options: AskOptions, context: StepContext): Promise<Result> {
  const action = context.answers?.action
  const scene = await findScene(options, context)
  if (action === 'back') return leave(options, scene)
  const device = await findDevice(options, context)
  if (device === undefined) return { type: 'done', outcome: 'left' }
  const isWaiting = scene?.state === 'waiting'
  if (action === 'send' && !isWaiting) return await send(options, context, device)
  if (scene === undefined) return { type: 'ask', form: createStartForm(device) }
  if (!isWaiting) return { type: 'ask', form: createEndForm(scene) }
  return await showPage(options, context, scene)
}

async function findDevice(
  { db, stores: { devices } }: AskOptions,
  context: StepContext,
): Promise<AuthenticatorDevice | undefined> {
  const device = await devices.find(db, context.request.authenticator?.id ?? '')
  return device?.userId === context.userId && device?.status === 'active' ? device : undefined
}

function leave({ stores: { challenges } }: AskOptions, scene: Scene | undefined): Result {
  return {
    type: 'done',
    outcome: 'left',
    change: {
      async write(queries) {
        if (scene !== undefined) await challenges.withdraw(queries, scene.challenge.id)
        return true
      },
    },
  }
}

async function send(
  options: AskOptions,
  context: StepContext,
  device: AuthenticatorDevice,
): Promise<Result> {
  const { db, rules, stores } = options
  const { challenges } = stores
  const userId = requireUserId(context)
  const budgetKey = await rules.findBudgetKey(context)
  const limit = await challenges.findTrialLimit(db, userId, budgetKey)
  if (limit !== undefined) return { type: 'ask', form: createTrialLimitedForm(limit, context.now) }
  return await ask(options, context, {
    purpose: 'test',
    device,
    budgetKey,
    mayStillAsk: async (queries) =>
      (await challenges.findTrialLimit(queries, userId, budgetKey)) === undefined,
  })
}

function createStartForm({ name, canBeWoken }: AuthenticatorDevice): Form {
  return {
    title: message('trial.title'),
    lead: message(canBeWoken ? 'trial.lead' : 'phone_code.trial.lead', { device: name }),
    width: 'narrow',
    prompts: [createTrialChoices('trial.send')],
  }
}

function createEndForm({ state, device }: Scene): Form {
  const { title, text, tone } = describeEnd(state)
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone, text: message(text, { device: device.name }) },
      createTrialChoices('trial.again', tone === 'success' ? 'trial.done' : 'trial.back'),
    ],
  }
}

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  readonly tone: NoticePrompt['tone']
}

const approved: End = {
  title: 'trial.approved.title',
  text: 'phone_code.trial.approved',
  tone: 'success',
}

function describeEnd(state: ChallengeState): End {
  switch (state) {
    case 'approved':
    case 'spent':
      return approved
    case 'denied':
    case 'reported':
      return { title: 'trial.denied.title', text: 'phone_code.trial.denied', tone: 'warning' }
    case 'wrong_code':
      return {
        title: 'phone_code.wrong_code.title',
        text: 'phone_code.trial.wrong',
        tone: 'warning',
      }
    case 'superseded':
      return { title: 'trial.superseded.title', text: 'trial.superseded.text', tone: 'info' }
    default:
      return { title: 'test.expired.title', text: 'phone_code.trial.expired', tone: 'warning' }
  }
}
