/**
 * The place of a person who was told to come back later: a sealed cookie says since when they wait, for one name in one
 * browser. When they come back, they are ahead of those who came later. Owns the cookie and the page of the first step;
 * kernel/fair-queue.ts owns what the place is worth: nothing against other networks, so that nobody gets more turns by
 * collecting places.
 */
import { z } from 'zod'
import { canonicalUsername } from '../../identity/users/user.ts'
import type { FormError } from '../../login/engine/step.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Fault } from '../../platform/kernel/fault.ts'
import { findRequest, inRequest } from '../../platform/kernel/request-scope.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

/** How long a place is kept. */
const longest = minutes(10)
const schema = z.object({ since: z.number() })

interface Place {
  /** The typed name. */
  readonly username: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Does the work in the turn of a person who has waited since the first attempt. */
export function keepPlace<Result>(
  frame: Frame,
  context: RequestContext,
  place: Place,
  work: () => Promise<Result>,
): Promise<Result> {
  const request = findRequest()
  const since = readSince(frame, context, place)
  if (request === undefined || since === undefined) return work()
  const { arrivedAt, signal } = request
  return inRequest({ arrivedAt, signal, waited: place.now - since }, work)
}

/** A `Set-Cookie` value. Who waits longer than a place is kept begins anew. */
export function writePlace(frame: Frame, context: RequestContext, place: Place): string {
  const since = readSince(frame, context, place) ?? place.now
  return frame.sealedCookies.set('place', describe(context, place), { since })
}

export function createBusyError({ retryAfter = 10 }: Fault): FormError {
  return {
    status: 503,
    title: message('busy.title'),
    text: message('busy.text', { wait: retryAfter }),
    retryAfter,
    tone: 'info',
  }
}

function readSince(frame: Frame, context: RequestContext, place: Place): number | undefined {
  const header = context.request.headers.get('cookie') ?? undefined
  if (frame.cookies.read(header, 'place') === undefined) return undefined
  const sealed = frame.sealedCookies.read(header, 'place', describe(context, place))
  const { data } = schema.safeParse(sealed)
  const isValid = data !== undefined && data.since <= place.now && data.since > place.now - longest
  return isValid ? data.since : undefined
}

function describe({ browserToken = '' }: RequestContext, { username = '' }: Place): string {
  return sha256(JSON.stringify([browserToken, canonicalUsername(username) ?? '']))
}
