/**
 * The pages of a user's authenticators: list, name, test push, enrol, replace and remove. Owns which of these a user may do and
 * when; the factors do the rest. Another user's authenticator is answered like an unknown id.
 */
import { asPerson } from '../../identity/operations/actor.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { findRulesLost } from '../../login/decision/required-by.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import {
  longestName,
  parseAuthenticatorName,
  type Rule,
} from '../../login/factors/authenticator-operations.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import { fallbackKinds, isFallback } from '../../login/factors/index.ts'
import { addedPath } from '../../login/journeys/account.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import { beginFirst } from '../login/form.ts'
import { createEnrolments } from './enrolments.ts'
import {
  type AuthenticatorsOptions,
  buildDonePath,
  buildPath,
  findOwn,
  hasSecondFactor,
  listDevices,
  readNotice,
} from './own-authenticators.ts'
import type { OwnPages } from './own-pages.ts'
import {
  authenticatorPage,
  authenticatorsPage,
  authenticatorsPath,
  refusedPage,
  removePage,
  renamePage,
} from './pages/authenticators.ts'
import { renderName } from './pages/parts.ts'

export function createAuthenticatorPages(options: AuthenticatorsOptions, own: OwnPages) {
  return {
    list: (context: RequestContext) =>
      own.enter(context, chooseListPath(context), (session) => showList(options, context, session)),
    one: (context: RequestContext, id: string) =>
      own.enter(context, buildPath(id), (session) => showOne(options, context, session, id)),
    ...createNaming(options, own),
    ...createTrial(options, own),
    ...createEnrolments(options, own),
    ...createRemoval(options, own),
  }
}

/** A user who has to verify first still sees there which authenticators are enrolled. */
function chooseListPath({ path }: RequestContext): string {
  return path === addedPath ? addedPath : authenticatorsPath
}

async function showList(
  options: AuthenticatorsOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const { db, frame, enrolKinds, signals } = options
  const all = await options.authenticators.list(db, session.userId)
  const page = authenticatorsPage(
    {
      authenticators: listDevices(all).filter(({ kind }) => !isFallback(kind)),
      fallbacks: fallbackKinds.map((kind) => ({
        kind,
        authenticator: all.find((one) => one.kind === kind),
        mayCreate: enrolKinds.includes(kind) && hasSecondFactor(all),
      })),
      mayAdd: enrolKinds.length > 0,
      notice: readNotice(context),
      signals: await signals(db, session),
    },
    context.t,
  )
  return frame.page(context, page)
}

