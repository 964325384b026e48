/**
 * The note on the page after a cancelled login. Cancelling is answered with a redirect. The browser carries the text to the
 * next page in the sealed cookie of refusals, for one page and one minute.
 */
import { z } from 'zod'
import type { JourneyView } from '../../login/engine/view.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { messageSchema } from './refusal.ts'

/** A note above the page. */
export interface CancelledNote {
  readonly title: Message
  readonly text: Message
}

const noteSchema = z.object({ title: messageSchema, text: messageSchema })

type Left = Extract<JourneyView, { type: 'left' }>

/** `Set-Cookie` values for the answer that leads to the page: none where no login was cancelled. */
export function writeCancelled(
  { sealedCookies }: Frame,
  { browserToken }: RequestContext,
  { restartPath, cancelled }: Left,
): string[] {
  const note = cancelled && createNote(cancelled)
  if (note === undefined) return []
  return [sealedCookies.set('refusal', findPlace(browserToken, restartPath), note)]
}

export function createNote({
  kind,
  text,
}: Pick<NonNullable<Left['cancelled']>, 'kind' | 'text'>): CancelledNote | undefined {
  if (kind !== 'login' && kind !== 'step_up' && kind !== 'reset') return undefined
  return {
    title: message(`cancelled.${kind}.title`),
    text: text ?? message(`cancelled.${kind}.text`),
  }
}

/** `undefined`: nothing was cancelled before this page. */
export function readCancelled(
  { cookies, sealedCookies }: Frame,
  { request, path, browserToken }: RequestContext,
): CancelledNote | undefined {
  const header = request.headers.get('cookie') ?? undefined
  // Most pages follow no cancelled login, and computing the place costs a hash.
  if (cookies.read(header, 'refusal') === undefined) return undefined
  const place = findPlace(browserToken, path)
  const found = noteSchema.safeParse(sealedCookies.read(header, 'refusal', place))
  return found.success ? found.data : undefined
}

function findPlace(browserToken: string | undefined, path: string): string {
  return sha256(JSON.stringify(['cancelled', browserToken ?? '', path]))
}
