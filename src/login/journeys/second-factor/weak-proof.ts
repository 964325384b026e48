/**
 * The page after a factor that protects less than the strongest that the person has: it lets them in, and neither removes nor
 * replaces what they said is lost or was replaced. Owns why, and the ways to what does.
 */
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, DeskPrompt, Form } from '../../engine/prompt.ts'

export interface WeakProof {
  /** What the person wanted to remove or replace. */
  readonly device: Message
  /** What protects more; absent: it is the same. */
  readonly stronger: Message | undefined
  readonly isLost: boolean
  /** Codes that stand for what was lost, as cards. */
  readonly fallbacks: readonly ChoiceOption[]
  /** Absent where the login has no reference. */
  readonly desk: DeskPrompt | undefined
}

export function createWeakProofForm(page: WeakProof): Form {
  const { device, stronger, isLost, fallbacks, desk } = page
  return {
    title: message(isLost ? 'missing.too_weak.lost' : 'missing.too_weak.renewed', { device }),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'warning', text: describeWhy(stronger) },
      {
        type: 'choice',
        name: 'action',
        options: [
          ...fallbacks,
          { value: 'next', label: message('missing.too_weak.next'), look: 'secondary' },
        ],
      },
      ...(desk === undefined ? [] : [desk]),
    ],
  }
}

const describeWhy = (stronger: Message | undefined): Message =>
  stronger === undefined
    ? message('missing.too_weak')
    : message('missing.too_weak.stronger', { stronger })
