/**
 * The session that a browser has just logged out of, for the page that says which apps were logged out. Only that browser
 * can name it, for two minutes, so that the next person at the device reads no name of an app.
 */
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import type { Frame } from './frame.ts'

const shownFor = minutes(2)
const place = 'ended session'

export interface EndedSessionCookies {
  /** `Set-Cookie` values for the answer that logs out. */
  set(sessionId: string): readonly string[]
  /** The session that this browser has logged out of a moment ago. */
  read(header: string | undefined): string | undefined
}

export function createEndedSessionCookies(options: {
  readonly frame: Pick<Frame, 'cookies' | 'sealedCookies'>
  readonly clock: Clock
}): EndedSessionCookies {
  const { frame, clock } = options
  const { cookies, sealedCookies } = frame
  return {
    set: (sessionId) => [
      cookies.clear('session'),
      sealedCookies.set('ended', place, { sessionId, until: clock.now() + shownFor }),
    ],
    read(header) {
      const content = sealedCookies.read(header, 'ended', place)
      return isEnded(content) && clock.now() < content.until ? content.sessionId : undefined
    },
  }
}

/** What is sealed was written by this server, though perhaps by an earlier version. */
function isEnded(content: unknown): content is { sessionId: string; until: number } {
  if (typeof content !== 'object' || content === null) return false
  return (
    'sessionId' in content &&
    typeof content.sessionId === 'string' &&
    'until' in content &&
    typeof content.until === 'number'
  )
}
