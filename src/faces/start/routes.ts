/**
 * `/start`, the address for letters to users: sets up a second factor before the day on which it is required. Owns its pages
 * and the redirect of a phone to its store. Enrolment and verification happen in a login that asks for a second factor.
 *
 *   /start         what is needed; for a person who has verified a second factor: all is ready
 *   /start/set-up  the login that enrols one, or verifies the one that is there
 *   /start/app     the store of the phone that opens it
 */
import { acrPossession, isAtLeast } from '../../identity/policy/assurance.ts'
import { type Continuations, loginAddress } from '../../login/engine/continuation.ts'
import { type AllAuthenticators, omitLinked } from '../../login/factors/authenticators.ts'
import type { Authenticator, Factor } from '../../login/factors/factor.ts'
import { describeFactor, type FactorKind, isFallback } from '../../login/factors/index.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'
import { type NeededPage, neededPage, readyPage, storesPage } from './pages.ts'

export interface StartOptions {
  readonly db: Database
  readonly frame: Frame
  readonly publicUrl: string
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly continuations: Pick<Continuations, 'sign'>
  readonly factors: readonly Pick<Factor, 'kind' | 'isAvailable' | 'needsApp'>[]
  /** The kind that the next login asks for first. */
  readonly findFirst: (queries: Queries, userId: Id<'user'>) => Promise<FactorKind | undefined>
  readonly config: Pick<Config, 'stores' | 'offered_factors'>
}

export type StartPages = ReturnType<typeof createStartPages>

const startPath = '/start'

export function createStartPages(options: StartOptions) {
  const { frame, config } = options
  const stores = { iosUrl: config.stores.ios_url, androidUrl: config.stores.android_url }
  return {
    show: (context: RequestContext) => show(options, context),

    setUp(): Reply {
      const request = { returnTo: startPath, cancelTo: startPath, acrValues: [acrPossession] }
      return frame.redirect(loginAddress(options.continuations.sign(request)))
    },

    findApp(context: RequestContext): Reply {
      const store = chooseStore(stores, context.client.userAgent ?? '')
      if (store !== undefined) return frame.redirect(store)
      return frame.page(context, storesPage(stores, context.t))
    },
  }
}

const { get } = declarePages<StartPages>()

export const startRoutes: readonly FaceRoute<StartPages>[] = [
  get('/start', 'what a second factor needs, or that all is ready', (pages, context) =>
    pages.show(context),
  ),
  get('/start/set-up', 'enrol or verify a second factor', (pages) => pages.setUp()),
  get('/start/app', 'the store of the phone that opens it', (pages, context) =>
    pages.findApp(context),
  ),
]

async function show(options: StartOptions, context: RequestContext): Promise<Reply> {
  const { db, frame } = options
  const { session } = context.client
  if (session !== undefined && isAtLeast(session.acr, acrPossession)) {
    const all = await options.authenticators.list(db, session.userId)
    const authenticators = omitLinked(all).filter(({ kind }) => !isFallback(kind))
    if (authenticators.length > 0) {
      const browser = frame.ensureBrowser(context)
      const formToken = frame.formToken(browser.token)
      const first = await options.findFirst(db, session.userId)
      const unmade = findUnmade(options, all)
      const page = readyPage({ authenticators, first, unmade, formToken }, context.t)
      return frame.page(context, page, { cookies: browser.cookies })
    }
  }
  return frame.page(context, neededPage(describeNeeds(options), context.t))
}

/** The first configured fallback that users make themselves and that this one has not made yet. */
function findUnmade(
  { factors }: StartOptions,
  all: readonly Authenticator[],
): FactorKind | undefined {
  const isMade = (kind: FactorKind) => describeFactor(kind).words.fallback?.create !== undefined
  return factors.find(
    ({ kind, isAvailable }) => isAvailable && isMade(kind) && all.every((one) => one.kind !== kind),
  )?.kind
}

/** Only kinds that the login offers, in its order. Without an app, a phone is no more necessary than a computer. */
function describeNeeds({ publicUrl, factors, config }: StartOptions): NeededPage {
  const offered = config.offered_factors.flatMap(
    (kind) => factors.find((one) => one.kind === kind && one.isAvailable) ?? [],
  )
  const apps = offered.map(({ kind }) => describeFactor(kind).words.app)
  const inStore = offered.find(({ needsApp }) => needsApp === true)
  const store = inStore && describeFactor(inStore.kind).words.app
  const needsPhone =
    apps[0] !== undefined && (store !== undefined || apps.every((app) => app !== undefined))
  return {
    apps: needsPhone ? apps.flatMap((app) => app ?? []) : [],
    store: store && { app: store, url: `${publicUrl}${startPath}/app` },
    setUpUrl: `${startPath}/set-up`,
  }
}

/** Only a convenience: a wrong guess leads to the other store, which does no harm. */
function chooseStore(
  { iosUrl, androidUrl }: { readonly iosUrl: string; readonly androidUrl: string },
  userAgent: string,
): string | undefined {
  if (/\b(iPhone|iPad|iPod)\b/.test(userAgent)) return iosUrl
  return /\bAndroid\b/.test(userAgent) ? androidUrl : undefined
}
