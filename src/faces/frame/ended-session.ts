/**
 * The session that a browser has just logged out of. The page that says which apps were logged out reads it. Only that
 * browser can name the session, and only for two minutes, so the next person at the device reads no name of an app.
 */
import { z } from 'zod'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import type { Frame } from './frame.ts'

const shownFor = minutes(2)
const place = 'ended session'

const nextSchema = z.strictObject({
  appName: z.string(),
  url: z.string(),
  /** For an app that registered itself: where this leads. A person sees the place before the browser goes there. */
  place: z.strictObject({ place: z.string(), isOnDevice: z.boolean() }).optional(),
})

/** Where the browser goes on when all apps were logged out: the app that began the logout. */
export type NextApp = z.output<typeof nextSchema>

const contentSchema = z.strictObject({
  sessionId: z.string(),
  until: z.number(),
  next: nextSchema.optional(),
})

export interface EndedSession {
  readonly sessionId: string
  readonly next?: NextApp | undefined
}

export interface EndedSessionCookies {
  /** `Set-Cookie` values for the answer that logs out. The address of `next` was checked by its protocol. */
  set(sessionId: string, next?: NextApp): readonly string[]
  /** The session that this browser has logged out of a moment ago. */
  read(header: string | undefined): EndedSession | undefined
}

export function createEndedSessionCookies(options: {
  readonly frame: Pick<Frame, 'cookies' | 'sealedCookies' | 'asksForTickets'>
  readonly clock: Clock
}): EndedSessionCookies {
  const { frame, clock } = options
  const { cookies, sealedCookies, asksForTickets } = frame
  return {
    set(sessionId, next) {
      const content = { sessionId, until: clock.now() + shownFor, next }
      const ends = [cookies.clear('session'), sealedCookies.set('ended', place, content)]
      return asksForTickets ? [...ends, cookies.set('ticket_off', '1')] : ends
    },
    read(header) {
      // This server wrote the sealed content, perhaps in an earlier version.
      const { data } = contentSchema.safeParse(sealedCookies.read(header, 'ended', place))
      return data !== undefined && clock.now() < data.until ? data : undefined
    },
  }
}
