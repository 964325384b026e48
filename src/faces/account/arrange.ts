/** Where a person arranges their apps: moves one by a place, saves a dragged order, or sorts by name again. */
import type { AppOrders } from '../../identity/apps/app-orders.ts'
import { asPerson } from '../../identity/operations/actor.ts'
import type { ChangeOwn } from '../../identity/operations/own-change.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import { arrangePage, arrangePath } from './pages/arrange.ts'
import type { AppTile } from './pages/tile.ts'

export interface ArrangeOptions {
  readonly db: Database
  readonly frame: Frame
  readonly apps: (session: LiveSession) => Promise<readonly AppTile[]>
  readonly orders: AppOrders
  readonly changeOwn: ChangeOwn
}

export function createArrange(options: ArrangeOptions, own: OwnPages) {
  return {
    show: (context: RequestContext) =>
      own.enter(context, arrangePath, (session) => showArrange(options, context, session)),
    async change(from: RequestContext): Promise<Reply> {
      const { context, fields } = await own.receive(from)
      return await own.enter(context, arrangePath, (session) =>
        changeOrder(options, session, fields),
      )
    },
  }
}

async function showArrange(
  { frame, apps, orders, db }: ArrangeOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const browser = frame.ensureBrowser(context)
  const { searchParams } = new URL(context.request.url)
  const [id, by] = [searchParams.get('moved'), searchParams.get('by')]
  const page = arrangePage(
    {
      apps: await apps(session),
      formToken: frame.formToken(browser.token),
      ...(id !== null && { moved: { id, by: by === 'up' || by === 'down' ? by : undefined } }),
      isArranged: (await orders.find(db, session.userId)).length > 0,
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

async function changeOrder(
  { frame, apps, orders, changeOwn }: ArrangeOptions,
  session: LiveSession,
  { move = '', order = '' }: Readonly<Record<string, string>>,
): Promise<Reply> {
  const { userId } = session
  const person = asPerson(session)
  if (move === 'name') {
    await changeOwn(person, (tx) => orders.forget(tx, userId))
    return frame.redirect(arrangePath)
  }
  const ids = (await apps(session)).map(({ id }) => id)
  const [by = '', id = ''] = move.split(' ')
  const next = move === '' ? readOrder(order, ids) : moveId(ids, id, by)
  if (next !== undefined) await changeOwn(person, (tx) => orders.save(tx, userId, next))
  const moved = new URLSearchParams({ moved: id, by })
  return frame.redirect(move === '' ? arrangePath : `${arrangePath}?${moved}`)
}

/** Keeps only existing ids; ids that are not named come last. `undefined`: none is named. */
function readOrder(order: string, ids: readonly string[]): string[] | undefined {
  const named = [...new Set(order.split(' '))].filter((id) => ids.includes(id))
  if (named.length === 0) return undefined
  return [...named, ...ids.filter((id) => !named.includes(id))]
}

/** `undefined`: the app or the place does not exist. */
function moveId(ids: readonly string[], id: string, by: string): string[] | undefined {
  const from = ids.indexOf(id)
  const to = from + (by === 'up' ? -1 : 1)
  if (from < 0 || to < 0 || to >= ids.length || (by !== 'up' && by !== 'down')) return undefined
  const rest = ids.filter((one) => one !== id)
  return [...rest.slice(0, to), id, ...rest.slice(to)]
}
