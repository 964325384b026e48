/** The start page with a person's apps, the first page of their account, and the taking back of a decline. */
import { asPerson } from '../../identity/operations/actor.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { ChoiceStore, OfferAgain } from '../../login/decision/choices.ts'
import { countDeferralsLeft } from '../../login/decision/decide.ts'
import type { Rule } from '../../login/factors/authenticator-operations.ts'
import type { AllAuthenticators } from '../../login/factors/authenticators.ts'
import { type FactorKind, isFallback } from '../../login/factors/index.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { homePage } from '../frame/pages.ts'
import type { OwnPages } from './own-pages.ts'
import { overviewPage } from './pages/overview.ts'
import { describeStrength } from './strength.ts'

/** An app as a person sees it. */
export interface AppTile {
  readonly name: string
  readonly href: string
}

export interface OverviewOptions {
  readonly db: Database
  readonly clock: Clock
  readonly frame: Frame
  readonly sessions: Pick<Sessions, 'listOf'>
  readonly choices: ChoiceStore
  readonly offerAgain: OfferAgain
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  /** What a person can set up. */
  readonly enrolKinds: readonly FactorKind[]
  readonly apps: () => Promise<readonly AppTile[]>
  /** The rules of all apps for this person, and that of their own pages. */
  readonly rulesFor: (userId: Id<'user'>) => Promise<readonly Rule[]>
}

const undone = 'undone'

export function createOverview(options: OverviewOptions, own: OwnPages) {
  return {
    home: (context: RequestContext) =>
      own.enter(context, '/', (session) => showHome(options, context, session)),
    account: (context: RequestContext) =>
      own.enter(context, '/account', (session) => showAccount(options, context, session)),
    async undoDecline(from: RequestContext): Promise<Reply> {
      const { context } = await own.receive(from)
      return await own.enter(context, '/', (session) => undoDecline(options, session))
    },
  }
}

const isUndone = ({ request }: RequestContext) => new URL(request.url).searchParams.has(undone)

async function showHome(
  options: OverviewOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const { frame, db, choices } = options
  const { declinedAt } = await choices.find(db, session.userId)
  const browser = frame.ensureBrowser(context)
  const page = homePage(
    {
      name: session.displayName,
      apps: await options.apps(),
      accountUrl: '/account',
      logoutUrl: '/logout',
      declineUndone: isUndone(context),
      ...(declinedAt !== null && {
        declined: {
          at: declinedAt,
          action: '/account/second-factor/offer-again',
          formToken: frame.formToken(browser.token),
        },
      }),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

async function showAccount(
  options: OverviewOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const { frame, db, authenticators, sessions } = options
  const { userId } = session
  const browser = frame.ensureBrowser(context)
  const all = await authenticators.list(db, userId)
  const own = all.filter(({ kind }) => !isFallback(kind))
  const page = overviewPage(
    {
      username: session.username,
      email: session.email,
      signedInAt: session.authenticatedAt,
      ...describeStrength(session, { own: all, enrolKinds: options.enrolKinds }),
      authenticators: own,
      fallbacks: all.filter(({ kind }) => isFallback(kind)),
      sessions: (await sessions.listOf(userId)).length,
      ...(own.length === 0 && (await findChoice(options, userId))),
      formToken: frame.formToken(browser.token),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

/** What a person without a second factor has decided, and how often they may still put one off. */
async function findChoice(options: OverviewOptions, userId: Id<'user'>) {
  const { declinedAt, skipsUsed } = await options.choices.find(options.db, userId)
  if (declinedAt !== null) return { declinedAt }
  const policy = ownPolicy(await options.rulesFor(userId))
  if (policy === undefined || policy.secondFactor === 'none' || policy.skips === 0) return {}
  return {
    skipsLeft: countDeferralsLeft(policy, {
      deferralsUsed: skipsUsed,
      now: options.clock.now(),
    }),
  }
}

function ownPolicy(rules: readonly Rule[]): Policy | undefined {
  return rules.find(({ app }) => app === undefined)?.policy
}

async function undoDecline(
  { frame, offerAgain }: OverviewOptions,
  session: LiveSession,
): Promise<Reply> {
  await offerAgain(asPerson(session))
  return frame.redirect(`/?${undone}`)
}
