/**
 * Plays an OpenID Connect app against the running server: reads discovery, begins a login with each of its redirect addresses,
 * authenticates at the token endpoint with a grant that does not exist, begins a request at a phone for a person who does not
 * exist, and tries the logout address of the app. Owns which answers are right, and the advice for other answers.
 */
import { createHash } from 'node:crypto'
import { findForbiddenAddress } from '../../../platform/http/guarded-fetch.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import {
  type Answer,
  adviseServer,
  ask,
  type Finding,
  type ProbeApp,
  type ProbeTarget,
  probeAddress,
  probeCertificate,
  probeClock,
  right,
  warning,
  wrong,
} from '../probe.ts'
import { explainApprovalRule } from './approval-rule.ts'
import { cibaGrant, deviceGrant, hasOwnProof } from './client-options.ts'
import { probeProfile } from './fapi2-probe.ts'
import { oidcAddresses } from './paths.ts'
import { type OidcAppSettings, readSettings } from './settings.ts'

const serverAdvice = adviseServer(`${oidcAddresses.issuer}/`)

export const probeOidc: ProbeApp = async (target) => {
  const found = await findServer(target)
  if (found.metadata === undefined) return found.findings
  const { metadata } = found
  const settings = readSettings(target.app)
  const findings = [
    ...found.findings,
    await probeKeys(target, metadata),
    ...(await probeLogins(target, metadata, settings)),
    await probeToken(target, metadata, settings),
  ]
  const plain = createRequest(target, metadata.authorization, settings.redirectUris[0] ?? '')
  findings.push(...(await probeProfile(target, settings, plain)))
  if (settings.ciba === true) findings.push(...(await probePhones(target, metadata, settings)))
  findings.push(...(await probeRedirectAddresses(target, settings)))
  if (settings.backchannelLogoutUri !== undefined) {
    findings.push(...(await probeBackChannel(target, settings.backchannelLogoutUri)))
  }
  return findings
}

interface Metadata {
  readonly authorization: string
  readonly token: string
  readonly backchannel: string
  readonly keys: string
}

interface Found {
  readonly findings: readonly Finding[]
  /** Absent: nothing else can be tested. */
  readonly metadata?: Metadata
}

