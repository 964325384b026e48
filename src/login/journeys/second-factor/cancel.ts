/**
 * The link that leaves a page which asks for more than a user can or wants to prove: back to the app, so that it gets an
 * answer; else to the beginning of the login, or out of a session that would be asked the same again.
 */

import { message } from '../../../platform/ui/message.ts'
import type { JourneyRequest } from '../../engine/journey.ts'
import type { LinkPrompt } from '../../engine/prompt.ts'

/** @param startOver the address that begins the login again; absent beside a session */
export function cancelLink(
  { cancelTo, confirms }: Pick<JourneyRequest, 'cancelTo' | 'confirms'>,
  restartPath?: string,
): LinkPrompt {
  const back = confirms !== 'account' ? restartPath : '/account/authenticators'
  const href = cancelTo ?? back
  return href === undefined
    ? { type: 'link', href: '/logout', label: message('home.logout'), look: 'quiet' }
    : { type: 'link', href, label: message('action.cancel'), look: 'quiet' }
}
