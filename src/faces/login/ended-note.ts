/**
 * Says on the first page of a login why the last session in this browser is over, or, if its person ended it there, which apps
 * were not logged out.
 */
import type { SessionEnd } from '../../identity/sessions/session-end.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { Form } from '../../login/engine/prompt.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import { type MessageKey, message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

export interface EndedNoteOptions {
  readonly frame: Pick<Frame, 'cookies'>
  readonly sessions: Pick<Sessions, 'findEnd'> & OpenApps
}

export interface OpenApps {
  /** The names of the apps that the browser with these cookies could not log out. */
  listOpenApps(cookies: string | undefined): Promise<readonly string[]>
}

const words: Readonly<Record<string, MessageKey & `login.ended.${string}`>> = {
  idle: 'login.ended.idle',
  absolute: 'login.ended.absolute',
  ended_by_admin: 'login.ended.desk',
  ended_by_owner: 'login.ended.owner',
  password_set: 'login.ended.password_set',
  password_changed: 'login.ended.password',
  password_reset: 'login.ended.password',
  not_me: 'login.ended.report',
  factor_removed: 'login.ended.factor',
  restored: 'login.ended.restored',
}

/** Only those who know the password may learn that an account is disabled; another person may have this browser by now. */
const findWords = (end: SessionEnd) => words[end] ?? 'login.ended.other'

/** The person ended the session in this browser, and knows it. */
const own: ReadonlySet<string> = new Set(['logout', 'replaced'])

export async function addEndedNote(
  { frame, sessions }: EndedNoteOptions,
  { request, client }: RequestContext,
  view: JourneyView,
): Promise<JourneyView> {
  const isLogin = view.type === 'page' && view.kind === 'login' && view.version === 0
  if (!isLogin || client.session !== undefined) return view
  const cookies = request.headers.get('cookie') ?? undefined
  const open = await sessions.listOpenApps(cookies)
  if (open.length > 0) return { ...view, form: withOpenAppsNote(view.form, open) }
  const token = frame.cookies.read(cookies, 'session')
  const end = token === undefined ? undefined : await sessions.findEnd(token)
  if (end === undefined || own.has(end)) return view
  return { ...view, form: withEndedNote(view.form, end) }
}

export function withEndedNote(form: Form, end: SessionEnd): Form {
  const note = { type: 'notice', tone: 'info', text: message(findWords(end)) } as const
  return { ...form, prompts: [note, ...form.prompts] }
}

export function withOpenAppsNote(form: Form, names: readonly string[]): Form {
  const title = message('logout.close.title')
  const text = message('login.open_apps.text', { apps: names.join(', ') })
  const note = { type: 'notice', tone: 'info', title, text } as const
  return { ...form, prompts: [note, ...form.prompts] }
}
