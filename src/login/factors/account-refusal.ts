/** What a page says to a person who has proven who they are, but whom the directory or Einlass itself does not let in. */
import type { AccountOutcome } from '../../identity/users/directory.ts'
import { message } from '../../platform/ui/message.ts'
import type { FormError } from '../engine/step.ts'

export function refusedByDirectory(
  reason: Extract<AccountOutcome, { type: 'refused' }>['reason'],
): FormError {
  return {
    status: 422,
    title: message('login.refused.title'),
    text: message(`login.refused.${reason}`),
  }
}
