/**
 * The history of a person's account in words, from the audit trail. Owns the page and how far back it goes; each event declares
 * whether a person sees it, and its words.
 */
import { type AuditEvent, readAuditAbout } from '../../identity/audit/chain.ts'
import type { EventType } from '../../identity/audit/event.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { type ActivityWords, createActivityWords } from './activity-words.ts'
import type { OwnPages } from './own-pages.ts'
import { type ActivityLine, activityPage } from './pages/activity.ts'

export interface ActivityOptions {
  readonly db: Database
  readonly clock: Clock
  readonly frame: Frame
  /** All declared types. */
  readonly eventTypes: readonly EventType[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** After how long events are deleted, in milliseconds; `undefined`: never. */
  readonly maxEventAge?: number | undefined
}

const path = '/account/activity'
const mostDays = 90
const perPage = 25

export function createActivityPage(options: ActivityOptions, own: OwnPages) {
  const words = createActivityWords(options.eventTypes)
  return {
    show: (context: RequestContext) =>
      own.enter(context, path, (session) => show(options, words, context, session)),
  }
}

async function show(
  options: ActivityOptions,
  words: ActivityWords,
  context: RequestContext,
  { userId, username }: LiveSession,
): Promise<Reply> {
  const days = countDays(options)
  const before = readBefore(context)
  const events = await readAuditAbout(options.db, {
    about: [userId, username],
    types: words.types,
    since: options.clock.now() - hours(24 * days),
    before,
    limit: perPage + 1,
  })
  const shown = events.slice(0, perPage)
  const last = events.length > perPage ? shown.at(-1) : undefined
  const page = activityPage(
    {
      lines: await listLines(options, words, shown, context.t),
      days,
      older: last && `${path}?before=${last.seq}`,
      newest: before === undefined ? undefined : path,
    },
    context.t,
  )
  return options.frame.page(context, page)
}

/** At most the time for which events are stored. */
function countDays({ maxEventAge }: ActivityOptions): number {
  if (maxEventAge === undefined) return mostDays
  return Math.min(mostDays, Math.floor(maxEventAge / hours(24)))
}

/** An invalid position means the beginning of the list. */
function readBefore({ request }: RequestContext): number | undefined {
  const text = new URL(request.url).searchParams.get('before') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

async function listLines(
  options: ActivityOptions,
  words: ActivityWords,
  events: readonly AuditEvent[],
  t: Translate,
): Promise<ActivityLine[]> {
  const lines: ActivityLine[] = []
  for (const event of events) {
    const said = words.describe(event, await findApp(options, event))
    if (said === undefined) continue
    const { address } = event.data
    const place =
      typeof address === 'string'
        ? (options.frame.findPlace(address, t.language) ?? address)
        : undefined
    lines.push({ at: event.at, ...said, place })
  }
  return lines
}

/** The app by its current name. */
async function findApp(
  { appName }: ActivityOptions,
  { data }: AuditEvent,
): Promise<string | Message> {
  const { appId } = data
  if (typeof appId !== 'string') return message('app.own')
  return (await appName(appId)) ?? message('app.gone')
}