async function findServer(target: ProbeTarget): Promise<Found> {
  const { publicUrl } = target
  const url = `${publicUrl}${oidcAddresses.discovery}`
  const answer = await ask(target, url)
  const name = 'discovery document'
  if (answer.type === 'silent') {
    return { findings: [wrong(name, `${url}: ${answer.why}.`, serverAdvice)] }
  }
  const { response, body } = answer
  if (response.status !== 200) {
    const text = `${url} answers with status ${response.status}.`
    return { findings: [wrong(name, text, serverAdvice)] }
  }
  const read = parseObject(body)
  const issuer = `${publicUrl}${oidcAddresses.issuer}`
  if (read.issuer !== issuer) {
    const text = `It names the issuer ${JSON.stringify(read.issuer)}, and apps expect ${issuer}.`
    const advice =
      'Is public_url the same for the server as for this command, and the address that people use?'
    return { findings: [wrong(name, text, advice)] }
  }
  const metadata = {
    authorization: String(read.authorization_endpoint),
    token: String(read.token_endpoint),
    backchannel: String(read.backchannel_authentication_endpoint),
    keys: String(read.jwks_uri),
  }
  const foreign = Object.values(metadata).find((one) => !one.startsWith(`${publicUrl}/`))
  if (foreign !== undefined) {
    const advice = 'The proxy in front of the server should pass on the Host header as it came.'
    return { findings: [wrong(name, `It names ${foreign}, which is another address.`, advice)] }
  }
  const more = [...probeClock(target, 'clock of the login', response)]
  const certificate = await probeCertificate(target)
  return { findings: [right(name, `${url} is right.`), ...more, ...certificate], metadata }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

async function probeKeys(target: ProbeTarget, { keys: url }: Metadata): Promise<Finding> {
  const name = 'signing keys'
  const answer = await ask(target, url)
  const { keys } = answer.type === 'answer' ? parseObject(answer.body) : {}
  if (!Array.isArray(keys) || keys.length === 0) {
    return wrong(name, `${url} has no keys.`, serverAdvice)
  }
  const algorithms = keys.map((key: { alg?: unknown }) => String(key.alg))
  return right(name, `${[...new Set(algorithms)].join(' and ')}.`)
}

/** An authorization request as the app sends it (OpenID Connect Core 1.0 section 3.1.2.1, RFC 7636). */
function createRequest(
  { app, random }: ProbeTarget,
  endpoint: string,
  redirectUri: string,
): string {
  const { scopes = ['profile', 'email'] } = readSettings(app)
  const challenge = createHash('sha256').update(newSecret(random)).digest('base64url')
  const query = new URLSearchParams({
    client_id: app.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: ['openid', ...scopes].join(' '),
    state: newSecret(random),
    nonce: newSecret(random),
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  return `${endpoint}?${query}`
}

/** Finds the name of an error in the page or in the redirect address. */
const findCode = (text: string): string | undefined =>
  /\b(?:invalid|unsupported|unauthorized|access|temporarily|login|interaction)_[a-z_]+/.exec(
    text,
  )?.[0]

/** Native apps receive their answers on the person's device, which cannot be reached from here. */
const isOnServer = (uri: string): boolean => /^https?:/.test(uri)

async function probeLogins(
  target: ProbeTarget,
  metadata: Metadata,
  settings: OidcAppSettings,
): Promise<Finding[]> {
  const [first] = settings.redirectUris
  if (first === undefined) return [right('login', 'Nobody logs in to this app by a browser.')]
  if (settings.requirePar === true) {
    return [right('login', 'Only the app itself can begin one: its requests have to be pushed.')]
  }
  if (settings.signedRequests === true) {
    return [right('login', 'Only the app itself can begin one: it alone has the key that signs.')]
  }
  const findings: Finding[] = []
  for (const uri of settings.redirectUris) findings.push(await probeLogin(target, metadata, uri))
  return [...findings, await probeForeignAddress(target, metadata, first)]
}

async function probeLogin(
  target: ProbeTarget,
  { authorization }: Metadata,
  redirectUri: string,
): Promise<Finding> {
  const name = 'login'
  const answer = await ask(target, createRequest(target, authorization, redirectUri))
  if (answer.type === 'silent') return wrong(name, `It did not begin: ${answer.why}.`, serverAdvice)
  const { response, body } = answer
  const to = URL.parse(response.headers.get('location') ?? '', authorization)
  const isRedirect = response.status >= 300 && response.status < 400
  if (isRedirect && to?.origin === target.publicUrl) {
    return right(name, `A login that goes back to ${redirectUri} begins.`)
  }
  if (isRedirect && to?.href.startsWith(redirectUri)) {
    const code = to.searchParams.get('error') ?? 'no error'
    const text = `The app gets ${code}: ${to.searchParams.get('error_description') ?? ''}.`
    return wrong(
      name,
      text,
      "The request of a login has everything that the app's own settings name: look into the log of the server.",
    )
  }
  if (response.status === 429) {
    return warning(name, 'Too many logins begin from this address.', 'Try again in a minute.')
  }
  const code = findCode(body) ?? `status ${response.status}`
  const advice =
    'Was the app changed while this ran, or does the server use another database than this command?'
  return wrong(name, `A login that goes back to ${redirectUri} is refused: ${code}.`, advice)
}

async function probeForeignAddress(
  target: ProbeTarget,
  { authorization }: Metadata,
  redirectUri: string,
): Promise<Finding> {
  const name = "address that is not the app's"
  const foreign = `${redirectUri}-other`
  const answer = await ask(target, createRequest(target, authorization, foreign))
  const isRefused = answer.type === 'answer' && answer.response.status === 400
  if (isRefused) return right(name, 'Refused, as it should be.')
  const advice = 'This should never be. Tell those who make Einlass.'
  return wrong(name, `A login that goes back to ${foreign} is not refused.`, advice)
}

/** Errors for an app that has authenticated: mostly because its grant does not exist. */
const afterAuthentication = [
  'invalid_grant',
  'invalid_scope',
  'unauthorized_client',
  'invalid_dpop_proof',
]

async function probeToken(
  target: ProbeTarget,
  { token }: Metadata,
  settings: OidcAppSettings,
): Promise<Finding> {
  const { app } = target
  const name = 'client authentication'
  const { tokenEndpointAuthMethod: method } = settings
  if (hasOwnProof(settings)) return right(name, describeOwnProof(target, settings))
  const answer = await askAsApp(target, settings, token, createGrant(target, settings))
  const error = describeTokenError(answer)
  if (afterAuthentication.includes(error))
    return right(name, `By ${method}, as the app is to do it.`)
  if (error === 'invalid_client') {
    const advice = `Enter the client_secret in the app anew: einlass app change ${app.id} --new-secret`
    return wrong(name, `The server does not accept the app by ${method}.`, advice)
  }
  return wrong(name, `The token endpoint answers with ${error}.`, serverAdvice)
}

function describeOwnProof(
  { publicUrl, app }: ProbeTarget,
  { jwks, jwksUri, assertionAudience }: OidcAppSettings,
): string {
  const text = 'Only the app itself can do it: it alone has the key.'
  const signs = jwks !== undefined || jwksUri !== undefined
  if (!signs || assertionAudience === 'endpoint') return text
  const issuer = `${publicUrl}${oidcAddresses.issuer}`
  return `${text} What it signs names ${issuer} as aud, as one string; if it cannot: einlass app change ${app.id} --assertion-audience endpoint`
}

/** Uses values that do not exist, so that nothing is granted. */
function createGrant(
  { random }: ProbeTarget,
  { redirectUris: [redirectUri], grants = [], ciba }: OidcAppSettings,
): Readonly<Record<string, string>> {
  const secret = newSecret(random)
  if (redirectUri === undefined && grants.includes('device_code')) {
    return { grant_type: deviceGrant, device_code: secret }
  }
  if (redirectUri === undefined && ciba === true) {
    return { grant_type: cibaGrant, auth_req_id: secret }
  }
  // No scope has such a character (RFC 6749 section 3.3).
  if (redirectUri === undefined) return { grant_type: 'client_credentials', scope: '"' }
  return {
    grant_type: 'authorization_code',
    code: secret,
    redirect_uri: redirectUri,
    code_verifier: newSecret(random),
  }
}

/** Posts a request with the app's authentication. */
async function askAsApp(
  target: ProbeTarget,
  { tokenEndpointAuthMethod: method }: OidcAppSettings,
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { id, clientSecret: secret = '' } = target.app
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)
  const body = new URLSearchParams({
    ...fields,
    ...(method !== 'client_secret_basic' && { client_id: id }),
    ...(method === 'client_secret_post' && { client_secret: secret }),
  })
  const headers = {
    ...(method === 'client_secret_basic' && { authorization: `Basic ${basic.toString('base64')}` }),
  }
  return await ask(target, url, { method: 'POST', headers, body })
}

/** An app that registered itself has chosen its addresses alone: an administrator checks them before anything is sent there. */
async function probeRedirectAddresses(
  target: ProbeTarget,
  { redirectUris }: OidcAppSettings,
): Promise<Finding[]> {
  const name = 'redirect address'
  const { app } = target
  const uris = redirectUris.filter(isOnServer)
  if (app.registration !== undefined && uris.length > 0) {
    const text = `Not asked, as the app registered itself: ${uris.join(', ')}.`
    const advice = `Adopt it if these are right: einlass app adopt ${app.id}`
    return [warning(name, text, advice)]
  }
  const findings: Finding[] = []
  for (const uri of uris) findings.push(await probeAddress(target, name, uri))
  return findings
}

/** Asks for a person who does not exist, so that no phone is asked. */
async function probePhones(
  target: ProbeTarget,
  { backchannel, token }: Metadata,
  settings: OidcAppSettings,
): Promise<Finding[]> {
  const name = 'request at a phone'
  if (hasOwnProof(settings)) return []
  const begun = await askAsApp(target, settings, backchannel, {
    scope: 'openid',
    login_hint: `probe ${newSecret(target.random)}`,
  })
  const { auth_req_id: id } = begun.type === 'answer' ? parseObject(begun.body) : {}
  if (typeof id !== 'string') {
    const error = describeTokenError(begun)
    return [wrong(name, `It did not begin: the app gets ${error}.`, serverAdvice)]
  }
  const answer = await askAsApp(target, settings, token, { grant_type: cibaGrant, auth_req_id: id })
  const error = describeTokenError(answer)
  if (error !== 'authorization_pending') {
    return [wrong(name, `While nobody has answered, the app gets ${error}.`, serverAdvice)]
  }
  return [right(name, 'It begins, and waits for an answer.'), ...judgeRule(target)]
}

function judgeRule({ app }: ProbeTarget): Finding[] {
  const explained = explainApprovalRule(app)
  if (explained === undefined) return []
  return [warning('rule for approvals', explained.text, explained.advice)]
}

function describeTokenError(answer: Answer): string {
  if (answer.type === 'silent') return `nothing: ${answer.why}`
  const { error } = parseObject(answer.body)
  return typeof error === 'string' ? error : `status ${answer.response.status}`
}

/** The right answer to an invalid logout token is 400 (OpenID Connect Back-Channel Logout 1.0 section 2.8). */
async function probeBackChannel(target: ProbeTarget, url: string): Promise<Finding[]> {
  const name = 'back-channel logout'
  const isAdopted = target.app.registration === undefined
  const forbidden = await findForbiddenAddress(url, isAdopted ? target.appNetworks : [])
  if (forbidden !== undefined && !isAdopted) {
    const text = `${url}: the server does not call it, as ${forbidden} is not public and the app registered itself.`
    return [wrong(name, text, `Adopt it: einlass app adopt ${target.app.id}`)]
  }
  if (forbidden !== undefined) {
    const text = `${url}: the server does not call it, as ${forbidden} is not in app_networks.`
    const advice = `Name its network in the configuration, for example app_networks: [${forbidden}], and start the server again.`
    return [wrong(name, text, advice)]
  }
  const body = new URLSearchParams({ logout_token: 'probe' })
  const answer = await ask(target, url, { method: 'POST', body })
  if (answer.type === 'silent') {
    const advice =
      'The server has to reach it, not a browser. If this machine is not the server, run this command there.'
    return [wrong(name, `${url}: ${answer.why}.`, advice)]
  }
  const { response } = answer
  const clock = probeClock(target, 'clock of the app', response)
  const { status } = response
  if (status === 400) return [right(name, `${url} answers.`), ...clock]
  if (status === 404 || status === 405) {
    const advice =
      'Look whether the path is right, and whether this version of the app knows back-channel logout.'
    return [wrong(name, `${url} answers with status ${status}.`, advice), ...clock]
  }
  const text = `${url} answers what is no logout token with status ${status} instead of 400.`
  const advice = 'Log in, log out elsewhere, and see whether the app has ended its session.'
  return [warning(name, text, advice), ...clock]
}
