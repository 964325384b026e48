/**
 * Who may see a person's own pages: a browser with a session that the default rule accepts; for a change of the password, with
 * a recent authentication. Owns how everyone else gets to the login and back. A session is never the proof of a change of
 * authenticators: their journeys ask for one themselves.
 */

import { SessionEnded } from '../../identity/operations/own-change.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { type Continuations, loginAddress } from '../../login/engine/continuation.ts'
import type { JourneyRequest, NextJourney } from '../../login/engine/journey.ts'
import type { FreshLogin } from '../../login/journeys/fresh-login.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

export interface OwnPagesOptions {
  readonly db: Database
  readonly frame: Frame
  readonly continuations: Continuations
  readonly freshLogin: FreshLogin
  readonly findNextJourney: (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ) => Promise<NextJourney>
}

export type OwnPage = (session: LiveSession) => Promise<Reply>

export function createOwnPages(options: OwnPagesOptions) {
  const { db, frame, continuations, freshLogin, findNextJourney } = options
  const loginFor = (request: JourneyRequest) =>
    frame.redirect(loginAddress(continuations.sign(request)))

  /**
   * Also leads to the login if the session ends during the action.
   * @param returnTo where the person continues after a login
   */
  async function enter(context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> {
    const { session } = context.client
    const request = { returnTo }
    try {
      if (session !== undefined && (await findNextJourney(session, request)) === 'enter') {
        return await show(session)
      }
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error
    }
    return returnTo === '/' ? frame.redirect('/login') : loginFor(request)
  }

  return {
    enter,

    /** As `enter`, but if the password was changed since the login, or has to be changed, the person logs in again. */
    enterCurrent: (context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> =>
      enter(context, returnTo, async (session) =>
        (await freshLogin.hasFirst(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo)),
      ),

    /** As `enter`, but after an old or weak login the person logs in again and then comes back. */
    enterFresh: (context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> =>
      enter(context, returnTo, async (session) =>
        (await freshLogin.isFresh(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo)),
      ),

    /** As `enter`, but if the login is weaker than the person's authenticators allow, the person is asked for a stronger one. */
    enterStrongest: (context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> =>
      enter(context, returnTo, async (session) =>
        (await freshLogin.isStrongest(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo, { atAnyAge: true })),
      ),

    /** A submitted form of ours, and its sender. Throws Fault for any other form. */
    async receive(from: RequestContext) {
      const received = await frame.receive(from)
      frame.checkForm(received.context, received.fields)
      return received
    },
  }
}

export type OwnPages = ReturnType<typeof createOwnPages>
