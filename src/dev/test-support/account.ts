/**
 * For tests of a person's own pages: the whole login and the routes of the account over one database, browsers that have
 * cookies, and phones that speak the push protocol. Erika has the password that every person of the test login has.
 */

import { type BrowserLogout, createOpenApps } from '../../faces/account/logout.ts'
import type { AppTile } from '../../faces/account/pages/tile.ts'
import { accountRoutes, createAccountPages } from '../../faces/account/routes.ts'
import type { Frame } from '../../faces/frame/frame.ts'
import { type BoundRoute, bindRoutes } from '../../faces/frame/route.ts'
import { createLoginFace, loginRoutes } from '../../faces/login/routes.ts'
import { arrange, createAppOrders } from '../../identity/apps/app-orders.ts'
import { acrPassword } from '../../identity/policy/assurance.ts'
import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import { createListGroups } from '../../identity/users/directory-answers.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import type { Rule } from '../../login/factors/authenticator-operations.ts'
import type { AllAuthenticators } from '../../login/factors/authenticators.ts'
import { recoveredEntry } from '../../login/factors/enrolled.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import { type Config, configSchema } from '../../platform/config/schema.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTestBrowser, createTestFrame } from './frame.ts'
import { createTestLogin, config as plainConfig, type TestLogin } from './login.ts'
import { findNumber, findRegistrationUri, readForm } from './plain-browser.ts'

export type AccountScene = Awaited<ReturnType<typeof createAccountScene>>

export interface AccountSceneOptions {
  /** Parts of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>
  /** A further authenticator of the person, besides those of the test login. */
  readonly codes?: Authenticator
  /** Runs after a session was found and before anything is done with it. */
  readonly onEnter?: () => Promise<void>
  readonly hasher?: Hasher
  /** Absent: no app took part in a session. */
  readonly browserLogout?: BrowserLogout
}

const noApps: BrowserLogout = {
  list: async () => [],
  lead: async () => undefined,
}

