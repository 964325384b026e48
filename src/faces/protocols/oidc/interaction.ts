/**
 * The stop between an authorization request and its answer. Lets the gate decide, then sends the browser to the login page,
 * passes the login to the library, or informs the app that the person may not enter. Has the pages for the choice of an
 * account, for consent to an app that registered itself, for a person who may not enter, and for a request that is over: after
 * a login, the back button of the browser leads here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { App, Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { asAnother, type Gate, type GateRequest } from '../../../login/decision/gate.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type NodeHandler, redirect } from '../answer.ts'
import type {
  AccountChoice,
  Forward,
  OverRequest,
  RefusedEntry,
  UnknownAppEntry,
} from '../pages.ts'
import { isAllowedAt } from './allowed-places.ts'
import { personScopes } from './claims.ts'
import { describeLogin, readWishes } from './entry.ts'
import { placeShownMember } from './held-redirects.ts'
import { type Interaction, SessionNotFound } from './library.ts'
import { interactionPath } from './paths.ts'
import { describePlace } from './places.ts'
import { readSettings } from './settings.ts'

/**
 * The error that the app gets when its person does not enter (RFC 6749 section 4.1.2.1). A person who may not enter first sees
 * our page: an app that gets the error at once would often only begin again. The page has a link back to the app.
 */
const denials: Readonly<Record<string, string>> = {
  cancel: 'the person has cancelled',
  decline: 'the person has declined',
  refused: 'the person may not enter this app',
}

const appField = 'app'

export interface InteractionOptions {
  readonly provider: Provider
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  readonly clock: Clock
  findSession(request: IncomingMessage): Promise<LiveSession | undefined>
  /** See `ProtocolHost`. */
  askLanguage(tags: string): string | undefined
  readonly answers: InteractionAnswers
}

/** Each method answers with a page. */
export interface InteractionAnswers {
  fail(req: IncomingMessage, res: ServerResponse, status: number, code: string): Promise<void>
  /** Asks whether to continue as the person who is logged in. */
  askAccount(req: IncomingMessage, res: ServerResponse, choice: AccountChoice): Promise<void>
  /** Asks whether to let in an app that registered itself. */
  askToAllow(req: IncomingMessage, res: ServerResponse, shown: UnknownAppEntry): Promise<void>
  /** Leads on to the app after that form. */
  leadOn(req: IncomingMessage, res: ServerResponse, forward: Forward): Promise<void>
  /** Whether the form came from our page in this browser; `false`: the browser was answered. */
  checkForm(req: IncomingMessage, res: ServerResponse): Promise<boolean>
  /** Says that the person may not enter the app. */
  tellRefused(req: IncomingMessage, res: ServerResponse, refused: RefusedEntry): Promise<void>
  /** Says that the request has been answered or is too old. */
  tellOver(req: IncomingMessage, res: ServerResponse, over: OverRequest): Promise<void>
}

export function createInteraction(options: InteractionOptions): NodeHandler {
  const { provider, db, apps, findSession, answers } = options
  const { fail, tellOver } = answers
  return async (req, res) => {
    const stop = readStop(req)
    if (typeof stop === 'number') return fail(req, res, stop, 'invalid_request')
    const { uid, step, query, isForm } = stop
    const interaction = await findInteraction(provider, req, res)
    if (!interaction) {
      return await tellOver(req, res, await overFor(options, query, await findSession(req)))
    }
    if (uid !== interaction.uid) return fail(req, res, 400, 'invalid_request')
    const denial = denials[step ?? '']
    if (denial !== undefined) {
      // The page on which a person declines an app has shown where the answer leads.
      const answer = { description: denial, [placeShownMember]: step === 'decline' }
      return await deny(provider, req, res, answer)
    }
    const app = await apps.find(db, String(interaction.params.client_id))
    if (!app) return fail(req, res, 400, 'invalid_client')
    const session = await findSession(req)
    const passage = { interaction, app, session, step: step as Step, isAllowed: isForm }
    await goOn(options, passage, { req, res })
  }
}

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

async function goOn(options: InteractionOptions, passage: Passage, exchange: Exchange) {
  const { req, res } = exchange
  const { checkForm, askAccount } = options.answers
  if (passage.isAllowed && !(await checkForm(req, res))) return
  if (mustChoose(passage)) return await askAccount(req, res, describeChoice(passage))
  await enterOrLogIn(options, passage, exchange)
}

/** Parses the request; a number is the status of a refusal. */
function readStop({ url = '', method }: IncomingMessage) {
  const [path = '', query] = url.split('?')
  const asked = interactionPattern.exec(path)
  const isForm = method === 'POST' && asked?.[2] === 'allow'
  if (method !== 'GET' && !isForm) return 405
  return asked === null ? 400 : { uid: asked[1], step: asked[2], query, isForm }
}

/** The person's choice: continue as the one who is logged in, log in as another one, or allow the app. */
type Step = 'continue' | 'other' | 'allow' | undefined

const interactionPattern = new RegExp(
  `^${interactionPath}/([\\w-]+)(?:/(cancel|decline|refused|continue|other|allow))?$`,
)

/** A request at this stop. */
interface Passage {
  readonly interaction: Interaction
  readonly app: App
  readonly session: LiveSession | undefined
  readonly step: Step
  /** The person has just allowed the app. */
  readonly isAllowed: boolean
}

/** `prompt=select_account`, and nobody has logged in since the request. */
function mustChoose({ interaction, session, step }: Passage): boolean {
  const { choosesBefore } = interaction.prompt.details
  if (session === undefined || step !== undefined) return false
  return typeof choosesBefore === 'number' && session.authenticatedAt < choosesBefore
}

