/** The first page of an account: who the user is, how strong this login was, and what the user can manage. */
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { ChoiceStore } from '../../login/decision/choices.ts'
import { countDeferralsLeft } from '../../login/decision/decide.ts'
import type { Rule } from '../../login/factors/authenticator-operations.ts'
import { type AllAuthenticators, omitLinked } from '../../login/factors/authenticators.ts'
import { type FactorKind, isFallback } from '../../login/factors/index.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import { overviewPage } from './pages/overview.ts'
import type { Notice } from './pages/parts.ts'
import { findPasswordRow, type PasswordRowOptions } from './password-row.ts'
import { describeStrength } from './strength.ts'

export type OverviewOptions = PasswordRowOptions & {
  readonly clock: Clock
  readonly frame: Frame
  readonly sessions: Pick<Sessions, 'listOf'>
  readonly choices: ChoiceStore
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  /** The kinds of authenticators that a user can enrol. */
  readonly enrolKinds: readonly FactorKind[]
  /** The rules of all apps for this user, and the rule of the account pages. */
  readonly rulesFor: (userId: Id<'user'>) => Promise<readonly Rule[]>
}

export function createOverview(options: OverviewOptions, own: OwnPages) {
  return {
    account: (context: RequestContext) =>
      own.enter(context, '/account', (session) => showAccount(options, context, session)),
  }
}

async function showAccount(
  options: OverviewOptions,
  context: RequestContext,
  session: LiveSession,
): Promise<Reply> {
  const { frame, db, sessions } = options
  const { userId } = session
  const browser = frame.ensureBrowser(context)
  const all = await options.authenticators.list(db, userId)
  const authenticators = omitLinked(all).filter(({ kind }) => !isFallback(kind))
  const page = overviewPage(
    {
      username: session.username,
      email: session.email,
      signedInAt: session.authenticatedAt,
      ...describeStrength(session, { own: all, enrolKinds: options.enrolKinds }),
      authenticators,
      fallbacks: all.filter(({ kind }) => isFallback(kind)),
      sessions: (await sessions.listOf(userId)).length,
      password: await findPasswordRow(options, userId),
      notice: readNotice(context),
      ...(authenticators.length === 0 && (await findChoice(options, userId))),
    },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

function readNotice({ request }: RequestContext): Notice | undefined {
  const isChanged = new URL(request.url).searchParams.get('done') === 'password'
  return isChanged ? { tone: 'success', text: message('password.own.done') } : undefined
}

/** Whether a user without a second factor declined one, and how often they may still defer it. */
async function findChoice(options: OverviewOptions, userId: Id<'user'>) {
  const { declinedAt, skipsUsed } = await options.choices.find(options.db, userId)
  if (declinedAt !== null) return { declinedAt }
  const policies = (await options.rulesFor(userId)).map(({ policy }) => policy)
  const left = policies
    .filter(({ secondFactor, skips }) => secondFactor !== 'none' && skips > 0)
    .map((policy) =>
      countDeferralsLeft(policy, { deferralsUsed: skipsUsed, now: options.clock.now() }),
    )
  // The app that allows the fewest asks first, so this is the number on its page.
  return left.length === 0 ? {} : { skipsLeft: Math.min(...left) }
}
