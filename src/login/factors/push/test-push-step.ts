/**
 * The step of the test push, with which owners find out whether messages reach their phone. It sends a challenge to an enrolled
 * phone and shows the result. Its approval is never spent, so it proves nothing.
 */

import { type MessageKey, message } from '../../../platform/ui/message.ts'
import { journeyTopic } from '../../engine/engine.ts'
import type { Form, NoticePrompt, Prompt } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext, type StepResult } from '../../engine/step.ts'
import { createTrialChoices, createTrialLimitedForm } from '../approval/trial-page.ts'
import {
  type ChallengeState,
  getChallengeState,
  isUndelivered,
  type PushChallenge,
} from './challenges.ts'
import { challengeEntry } from './data.ts'
import { describeDelivery } from './delivery-words.ts'
import type { PushDevice } from './devices.ts'
import type { SendOptions } from './send.ts'

export type TestPushStepOptions = Pick<
  SendOptions,
  'db' | 'stores' | 'delivery' | 'events' | 'texts' | 'rules'
>

type Result = StepResult<'left'>

export function createTestPushStep(options: TestPushStepOptions): Step<'push/trial', 'left'> {
  return {
    name: 'push/trial',
    outcomes: ['left'],
    run: (context) => run(options, context),
    async status(context) {
      const challenge = await findChallenge(options, context)
      if (challenge === undefined || getTestPushState(challenge, context.now) !== 'waiting') {
        return { final: true, status: message('push.status.answered') }
      }
      const device = await findDevice(options, context)
      if (device === undefined) return { final: true, status: message('wait.moved') }
      return { final: false, status: describeDelivery(challenge, device, { isAgain: false }) }
    },
  }
}

async function run(options: TestPushStepOptions, context: StepContext): Promise<Result> {
  const challenge = await findChallenge(options, context)
  const action = context.answers?.action
  const state = challenge && getTestPushState(challenge, context.now)
  if (action === 'back') return leave(options, challenge)
  const device = await findDevice(options, context)
  if (device === undefined) return { type: 'done', outcome: 'left' }
  if (action === 'send' && state !== 'waiting') return await send(options, context, device)
  return { type: 'ask', form: createForm(device, challenge, state) }
}

async function findChallenge(
  { db, stores: { challenges } }: TestPushStepOptions,
  { data }: StepContext,
): Promise<PushChallenge | undefined> {
  const id = challengeEntry.read(data)
  return id !== undefined ? await challenges.find(db, id) : undefined
}

async function findDevice(
  { db, stores: { devices } }: TestPushStepOptions,
  context: StepContext,
): Promise<PushDevice | undefined> {
  const device = await devices.find(db, context.request.authenticator?.id ?? '')
  return device?.userId === context.userId && device?.status === 'active' ? device : undefined
}

function leave(
  { stores: { challenges } }: TestPushStepOptions,
  challenge: PushChallenge | undefined,
): Result {
  return {
    type: 'done',
    outcome: 'left',
    change: {
      async write(queries) {
        if (challenge !== undefined) await challenges.withdraw(queries, challenge.messageId)
        return true
      },
    },
  }
}

async function send(
  { db, stores: { challenges }, delivery, events, texts, rules }: TestPushStepOptions,
  context: StepContext,
  device: PushDevice,
): Promise<Result> {
  const { journeyHash, client } = context
  const userId = requireUserId(context)
  const budgetKey = await rules.findBudgetKey(context)
  const limit = await challenges.findTrialLimit(db, userId, budgetKey)
  if (limit !== undefined) return { type: 'ask', form: createTrialLimitedForm(limit, context.now) }
  if (!delivery.hasSenderFor(device)) return { type: 'ask', form: noSenderForm }
  const type = device.showsNumbers ? 'challenge' : 'default'
  const bound = { journeyHash, userId, deviceId: device.id, purpose: 'test', type } as const
  const challenge = challenges.draw({ ...bound, budgetKey })
  const superseded: string[] = []
  return {
    type: 'ask',
    // This form is never shown: the engine runs the step again after the commit, when the challenge is stored.
    form: createForm(device, undefined, undefined),
    change: {
      data: challengeEntry.write(challenge.messageId),
      async write(queries) {
        const reached = await challenges.findTrialLimit(queries, userId, budgetKey)
        if (reached !== undefined) return false
        superseded.push(...(await challenges.add(queries, challenge)))
        return true
      },
      afterCommit() {
        for (const hash of superseded) events.wake(journeyTopic(hash))
        delivery.start({ device, challenge, app: texts.brandName, client })
      },
    },
  }
}

