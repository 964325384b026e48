/** The addresses of journeys: the first page, the pages after it, and the events and status for a page that waits. */
import type { Reply } from '../../platform/http/reply.ts'
import type { RequestContext } from '../frame/context.ts'
import { declarePages, declareRaw, type FaceRoute, type NodePair } from '../frame/route.ts'
import { createLoginPages, type LoginPages } from './form.ts'
import { answerTicket, leaveTicket, type TicketPagesOptions } from './ticket.ts'
import type { Waiting } from './waiting.ts'

/** What the routes of the login call. */
export interface LoginFace {
  readonly pages: LoginPages
  readonly answerTicket: (context: RequestContext) => Promise<Reply>
  readonly leaveTicket: (context: RequestContext) => Reply
  /** Takes the response over. */
  readonly waitForEvents: (pair: NodePair, journeyId: string) => Promise<void>
}

export function createLoginFace(options: TicketPagesOptions, waiting: Waiting): LoginFace {
  const { cookies } = options.frame
  return {
    pages: createLoginPages(options),
    answerTicket: (context) => answerTicket(options, context),
    leaveTicket: (context) => leaveTicket(options, context),
    waitForEvents({ incoming, outgoing }, journeyId) {
      const browserToken = cookies.read(incoming.headers.cookie, 'browser') ?? ''
      return waiting.serve(incoming, outgoing, { journeyId, browserToken })
    },
  }
}

const { get, post } = declarePages<LoginFace>()
const raw = declareRaw<LoginFace>()

export const loginRoutes: readonly FaceRoute<LoginFace>[] = [
  get('/login', 'the first page of a login', ({ pages }, context) => pages.showFirst(context)),
  post('/login', 'begin a login', ({ pages }, context) => pages.answerFirst(context)),
  get('/login/kerberos', 'back from a ticket to the form', ({ leaveTicket }, context) =>
    leaveTicket(context),
  ),
  post('/login/kerberos', 'a ticket in place of the password', ({ answerTicket }, context) =>
    answerTicket(context),
  ),
  get('/login/:journey', 'where a journey is', ({ pages }, context, { journey }) =>
    pages.look(context, journey),
  ),
  post('/login/:journey', 'answer a step of a journey', ({ pages }, context, { journey }) =>
    pages.submit(context, journey),
  ),
  get('/login/:journey/status', 'poll a journey that waits', ({ pages }, context, { journey }) =>
    pages.tellStatus(context, journey),
  ),
  raw.get('/login/:journey/events', 'events of a journey that waits', (face, pair, { journey }) =>
    face.waitForEvents(pair, journey),
  ),
]
