/** Lists the sessions of a person and ends them. Owns no session. */

import { asPerson } from '../../identity/operations/actor.ts'
import type { SessionOperations } from '../../identity/operations/sessions.ts'
import { listEntered } from '../../identity/sessions/participants.ts'
import {
  isWithoutBrowser,
  type LiveSession,
  type SessionSummary,
} from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { browserMessage } from '../../login/engine/client.ts'
import type { AllAuthenticators } from '../../login/factors/authenticators.ts'
import type { FactorKind } from '../../login/factors/index.ts'
import { readBrowser } from '../../platform/http/client.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Database } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import type { Notice } from './pages/parts.ts'
import { type SessionLine, sessionsPage } from './pages/sessions.ts'
import { describeStrength } from './strength.ts'

export interface SessionPagesOptions {
  readonly db: Database
  readonly frame: Frame
  readonly sessions: Pick<Sessions, 'listOf'>
  readonly sessionOperations: SessionOperations
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** The kinds that a person can set up. */
  readonly enrolKinds: readonly FactorKind[]
}

const path = '/account/sessions'

export function createSessionPages(options: SessionPagesOptions, own: OwnPages) {
  const { frame, sessionOperations } = options
  return {
    list: (context: RequestContext) =>
      own.enter(context, path, (session) => showList(options, context, session)),

    async end(from: RequestContext, id: string): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, path, async (session) => {
        await sessionOperations.endOwnSession(asPerson(session), id)
        return frame.redirect(`${path}?ended`)
      })
    },

    async endOthers(from: RequestContext): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, path, async (session) => {
        await sessionOperations.endOtherSessions(asPerson(session))
        return frame.redirect(`${path}?ended`)
      })
    },
  }
}

async function showList(
  options: SessionPagesOptions,
  context: RequestContext,
  { id, userId }: LiveSession,
): Promise<Reply> {
  const { db, frame, sessions, enrolKinds } = options
  const browser = frame.ensureBrowser(context)
  const all = await sessions.listOf(userId)
  const strength = { own: await options.authenticators.list(db, userId), enrolKinds }
  const lines = await Promise.all(
    all.map(async (one) => ({
      ...describeSession(frame, context, one, one.id === id),
      ...(isWithoutBrowser(one) && (await describeAsker(options, context, one))),
      ...describeStrength(one, strength),
    })),
  )
  const page = sessionsPage(
    {
      sessions: lines.sort((a, b) => Number(b.isThis) - Number(a.isThis)),
      formToken: frame.formToken(browser.token),
      notice: readNotice(context),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

function readNotice({ request }: RequestContext): Notice | undefined {
  const isDone = new URL(request.url).searchParams.has('ended')
  return isDone ? { tone: 'success', text: message('sessions.ended') } : undefined
}

function describeSession(
  frame: Frame,
  context: RequestContext,
  one: SessionSummary,
  isThis: boolean,
) {
  const { address, userAgent } = one
  const place = address === null ? undefined : frame.findPlace(address, context.t.language)
  const browser = readBrowser(userAgent ?? undefined)
  return {
    id: one.id,
    browser: browserMessage({ browser }),
    isOnPhone: ['iPhone', 'Android'].includes(browser?.system ?? ''),
    place: place ?? address ?? undefined,
    since: one.createdAt,
    lastSeenAt: one.lastSeenAt,
    isThis,
  }
}

/** Describes the app that requested the session, in place of a browser. */
async function describeAsker(
  { db, appName }: SessionPagesOptions,
  { t }: RequestContext,
  { id }: SessionSummary,
): Promise<Pick<SessionLine, 'browser' | 'place' | 'isOnPhone'>> {
  const [appId] = await listEntered(db, id)
  const app = await appName(appId)
  return {
    browser:
      app === undefined ? message('sessions.no_browser') : message('sessions.by_app', { app }),
    place: t(message('sessions.on_phone')),
    isOnPhone: true,
  }
}