function describeChoice({ interaction, app, session }: Passage): AccountChoice {
  const address = (step: string) => buildAddress(interaction, app, step)
  return {
    appName: app.name,
    displayName: session?.displayName ?? '',
    username: session?.username ?? '',
    continueUrl: address('/continue'),
    otherUrl: address('/other'),
    cancelUrl: address('/cancel'),
    keepsOpener: app.keepsOpener,
  }
}

/** When the interaction is over, only the address still names its app. */
function buildAddress({ uid }: Interaction, app: App, step = ''): string {
  return `${interactionPath}/${uid}${step}?${new URLSearchParams({ [appField]: app.id })}`
}

async function enterOrLogIn(
  options: InteractionOptions,
  passage: Passage,
  { req, res }: Exchange,
): Promise<void> {
  const { interaction, app } = passage
  const decision = await options.gate.decide(createGateRequest(passage, options.clock))
  switch (decision.type) {
    case 'login': {
      const { ui_locales: tags } = interaction.params
      const cookie = typeof tags === 'string' ? options.askLanguage(tags) : undefined
      if (cookie !== undefined) res.appendHeader('Set-Cookie', cookie)
      return redirect(res, decision.location)
    }
    case 'refused':
      return await options.answers.tellRefused(req, res, {
        appName: app.name,
        username: decision.session.username,
        otherLoginUrl: decision.location,
        backUrl: buildAddress(interaction, app, '/refused'),
        keepsOpener: app.keepsOpener,
      })
    case 'enter': {
      const { session } = decision
      if (await mustAllow(options, passage, session)) {
        return await options.answers.askToAllow(req, res, describeUnknownApp(passage, session))
      }
      return await enter(options, passage, session, { req, res })
    }
  }
}

/** After a form, a page leads on: the policy of the page with the form also applies to redirects. */
async function enter(
  { provider, answers }: InteractionOptions,
  { app, isAllowed }: Passage,
  session: LiveSession,
  { req, res }: Exchange,
): Promise<void> {
  const entry = describeEntry(session)
  if (!isAllowed) return await provider.interactionFinished(req, res, entry)
  const url = await provider.interactionResult(req, res, entry)
  await answers.leadOn(req, res, { appName: app.name, url, keepsOpener: app.keepsOpener })
}

/** Asks the person about an app that registered itself, once in each session for each place, and whenever the app requests it. */
async function mustAllow(
  { db }: InteractionOptions,
  { app, interaction, isAllowed }: Passage,
  { id: sessionId }: LiveSession,
): Promise<boolean> {
  if (app.registration === undefined || isAllowed) return false
  if (interaction.prompt.name === 'consent') return true
  const entry = { sessionId, appId: app.id }
  return !(await isAllowedAt(db, entry, readRedirectUri(interaction)))
}

const readRedirectUri = ({ params }: Interaction) => String(params.redirect_uri)

function describeUnknownApp(
  { interaction, app }: Passage,
  { username }: LiveSession,
): UnknownAppEntry {
  const { policyUri, termsUri } = app.registration ?? {}
  const redirectUri = readRedirectUri(interaction)
  return {
    ...{ appName: app.name, username, policyUri, termsUri },
    ...describePlace(redirectUri),
    scopes: readSettings(app).scopes ?? personScopes,
    action: buildAddress(interaction, app, '/allow'),
    cancelUrl: buildAddress(interaction, app, '/decline'),
    keepsOpener: app.keepsOpener,
  }
}

function createGateRequest(
  { interaction, app, session, step }: Passage,
  clock: Clock,
): GateRequest {
  const { params, prompt } = interaction
  const { login_hint: loginHint } = params
  return {
    app,
    session,
    returnTo: buildAddress(interaction, app, step === 'continue' ? '/continue' : ''),
    cancelTo: buildAddress(interaction, app, '/cancel'),
    ...readWishes(params, prompt.details.since),
    ...(typeof loginHint === 'string' && { loginHint }),
    ...(app.registration && { place: describePlace(readRedirectUri(interaction)).place }),
    ...(step === 'other' && asAnother(clock.now())),
  }
}

function describeEntry(session: LiveSession) {
  const { loginTs: ts, ...facts } = describeLogin(session)
  // `remember: false`: like our cookie, the library's cookie need not outlive the browser session.
  const login = { accountId: session.userId, remember: false, ts, ...facts }
  // `consent: {}` answers `prompt=consent`: a first-party app needs no consent. The account was already chosen.
  return { login, session: session.id, consent: {}, select_account: {} }
}

/**
 * The address names the app, and anybody can write an address. So it links only to the start of the app, and not to an app that
 * nobody has checked.
 */
async function overFor(
  { db, apps }: InteractionOptions,
  query: string | undefined,
  session: LiveSession | undefined,
): Promise<OverRequest> {
  const id = new URLSearchParams(query).get(appField)
  const app = id === null ? undefined : await apps.find(db, id)
  const isSignedIn = session !== undefined
  if (app?.startUrl === undefined || app.registration !== undefined) return { isSignedIn }
  return { isSignedIn, app: { name: app.name, startUrl: app.startUrl } }
}

async function deny(
  provider: Provider,
  req: IncomingMessage,
  res: ServerResponse,
  { description, ...facts }: { readonly description: string; readonly [placeShownMember]: boolean },
) {
  const answer = { error: 'access_denied', error_description: description, ...facts }
  await provider.interactionFinished(req, res, answer)
}

async function findInteraction(provider: Provider, req: IncomingMessage, res: ServerResponse) {
  try {
    return await provider.interactionDetails(req, res)
  } catch (error) {
    if (error instanceof SessionNotFound) return undefined
    throw error
  }
}
