/** Enrolling an authenticator from the account pages, and replacing one by a newly enrolled one. */
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import { isFallback } from '../../login/factors/index.ts'
import { addedPath } from '../../login/journeys/account.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { RequestContext } from '../frame/context.ts'
import { beginFirst, showFirst } from '../login/form.ts'
import {
  type AuthenticatorsOptions,
  buildDonePath,
  buildPath,
  findOwn,
  hasSecondFactor,
} from './own-authenticators.ts'
import type { OwnPages } from './own-pages.ts'
import { addPage, authenticatorsPath } from './pages/authenticators.ts'

const buildEnrolPath = (kind: string) => `${authenticatorsPath}/add/${encodeURIComponent(kind)}`

export function createEnrolments(options: AuthenticatorsOptions, own: OwnPages) {
  const { frame, db, enrolKinds } = options

  async function requestFor({ userId }: LiveSession, kind: string): Promise<JourneyRequest> {
    const enrolled = enrolKinds.find((one) => one === kind)
    if (enrolled === undefined) throw new Fault('not_found', 'Nothing to add')
    if (isFallback(enrolled) && !hasSecondFactor(await options.authenticators.list(db, userId)))
      throw new Fault('not_found', 'Nothing that codes could stand in for')
    const returnTo = isFallback(enrolled) ? buildDonePath(authenticatorsPath, 'codes') : addedPath
    return { returnTo, confirms: 'account', authenticator: { kind } }
  }

  async function requestToReplace(session: LiveSession, id: string): Promise<JourneyRequest> {
    const { kind } = await findOwn(options, session, id)
    // New codes replace the earlier ones by themselves.
    if (isFallback(kind) || !enrolKinds.includes(kind))
      throw new Fault('not_found', 'Nothing to replace it by')
    const returnTo = buildDonePath(authenticatorsPath, 'replaced')
    return { returnTo, confirms: 'account', authenticator: { kind, replaces: id } }
  }

  return {
    askWhat: (context: RequestContext) =>
      own.enter(context, `${authenticatorsPath}/add`, async () => {
        const kinds = enrolKinds.filter((kind) => !isFallback(kind))
        return frame.page(context, addPage({ kinds }, context.t))
      }),

    askToAdd: (context: RequestContext, kind: string) =>
      own.enterCurrent(context, buildEnrolPath(kind), async (session) =>
        showFirst(options, context, { kind: 'enrol', request: await requestFor(session, kind) }),
      ),

    async add(from: RequestContext, kind: string): Promise<Reply> {
      const { fields, context } = await own.receive(from)
      const answers = readAnswers(fields)
      return await own.enterCurrent(context, buildEnrolPath(kind), async (session) =>
        beginFirst(
          options,
          context,
          { kind: 'enrol', request: await requestFor(session, kind) },
          answers,
        ),
      )
    },

    askToReplace: (context: RequestContext, id: string) =>
      own.enterCurrent(context, `${buildPath(id)}/replace`, async (session) => {
        const request = await requestToReplace(session, id)
        return await showFirst(options, context, { kind: 'enrol', request })
      }),

    async replace(from: RequestContext, id: string): Promise<Reply> {
      const { fields, context } = await own.receive(from)
      const answers = readAnswers(fields)
      return await own.enterCurrent(context, `${buildPath(id)}/replace`, async (session) => {
        const request = await requestToReplace(session, id)
        return await beginFirst(options, context, { kind: 'enrol', request }, answers)
      })
    },
  }
}

function readAnswers({ action = '' }: Record<string, string>) {
  return { action }
}
