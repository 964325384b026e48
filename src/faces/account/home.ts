/** The start page with a user's apps, and the undoing of a decline of a second factor. */
import { asPerson } from '../../identity/operations/actor.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { ChoiceStore, OfferAgain } from '../../login/decision/choices.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import { arrangePath } from './pages/arrange.ts'
import { homePage } from './pages/home.ts'
import { offerAgainPage, offerAgainPath } from './pages/offer-again.ts'
import type { AppTile } from './pages/tile.ts'

export interface HomeOptions {
  readonly db: Database
  readonly frame: Frame
  readonly choices: ChoiceStore
  readonly offerAgain: OfferAgain
  readonly apps: (session: LiveSession) => Promise<readonly AppTile[]>
}

const undone = 'undone'

export function createHome(options: HomeOptions, own: OwnPages) {
  return {
    home: (context: RequestContext) =>
      own.enter(context, '/', (session) => showHome(options, context, session)),
    askToUndoDecline: (context: RequestContext) =>
      own.enter(context, '/', (session) => askToUndoDecline(options, context, session)),
    async undoDecline(from: RequestContext): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, '/', (session) => undoDecline(options, session))
    },
  }
}

const isUndone = ({ request }: RequestContext) => new URL(request.url).searchParams.has(undone)

/** `undefined`: there is no search. */
function readSearch({ request }: RequestContext): string | undefined {
  const search = new URL(request.url).searchParams.get('q')?.trim().slice(0, 100)
  return search === '' ? undefined : search
}

/** Every word occurs in the name, ignoring case and accents. The script search.ts finds the same. */
function isFound(name: string, search: string): boolean {
  const words = simplify(search).split(/\s+/)
  return words.every((word) => simplify(name).includes(word))
}

function simplify(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** As many as fit in one row. */
const mostRecent = 3

function findRecent(apps: readonly AppTile[]): AppTile[] {
  return apps
    .filter(({ lastUsedAt }) => lastUsedAt !== undefined)
    .toSorted((a, b) => (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0))
    .slice(0, mostRecent)
}

async function showHome(
  options: HomeOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const { frame, db, choices } = options
  const { declinedAt } = await choices.find(db, session.userId)
  const browser = frame.ensureBrowser(context)
  const apps = await options.apps(session)
  const search = readSearch(context)
  const page = homePage(
    {
      name: session.displayName,
      apps: search === undefined ? apps : apps.filter(({ name }) => isFound(name, search)),
      count: apps.length,
      ...(search !== undefined && { search }),
      recent: findRecent(apps),
      arrangeUrl: arrangePath,
      accountUrl: '/account',
      logoutUrl: '/logout',
      declineUndone: isUndone(context),
      ...(declinedAt !== null && {
        declined: {
          at: declinedAt,
          href: offerAgainPath,
        },
      }),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

/** Asks before anything changes; without a decline there is nothing to ask. */
async function askToUndoDecline(
  { frame, db, choices }: HomeOptions,
  context: RequestContext,
  { userId }: LiveSession,
): Promise<Reply> {
  const { declinedAt } = await choices.find(db, userId)
  if (declinedAt === null) return frame.redirect('/')
  const browser = frame.ensureBrowser(context)
  const formToken = frame.formToken(browser.token)
  return frame.page(context, offerAgainPage(formToken, context.t), { cookies: browser.cookies })
}

async function undoDecline(
  { frame, offerAgain }: HomeOptions,
  session: LiveSession,
): Promise<Reply> {
  await offerAgain(asPerson(session))
  return frame.redirect(`/?${undone}`)
}
