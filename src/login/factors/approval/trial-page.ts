/** The pages of a test with which owners find out whether requests reach their phone: its buttons, and why none is sent. */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Form, Prompt } from '../../engine/prompt.ts'
import type { TrialLimit } from './budget.ts'

export function createTrialChoices(
  send: 'trial.send' | 'trial.again',
  back: 'trial.back' | 'trial.done' = 'trial.back',
): Prompt {
  return {
    type: 'choice',
    name: 'action',
    options: [
      {
        value: 'back',
        label: message(back),
        look: send === 'trial.again' ? 'primary' : 'quiet',
      },
      {
        value: 'send',
        label: message(send),
        look: send === 'trial.again' ? 'secondary' : 'primary',
      },
    ],
  }
}

/** The page that says which limit is reached, and when the next test can be sent. */
export function createTrialLimitedForm(limit: TrialLimit, now: number): Form {
  const isBlocked = limit.type === 'blocked'
  return {
    title: message(isBlocked ? 'approval.blocked.title' : 'trial.limit.title'),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'error', text: describeLimit(limit, now) },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'back', label: message('trial.back'), look: 'primary' }],
      },
    ],
  }
}

function describeLimit(limit: TrialLimit, now: number): Message {
  switch (limit.type) {
    case 'blocked':
      return message('trial.limit.blocked', { at: limit.until })
    case 'busy':
      return message('trial.limit.busy')
    case 'day':
      return message('test.limit.day', { at: limit.until })
    case 'tests':
      return message('trial.limit.tests', { wait: Math.ceil((limit.until - now) / 1000) })
  }
}