async function showOne(
  options: AuthenticatorsOptions,
  context: RequestContext,
  session: LiveSession,
  id: string,
): Promise<Reply> {
  const { frame, enrolKinds } = options
  const all = await options.authenticators.list(options.db, session.userId)
  const device = listDevices(all).find((one) => one.id === id)
  const authenticator = device ?? (await findOwn(options, session, id))
  const browser = frame.ensureBrowser(context)
  const page = authenticatorPage(
    {
      authenticator,
      formToken: frame.formToken(browser.token),
      mayReplace: enrolKinds.includes(authenticator.kind),
      notice: readNotice(context),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

function createNaming(options: AuthenticatorsOptions, own: OwnPages) {
  const { frame, ownAuthenticators } = options

  async function show(
    context: RequestContext,
    session: LiveSession,
    id: string,
    typed?: string,
  ): Promise<Reply> {
    const authenticator = await findOwn(options, session, id)
    const browser = frame.ensureBrowser(context)
    const page = renamePage(
      {
        authenticator,
        formToken: frame.formToken(browser.token),
        name: typed ?? renderName(authenticator, context.t),
        mistake: typed === undefined ? undefined : message('rename.refused', { max: longestName }),
      },
      context.t,
    )
    const status = typed === undefined ? 200 : 422
    return frame.page(context, page, { status, cookies: browser.cookies })
  }

  return {
    askName: (context: RequestContext, id: string) =>
      own.enter(context, `${buildPath(id)}/rename`, (session) => show(context, session, id)),

    async rename(from: RequestContext, id: string): Promise<Reply> {
      const { fields, context } = await own.receive(from)
      const { name: typed = '' } = fields
      return await own.enter(context, `${buildPath(id)}/rename`, async (session) => {
        const name = parseAuthenticatorName(typed)
        if (name === undefined) return await show(context, session, id, typed)
        await ownAuthenticators.renameOwn(asPerson(session), id, name)
        return frame.redirect(buildDonePath(buildPath(id), 'renamed'))
      })
    },
  }
}

/**
 * A message to a phone that shows whether messages arrive. It requires a recent authentication at the highest level: the
 * password alone must not make a phone ring.
 */
function createTrial(options: AuthenticatorsOptions, own: OwnPages) {
  return {
    async tryOut(from: RequestContext, id: string): Promise<Reply> {
      const { fields, context } = await own.receive(from)
      const returnTo = fields.from === 'start' ? '/start' : buildPath(id)
      return await own.enterStrongest(context, returnTo, async (session) => {
        const { kind, canBeTested } = await findOwn(options, session, id)
        if (canBeTested !== true) throw new Fault('not_found', 'Only a phone can be tried')
        const request = { returnTo, authenticator: { kind, id } }
        return await beginFirst(options, context, { kind: 'trial', request }, { action: 'send' })
      })
    },
  }
}

function createRemoval(options: AuthenticatorsOptions, own: OwnPages) {
  const { frame, db, ownAuthenticators, rulesFor, enrolKinds } = options

  /** The proof of the removal is asked for in its journey, so here only what it is about is checked. */
  function refuse(context: RequestContext, authenticator: Authenticator, lost: readonly Rule[]) {
    const page = refusedPage(
      {
        authenticator,
        demandedBy: lost.map(({ app }) => app),
        mayReplace: enrolKinds.includes(authenticator.kind),
      },
      context.t,
    )
    return frame.page(context, page, { status: 409 })
  }

  async function ask(context: RequestContext, session: LiveSession, id: string): Promise<Reply> {
    const authenticator = await findOwn(options, session, id)
    const all = await options.authenticators.list(db, session.userId)
    const lost = findRulesLost(await rulesFor(session.userId), all, id)
    if (lost.length > 0) return refuse(context, authenticator, lost)
    const browser = frame.ensureBrowser(context)
    const formToken = frame.formToken(browser.token)
    const gone = [id, ...(authenticator.goesWith ?? [])]
    const others = all.filter((one) => !gone.includes(one.id) && !isFallback(one.kind))
    const hasCodes = all.some((one) => one.id !== id && gone.includes(one.id))
    const isLast = !isFallback(authenticator.kind) && others.length === 0
    const isLost = isLast && (await ownAuthenticators.isOnFallback(db, session))
    const isAlone = isLast && !isLost
    const minLengthAlone = isAlone
      ? await options.choosePassword.findMinLengthAlone(session.userId)
      : undefined
    const asksPassword = !hasSecondFactor(all)
    const shown = { authenticator, formToken, isLast, isLost, hasCodes, minLengthAlone }
    const page = removePage({ ...shown, asksPassword }, context.t)
    return frame.page(context, page, { cookies: browser.cookies })
  }

  async function remove(context: RequestContext, session: LiveSession, id: string): Promise<Reply> {
    const authenticator = await findOwn(options, session, id)
    const all = await options.authenticators.list(db, session.userId)
    const lost = findRulesLost(await rulesFor(session.userId), all, id)
    if (lost.length > 0) return refuse(context, authenticator, lost)
    const request: JourneyRequest = {
      returnTo: buildDonePath(authenticatorsPath, 'removed'),
      confirms: 'account',
      authenticator: { kind: authenticator.kind, removes: id },
    }
    return await beginFirst(options, context, { kind: 'remove', request }, { action: 'remove' })
  }

  return {
    askToRemove: (context: RequestContext, id: string) =>
      own.enterCurrent(context, `${buildPath(id)}/remove`, (session) => ask(context, session, id)),

    async remove(from: RequestContext, id: string): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enterCurrent(context, `${buildPath(id)}/remove`, (session) =>
        remove(context, session, id),
      )
    },
  }
}
