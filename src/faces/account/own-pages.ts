/**
 * Who may see a person's own pages: whoever holds a session that the default rule accepts, and for changes of what the
 * person confirms with, a fresh one. Owns the way to the login for everybody else, and back.
 */

import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { lockUser } from '../../identity/users/lock.ts'
import { type Continuations, loginAddress } from '../../login/engine/continuation.ts'
import type { JourneyRequest, NextJourney } from '../../login/engine/journey.ts'
import type { FreshLogin } from '../../login/journeys/fresh-login.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { createTurns } from '../../platform/kernel/turns.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

export interface OwnPagesOptions {
  readonly db: Database
  readonly frame: Frame
  readonly continuations: Continuations
  readonly freshLogin: FreshLogin
  readonly sessions: Pick<Sessions, 'isCurrent'>
  readonly findNextJourney: (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ) => Promise<NextJourney>
}

export type OwnPage = (session: LiveSession) => Promise<Reply>

/** The session has ended, or has been renewed, since it was found. */
class Outlived extends Error {}

export function createOwnPages(options: OwnPagesOptions) {
  const { db, frame, continuations, freshLogin, sessions, findNextJourney } = options
  const inTurn = createTurns()
  const loginFor = (request: JourneyRequest) =>
    frame.redirect(loginAddress(continuations.sign(request)))

  /** @param returnTo where the person goes on after a login */
  async function enter(context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> {
    const { session } = context.client
    const request = { returnTo }
    try {
      if (session !== undefined && (await findNextJourney(session, request)) === 'enter') {
        return await show(session)
      }
    } catch (error) {
      if (!(error instanceof Outlived)) throw error
    }
    return returnTo === '/' ? frame.redirect('/login') : loginFor(request)
  }

  return {
    enter,

    /** As `enter`, but for a login that is old or weak the person is asked again, and then comes back. */
    enterFresh: (context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> =>
      enter(context, returnTo, async (session) =>
        (await freshLogin.isFresh(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo)),
      ),

    /** As `enter`, but a login that is weaker than the person's authenticators allow is asked for more. */
    enterStrongest: (context: RequestContext, returnTo: string, show: OwnPage): Promise<Reply> =>
      enter(context, returnTo, async (session) =>
        (await freshLogin.isStrongest(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo, { atAnyAge: true })),
      ),

    /** One of our own forms, and who sends it. Throws Fault for any other. */
    async receive(from: RequestContext) {
      const received = await frame.receive(from)
      frame.checkForm(received.context, received.fields)
      return received
    },

    /**
     * What a session changes, in a transaction in which it does not end and nothing else changes what its person
     * has. Call it within one of the `enter`s: for a session that has ended meanwhile they lead to the login.
     */
    change: <Result>(
      { tokenHash, userId }: LiveSession,
      work: (tx: Queries) => Promise<Result>,
    ): Promise<Result> =>
      // They would wait for one another in the database, each with a connection that others need.
      inTurn(userId, () =>
        transact(db, async (tx) => {
          await lockUser(tx, userId)
          if (!(await sessions.isCurrent(tx, tokenHash))) throw new Outlived()
          return await work(tx)
        }),
      ),
  }
}

export type OwnPages = ReturnType<typeof createOwnPages>
