/** Where a person is logged in, and the ends of it. Owns no session. */
import type { Audit } from '../../identity/audit/audit.ts'
import { sessionEvents } from '../../identity/sessions/events.ts'
import type { LiveSession, SessionSummary } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { browserMessage } from '../../login/engine/client.ts'
import { journeyTopic } from '../../login/engine/engine.ts'
import type { JourneyStore } from '../../login/engine/store.ts'
import type { Holdings } from '../../login/factors/holdings.ts'
import type { FactorKind } from '../../login/factors/index.ts'
import { readBrowser } from '../../platform/http/client.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Events } from '../../platform/kernel/events.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import type { Notice } from './pages/parts.ts'
import { sessionsPage } from './pages/sessions.ts'
import { strengthOf } from './strength.ts'

export interface SessionPagesOptions {
  readonly db: Database
  readonly frame: Frame
  readonly sessions: Sessions
  readonly audit: Audit
  readonly journeys: Pick<JourneyStore, 'endAllOf' | 'endOfSessions'>
  readonly events: Events
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly holdings: Pick<Holdings, 'list'>
  /** What a person can set up. */
  readonly enrolKinds: readonly FactorKind[]
}

const path = '/account/sessions'
const reason = 'ended_by_owner'

export function createSessionPages(options: SessionPagesOptions, own: OwnPages) {
  return {
    list: (context: RequestContext) =>
      own.enter(context, path, (session) => showList(options, context, session)),

    async end(from: RequestContext, id: string): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, path, (session) => endOne(options, own, session, id))
    },

    async endOthers(from: RequestContext): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, path, (session) => endOthers(options, own, session))
    },
  }
}

async function showList(
  { db, frame, sessions, holdings, enrolKinds }: SessionPagesOptions,
  context: RequestContext,
  { id, userId }: LiveSession,
): Promise<Reply> {
  const browser = frame.ensureBrowser(context)
  const all = await sessions.listOf(userId)
  const strength = { own: await holdings.list(db, userId), enrolKinds }
  const lines = all.map((one) => ({
    ...lineOf(frame, context, one, one.id === id),
    ...strengthOf(one, strength),
  }))
  const page = sessionsPage(
    {
      sessions: lines.sort((a, b) => Number(b.isThis) - Number(a.isThis)),
      formToken: frame.formToken(browser.token),
      notice: noticeOf(context),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

function noticeOf({ request }: RequestContext): Notice | undefined {
  const isDone = new URL(request.url).searchParams.has('ended')
  return isDone ? { tone: 'success', text: message('sessions.ended') } : undefined
}

function lineOf(frame: Frame, context: RequestContext, one: SessionSummary, isThis: boolean) {
  const { address, userAgent } = one
  const place = address === null ? undefined : frame.findPlace(address, context.t.language)
  return {
    id: one.id,
    browser: browserMessage({ browser: readBrowser(userAgent ?? undefined) }),
    place: place ?? address ?? undefined,
    since: one.createdAt,
    lastSeenAt: one.lastSeenAt,
    isThis,
  }
}

/** Ending one that has ended changes nothing; that of another person is not there. */
async function endOne(
  { frame, sessions, audit, journeys, events, now }: SessionPagesOptions,
  own: OwnPages,
  session: LiveSession,
  id: string,
): Promise<Reply> {
  const { userId } = session
  // PostgreSQL takes no text with a NUL, and no id has one.
  if (!/^ses_[\w-]+$/.test(id) || !(await sessions.isOf(id, userId)))
    throw new Fault('not_found', 'No such session')
  const waiting = await own.change(session, async (tx) => {
    if (!(await sessions.end(tx, id, reason))) return undefined
    const ended = await journeys.endOfSessions(tx, userId, { now: now(), sessionIds: [id] })
    await audit.record(tx, sessionEvents.ended, { userId, sessionId: id, reason })
    return ended
  })
  if (waiting !== undefined) {
    wakeAll(events, waiting)
    await sessions.announceEnd([id as Id<'session'>])
  }
  return frame.redirect(`${path}?ended`)
}

async function endOthers(
  { frame, sessions, audit, journeys, events, now }: SessionPagesOptions,
  own: OwnPages,
  session: LiveSession,
): Promise<Reply> {
  const { id, userId } = session
  const { ended, waiting } = await own.change(session, async (tx) => {
    // Whoever is on the way into another session may be the reason for this.
    const waiting = await journeys.endAllOf(tx, userId, { now: now() })
    const ids = await sessions.endAllOf(tx, userId, reason, id)
    for (const sessionId of ids)
      await audit.record(tx, sessionEvents.ended, { userId, sessionId, reason })
    return { ended: ids, waiting }
  })
  wakeAll(events, waiting)
  await sessions.announceEnd(ended)
  return frame.redirect(`${path}?ended`)
}

/** Pages that wait in these journeys see that they are over. */
function wakeAll(events: Events, journeys: readonly string[]): void {
  for (const journey of journeys) events.wake(journeyTopic(journey))
}
