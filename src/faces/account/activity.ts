/** What happened with a person's account, out of the audit trail and in words. Owns which events are told, and how. */

import { type AuditEvent, readAuditAbout } from '../../identity/audit/chain.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { activityMessage, toldTypes } from './activity-words.ts'
import type { OwnPages } from './own-pages.ts'
import { type ActivityLine, activityPage } from './pages/activity.ts'

export interface ActivityOptions {
  readonly db: Database
  readonly clock: Clock
  readonly frame: Frame
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

const path = '/account/activity'
const days = 90
const perPage = 25

export function createActivityPage(options: ActivityOptions, own: OwnPages) {
  return {
    show: (context: RequestContext) =>
      own.enter(context, path, (session) => show(options, context, session)),
  }
}

async function show(
  options: ActivityOptions,
  context: RequestContext,
  { userId, username }: LiveSession,
): Promise<Reply> {
  const before = beforeOf(context)
  const events = await readAuditAbout(options.db, {
    about: [userId, username],
    types: toldTypes,
    since: options.clock.now() - hours(24 * days),
    before,
    limit: perPage + 1,
  })
  const shown = events.slice(0, perPage)
  const last = events.length > perPage ? shown.at(-1) : undefined
  const page = activityPage(
    {
      lines: await linesOf(options, shown, context.t),
      days,
      older: last && `${path}?before=${last.seq}`,
      newest: before === undefined ? undefined : path,
    },
    context.t,
  )
  return options.frame.page(context, page)
}

/** Whatever is no place in the list is its beginning. */
function beforeOf({ request }: RequestContext): number | undefined {
  const text = new URL(request.url).searchParams.get('before') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

async function linesOf(
  options: ActivityOptions,
  events: readonly AuditEvent[],
  t: Translate,
): Promise<ActivityLine[]> {
  const lines: ActivityLine[] = []
  for (const event of events) {
    const told = activityMessage(event, await appOf(options, event))
    if (told === undefined) continue
    const { address } = event.data
    const place =
      typeof address === 'string'
        ? (options.frame.findPlace(address, t.language) ?? address)
        : undefined
    lines.push({ at: event.at, ...told, place })
  }
  return lines
}

/** The app by the name that it has today. */
async function appOf(
  { appName }: ActivityOptions,
  { data }: AuditEvent,
): Promise<string | Message> {
  const { appId } = data
  if (typeof appId !== 'string') return message('app.own')
  return (await appName(appId)) ?? message('app.gone')
}