/** The default rule requires nothing, so that each test sets what it wants. */
export async function createAccountScene(db: Database, options: AccountSceneOptions = {}) {
  const config = configSchema.parse({
    push: plainConfig.push && { senders: { http: { allowed_origins: ['http://phones.example'] } } },
    default_policy: { second_factor: 'none' },
    ...options.config,
  })
  const login = createTestLogin(db, { config, ...(options.hasher && { hasher: options.hasher }) })
  const frame = createTestFrame({
    findSession: login.sessions.find,
    networks: [{ name: { de: 'Büro', en: 'Office' }, ranges: ['127.0.0.0/8'] }],
  })
  const ended: string[] = []
  login.sessions.onEnd(async (ids) => void ended.push(...ids))
  const { tiles, ...launcher } = createTiles(login)
  const { browserLogout = noApps } = options
  const sessions = { ...login.sessions, ...createOpenApps({ ...login, frame, browserLogout }) }
  const pages = { ...login, frame, now: login.clock.now, sessions }
  const loginFace = createLoginFace(
    { ...pages, findNextJourney: login.findNextJourney },
    { serve: () => Promise.reject(new Error('no socket')), count: () => 0, close() {} },
  )
  const routes = [
    ...bindRoutes(loginRoutes, loginFace),
    ...bindRoutes(
      accountRoutes,
      createAccountPages({
        ...pages,
        async findNextJourney(...given) {
          const journey = await login.findNextJourney(...given)
          await options.onEnter?.()
          return journey
        },
        ...login.factors,
        authenticators: withCodes(login.factors.authenticators, options.codes),
        enrolKinds: ['push', 'totp', 'recovery'],
        ...launcher,
        maxEventAge: config.retention.audit,
        browserLogout,
        rulesFor: (userId) => listRules(login, config, userId),
      }),
    ),
  ]
  const erika = await login.addUser('erika')

  const browser = (peer?: string) => createBrowser(frame, routes, peer)

  /** A browser with a session of this strength, as if the person had just logged in. */
  async function loggedIn(
    options: { user?: typeof erika; acr?: string; ago?: number } = {},
  ): Promise<LoggedIn> {
    const one = browser()
    const made = await login.sessions.create(db, {
      userId: (options.user ?? erika).id,
      amr: ['pwd'],
      acr: options.acr ?? acrPassword,
      authenticatedAt: login.clock.now() - (options.ago ?? 0),
      client: { address: '127.0.0.1', userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/130.0' },
    })
    await addPasswordProof(db, (options.user ?? erika).id, made.id, login.clock.now())
    one.jar.set('einlass_session', made.token)
    one.jar.set('einlass_browser', 'mine')
    return createLoggedIn(one, made.id, (page) => proveAct(login, db, page, made.id))
  }

  return {
    ...login,
    config,
    frame,
    erika,
    tiles,
    ended,
    wakeUps: login.events,
    browser,
    loggedIn,
    /** From the page that asks whether to begin to the list; gives the last page. */
    async connect(one: LoggedIn, path: string, phone: ReturnType<typeof login.createPhone>) {
      const begun = await one.confirm(await one.open(path), { action: 'begin' })
      const at = readForm(begun).action
      await phone.scan(findRegistrationUri(begun))
      const number = findNumber(await one.open(at))
      await login.settle()
      await phone.answer(0, () => number)
      return await one.open(at)
    },
    addPhone: (name: string, userId = erika.id) => addPhone(login, db, { name, userId }),
    events: login.listAuditTypes,
    statusOf: async (id: string) =>
      (await db.selectFrom('push_devices').select('status').where('id', '=', id).executeTakeFirst())
        ?.status,
  }
}

/** An active phone, enrolled without any page. */
async function addPhone(
  { factors: { push } }: TestLogin,
  db: Database,
  { name, userId }: { readonly name: string; readonly userId: Id<'user'> },
) {
  const phone = {
    mechanismUid: `of ${name} ${Math.random()}`,
    deviceId: `http://phones.example/${encodeURIComponent(name)}`,
    deviceType: 'android',
    communicationType: 'gcm',
    deviceName: name,
  } as const
  const id = await push.devices.add(db, userId, phone, new Uint8Array(32).fill(9))
  await push.devices.activate(db, id)
  return id
}

/** What stands on the start page, in each person's order. */
function createTiles(login: TestLogin) {
  const tiles: AppTile[] = []
  const orders = createAppOrders(login)
  const apps = async ({ userId }: { readonly userId: string }) =>
    arrange(tiles, await orders.find(login.db, userId))
  return { tiles, apps, orders }
}

/** The default rule and that of each app, as they are for this user. */
async function listRules(
  { db, apps, directory }: TestLogin,
  config: Config,
  userId: string,
): Promise<Rule[]> {
  const groups = await createListGroups(directory)(db, userId)
  const own = { app: undefined, policy: config.default_policy }
  const all = await apps.list(db)
  const rules: Rule[] = [own, ...all.map(({ name, policy }) => ({ app: name, policy }))]
  return rules.map(({ app, policy }) => ({
    app,
    policy: createEffectivePolicy(policy, { groups }),
  }))
}

/** A browser that reads English and follows redirects. */
function createBrowser(frame: Frame, routes: readonly BoundRoute[], peer?: string) {
  const one = createTestBrowser(frame, routes, peer)
  const get = async (path: string) => await readReply(await one.get(path, english))
  const post = async (path: string, fields: Readonly<Record<string, string>>) =>
    await readReply(await one.post(path, { form_token: one.formToken(), ...fields }, english))

  async function follow(reply: Page): Promise<Page> {
    let now = reply
    for (let hops = 0; now.location !== undefined && hops < 10; hops++) {
      now = await get(now.location)
    }
    return now
  }

  return {
    ...one,
    raw: one,
    get,
    post,
    follow,
    open: async (path: string) => await follow(await get(path)),
    /** Answers the form of a page and follows the redirects. */
    async answer(page: Page, answers: Readonly<Record<string, string>>): Promise<Page> {
      const { action, hidden } = readForm(page)
      return await follow(await post(action, { ...hidden, ...answers }))
    },
  }
}

function createLoggedIn(
  one: Browser,
  sessionId: Id<'session'>,
  proveOn: (page: Page) => Promise<boolean>,
): LoggedIn {
  const prove = async (page: Page) =>
    (await proveOn(page)) ? await one.open(readForm(page).action) : page
  return {
    ...one,
    sessionId,
    prove,
    confirm: async (page, answers) => await prove(await one.answer(page, answers)),
    remove: async (id) =>
      await prove(await one.follow(await one.post(`/account/authenticators/${id}/remove`, {}))),
  }
}

type Browser = ReturnType<typeof createBrowser>

export interface LoggedIn extends Browser {
  readonly sessionId: Id<'session'>
  /** Goes on as if the person had verified what this page asks for. */
  prove(page: Page): Promise<Page>
  /** As `answer`. The person then confirms what the page has begun, if it asks for that. */
  confirm(page: Page, answers: Readonly<Record<string, string>>): Promise<Page>
  /** Removes an authenticator, with the proof of that. */
  remove(id: string): Promise<Page>
}

/**
 * As if the person had verified what the page asks for: the strongest that they have, or a fallback if the session is based on one.
 * @returns `false`: the page asks for no proof of a change
 */
async function proveAct(
  { journeys, clock }: TestLogin,
  db: Database,
  page: Page,
  sessionId: Id<'session'>,
): Promise<boolean> {
  const hash = sha256(/action="\/login\/([^"?]+)/.exec(page.text)?.[1] ?? '')
  const journey = await journeys.find(db, hash)
  const userId = journey?.state.userId
  if (journey === undefined || userId === undefined) return false
  const isOfAct = journey.kind === 'enrol' || journey.kind === 'remove'
  if (!isOfAct || !/^password\/check$|\/confirm$/.test(journey.step)) return false
  const earlier = await journeys.proofsOfSession(db, sessionId)
  const isOnPaper = earlier.some(({ factor }) => factor === 'recovery')
  const base = { userId, authenticatorId: null, provenAt: clock.now() }
  await journeys.insertProof(
    db,
    hash,
    journey.step === 'password/check'
      ? { ...base, factor: 'password', strength: 'knowledge', amr: ['pwd'] }
      : isOnPaper
        ? { ...base, factor: 'recovery', strength: 'possession', amr: ['otp'] }
        : { ...base, factor: 'push', strength: 'phishing_resistant', amr: ['hwk'] },
    null,
  )
  // What the page has asked is not waited for any more.
  const before = Object.entries(journey.state.data).filter(([name]) => name.startsWith('binding.'))
  const data = { ...Object.fromEntries(before), ...(isOnPaper && recoveredEntry.write(true)) }
  await db.deleteFrom('push_challenges').where('journey_hash', '=', hash).execute()
  const state = { ...journey.state, data }
  const to = { step: 'binding/proof', state, finishedAt: null, sessionId: null } as const
  return await journeys.move(db, journey, to)
}

function withCodes(
  authenticators: AllAuthenticators,
  codes: Authenticator | undefined,
): AllAuthenticators {
  if (codes === undefined) return authenticators
  const list: AllAuthenticators['list'] = async (...given) => [
    ...(await authenticators.list(...given)),
    codes,
  ]
  return { ...authenticators, list }
}

/** Every session has at least this proof. */
async function addPasswordProof(db: Database, userId: string, sessionId: string, at: number) {
  const proof = { factor: 'password', strength: 'knowledge', amr: '["pwd"]' } as const
  await db
    .insertInto('proofs')
    .values({
      id: `prf_${sessionId}`,
      journey_hash: sessionId,
      user_id: userId,
      ...proof,
      authenticator_id: null,
      proven_at: at,
      session_id: sessionId,
    })
    .execute()
}

const english = { 'accept-language': 'en' }

export interface Page {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

async function readReply(response: Response): Promise<Page> {
  return {
    status: response.status,
    location: response.headers.get('location') ?? undefined,
    text: await response.text(),
  }
}