/** No sender of this installation is for the phone's app, so another try would be in vain. */
const noSenderForm: Form = {
  title: message('trial.refused.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'error', text: message('push.no_sender.text') },
    {
      type: 'choice',
      name: 'action',
      options: [{ value: 'back', label: message('trial.back'), look: 'primary' }],
    },
  ],
}

type TestPushState = ChallengeState | 'refused'

/** `refused`: no provider took the message over, so no answer can come. */
function getTestPushState(challenge: PushChallenge, now: number): TestPushState {
  const state = getChallengeState(challenge, now)
  const { delivery } = challenge
  const isRefused = isUndelivered(delivery) || delivery === 'gone'
  return state === 'waiting' && isRefused ? 'refused' : state
}

function createForm(
  device: PushDevice,
  challenge: PushChallenge | undefined,
  state: TestPushState | undefined,
): Form {
  const values = { device: device.name ?? message('device.unnamed') }
  if (challenge === undefined || state === undefined) {
    return {
      title: message('trial.title'),
      lead: message('trial.lead', values),
      width: 'narrow',
      prompts: [createTrialChoices('trial.send')],
    }
  }
  if (state === 'waiting') {
    const asksNumber = challenge.type === 'challenge'
    return {
      title: message('trial.title'),
      lead: message(asksNumber ? 'test.lead' : 'test.lead.plain', values),
      width: 'narrow',
      prompts: [
        ...(asksNumber ? [createNumber(challenge)] : []),
        {
          type: 'wait',
          status: describeDelivery(challenge, device, { isAgain: false }),
          startedAt: challenge.createdAt,
          expiresAt: challenge.expiresAt,
        },
        {
          type: 'choice',
          name: 'action',
          options: [{ value: 'back', label: message('action.cancel'), look: 'quiet' }],
        },
      ],
    }
  }
  const { title, text, tone } = describeEnd(challenge, state)
  return {
    title: message(title),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone, text: message(text, values) },
      createTrialChoices('trial.again', tone === 'success' ? 'trial.done' : 'trial.back'),
    ],
  }
}

function createNumber({ numbers }: PushChallenge): Prompt {
  return { type: 'code', value: `${numbers.right}`, label: message('test.number') }
}

interface End {
  readonly title: MessageKey
  readonly text: MessageKey
  readonly tone: NoticePrompt['tone']
}

/** The text for the result: whether the message was sent, and what was answered. */
function describeEnd(challenge: PushChallenge, state: TestPushState): End {
  const asksNumber = challenge.type === 'challenge'
  const approved: End = {
    title: 'trial.approved.title',
    text: asksNumber ? 'trial.approved.text' : 'trial.approved.text.plain',
    tone: 'success',
  }
  switch (state) {
    case 'approved':
    case 'spent':
      return approved
    case 'denied':
      return { title: 'trial.denied.title', text: 'trial.denied.text', tone: 'warning' }
    case 'wrong_number':
      return { title: 'trial.wrong_number.title', text: 'trial.wrong_number.text', tone: 'warning' }
    case 'superseded':
      return { title: 'trial.superseded.title', text: 'trial.superseded.text', tone: 'info' }
    case 'refused':
      return challenge.delivery === 'gone'
        ? { title: 'trial.refused.title', text: 'trial.gone.text', tone: 'error' }
        : { title: 'trial.refused.title', text: 'trial.refused.text', tone: 'error' }
    default:
      return challenge.answeredAt !== null
        ? approved
        : { title: 'trial.expired.title', text: 'trial.expired.text', tone: 'warning' }
  }
}
