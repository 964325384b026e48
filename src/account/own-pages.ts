/**
 * Who may see a person's own pages: whoever holds a session that the default rule accepts, and for changes of what the
 * person confirms with, a fresh one. Owns the way to the login for everybody else, and back.
 */
import type { Continuations } from '../engine/continuation.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { Visitor, Web } from '../engine/web.ts'
import { readForm } from '../http/body.ts'
import type { FreshLogin } from '../journeys/fresh-login.ts'
import type { LiveSession } from '../sessions/session.ts'
import type { Database } from '../storage/database.ts'

export interface OwnPagesOptions {
  readonly db: Database
  readonly web: Web
  readonly continuations: Continuations
  readonly freshLogin: FreshLogin
  /** What a request needs of a browser: a whole login, a confirmation or an offer beside its session, or nothing more. */
  readonly wayFor: (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ) => Promise<'login' | 'step_up' | 'offer' | 'enter'>
}

export type OwnPage = (session: LiveSession) => Promise<Response>

export function createOwnPages({ db, web, continuations, freshLogin, wayFor }: OwnPagesOptions) {
  const loginFor = (request: JourneyRequest) =>
    web.redirect(`/login?continue=${encodeURIComponent(continuations.sign(request))}`)

  /** @param returnTo where the person goes on after a login */
  async function enter(visitor: Visitor, returnTo: string, show: OwnPage): Promise<Response> {
    const { session } = visitor.client
    const request = { returnTo }
    if (session !== undefined && (await wayFor(session, request)) === 'enter') {
      return await show(session)
    }
    return returnTo === '/' ? web.redirect('/login') : loginFor(request)
  }

  return {
    enter,

    /** As `enter`, but for a login that is old or weak the person is asked again, and then comes back. */
    enterFresh: (visitor: Visitor, returnTo: string, show: OwnPage): Promise<Response> =>
      enter(visitor, returnTo, async (session) =>
        (await freshLogin.isFresh(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo)),
      ),

    /** As `enter`, but a login that is weaker than the person's authenticators allow is asked for more. */
    enterStrongest: (visitor: Visitor, returnTo: string, show: OwnPage): Promise<Response> =>
      enter(visitor, returnTo, async (session) =>
        (await freshLogin.isStrongest(db, session))
          ? await show(session)
          : loginFor(await freshLogin.requestFor(db, session, returnTo, { atAnyAge: true })),
      ),

    /** The fields of one of our own forms. Throws Fault for any other. */
    async fieldsOf(visitor: Visitor): Promise<Record<string, string>> {
      const fields = await readForm(visitor.request)
      web.checkForm(visitor, fields)
      return fields
    },
  }
}

export type OwnPages = ReturnType<typeof createOwnPages>
