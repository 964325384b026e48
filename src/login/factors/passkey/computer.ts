/** The offer to make a passkey on the computer in front of the person, with the system's own name for it. */
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption } from '../../engine/prompt.ts'
import type { ClientFacts } from '../../engine/step.ts'

const hints: Readonly<Record<string, MessageKey>> = {
  Windows: 'done.computer.windows',
  macOS: 'done.computer.mac',
}

/** A phone is no second device beside the one that was just enrolled. */
const phones = ['Android', 'iPhone', 'iPad']

export function createComputerOption({
  browser,
}: Pick<ClientFacts, 'browser'>): ChoiceOption | undefined {
  const system = browser?.system ?? ''
  if (phones.includes(system)) return undefined
  return {
    value: 'passkey',
    label: message('done.computer'),
    hint: message(hints[system] ?? 'done.computer.any'),
    look: 'card',
    icon: 'key',
    only: ['scripts', 'computer'],
  }
}
