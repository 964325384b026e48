/**
 * How an app is tested from outside: its protocol plays the app against the running server, over HTTP and with the app's own
 * settings, and describes in words what is wrong. Owns the form of a finding and the checks that all protocols share: whether
 * an address answers, its certificate and its clock. A probe logs nobody in and changes nothing.
 */
import type { App } from '../../identity/apps/apps.ts'
import { authorityAdvice, explainSilence, type Silence } from '../../platform/http/silence.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Random } from '../../platform/kernel/random.ts'

export interface ProbeTarget {
  /** The app, with its secret. */
  readonly app: App
  /** The origin of the server, as browsers and apps see it. */
  readonly publicUrl: string
  /** CIDR: networks in which the server may call apps (`app_networks`), in addition to public addresses. */
  readonly appNetworks: readonly string[]
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly random: Random
}

export interface Finding {
  /** What was checked, in a few words. */
  readonly name: string
  /** `warning`: it may be intended, or cannot be judged from here. `unchecked`: only a login shows it. */
  readonly outcome: 'right' | 'warning' | 'wrong' | 'unchecked'
  /** What was found, or what a person has to check. */
  readonly text: string
  /** What to do; absent if everything is right. */
  readonly advice?: string
}

export type ProbeApp = (target: ProbeTarget) => Promise<readonly Finding[]>

export const right = (name: string, text: string): Finding => ({ name, outcome: 'right', text })

export const unchecked = (name: string, text: string): Finding => ({
  name,
  outcome: 'unchecked',
  text,
})

export const warning = (name: string, text: string, advice: string): Finding => ({
  name,
  outcome: 'warning',
  text,
  advice,
})

export const wrong = (name: string, text: string, advice: string): Finding => ({
  name,
  outcome: 'wrong',
  text,
  advice,
})

export type Answer =
  | { readonly type: 'answer'; readonly response: Response; readonly body: string }
  | ({ readonly type: 'silent' } & Silence)

const patience = 10_000
const largest = 256 * 1024

/** Sends one request and follows no redirect. */
export async function ask(
  { fetch }: Pick<ProbeTarget, 'fetch'>,
  url: string,
  init: RequestInit = {},
): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(url, { redirect: 'manual', signal, ...init })
    return { type: 'answer', response, body: await readStart(response) }
  } catch (error) {
    return { type: 'silent', ...explainSilence(error, new URL(url)) }
  }
}

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size > largest) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What to do if the server does not answer as it should. `path`: where its protocol is. */
export const adviseServer = (path: string): string =>
  `Does "einlass serve" run, and does the proxy in front of it pass ${path} on?`

/** Checks a document of the server, which has to name its own address. Includes the findings of further checks. */
export async function probeDocument(
  target: ProbeTarget,
  { url, text, advice }: { readonly url: string; readonly text: string; readonly advice: string },
): Promise<{ readonly findings: readonly Finding[]; readonly isRight: boolean }> {
  const name = 'metadata of the login'
  const answer = await ask(target, url)
  const refuse = (why: string) => ({ findings: [wrong(name, why, advice)], isRight: false })
  if (answer.type === 'silent') return refuse(`${url}: ${answer.why}.`)
  const { response, body } = answer
  if (response.status !== 200) return refuse(`${url} answers with status ${response.status}.`)
  if (!body.includes(text)) return refuse(`${url} does not say ${text}. Is public_url right?`)
  const clock = probeClock(target, 'clock of the login', response)
  const findings = [right(name, `${url} is right.`), ...clock, ...(await probeCertificate(target))]
  return { findings, isRight: true }
}

/** Whether a request of the app leads to the login, as it should when nobody is logged in. */
export async function probeEntry(
  target: ProbeTarget,
  { url, what, advice }: { readonly url: string; readonly what: string; readonly advice: string },
): Promise<Finding> {
  const answer = await ask(target, url)
  if (answer.type === 'silent')
    return wrong('login', `${what} did not begin: ${answer.why}.`, advice)
  const { status, headers } = answer.response
  const to = URL.parse(headers.get('location') ?? '', url)
  const isRedirect = status >= 300 && status < 400
  if (isRedirect && to?.origin === target.publicUrl) return right('login', `${what} begins.`)
  return wrong('login', `${what} is refused with status ${status}.`, advice)
}

/** A trail of redirects. */
interface Trail {
  readonly answer: Answer
  /** The last address that was asked. */
  readonly at: string
  /** Where redirects led. */
  readonly hops: readonly URL[]
  /** `login`: back at the login. `device`: at an app on the device. `too_long`: at another redirect. */
  readonly end: 'here' | 'login' | 'device' | 'too_long'
}

const longestTrail = 10

/** Follows redirects as a browser does that has no cookies, until they come back to the login. */
async function follow(target: ProbeTarget, url: string, first: RequestInit = {}): Promise<Trail> {
  const hops: URL[] = []
  let [at, init] = [url, first]
  for (;;) {
    const answer = await ask(target, at, init)
    const to = findRedirect(answer, at)
    if (to === undefined) return { answer, at, hops, end: 'here' }
    hops.push(to)
    const end = findEnd(target, hops)
    if (end !== undefined) return { answer, at, hops, end }
    at = to.href
    init = keepsForm(answer) ? init : {}
  }
}

function findEnd({ publicUrl }: ProbeTarget, hops: readonly URL[]): Trail['end'] | undefined {
  const { origin, protocol } = hops.at(-1) ?? new URL(publicUrl)
  if (origin === publicUrl) return 'login'
  if (!/^https?:$/.test(protocol)) return 'device'
  return hops.length > longestTrail ? 'too_long' : undefined
}

/** Only these two keep the method and the form (RFC 9110 sections 15.4.8 and 15.4.9). */
const keepsForm = (answer: Answer) =>
  answer.type === 'answer' && [307, 308].includes(answer.response.status)

function findRedirect(answer: Answer, from: string): URL | undefined {
  if (answer.type === 'silent') return undefined
  const { status, headers } = answer.response
  const location = headers.get('location')
  const isRedirect = status >= 300 && status < 400 && location !== null
  return isRedirect ? (URL.parse(location, from) ?? undefined) : undefined
}

/** Whether an address of the app, and where it redirects, answers at all, with any content. */
export async function probeAddress(
  target: ProbeTarget,
  name: string,
  url: string,
): Promise<Finding> {
  const trail = await follow(target, url)
  return judgeTrail(name, url, trail)
}

function judgeTrail(name: string, url: string, trail: Trail): Finding {
  const { answer, at, end } = trail
  const place = at === url ? url : `${url} leads to ${at}, which`
  if (end === 'too_long') {
    const text = `${url} redirects more than ${longestTrail} times.`
    return warning(name, text, 'It may only miss a cookie. Log in once and see.')
  }
  if (answer.type === 'silent')
    return describeSilence(name, at === url ? url : `${url} leads to ${at}`, answer)
  const { status } = answer.response
  if (status === 404 || status >= 500)
    return warning(name, `${place} answers with status ${status}.`, addressAdvice)
  const isFar = new URL(at).origin !== new URL(url).origin
  return right(name, isFar ? `${url} leads to ${at}, which answers.` : `${url} answers.`)
}

const addressAdvice = 'Look whether the path is right, and whether the app runs.'

function describeSilence(name: string, url: string, { why, isCertificate }: Silence): Finding {
  const advice = isCertificate
    ? `Browsers will not accept it either, unless they know more authorities than this machine. ${authorityAdvice}`
    : 'If browsers reach it and only this machine does not, that is no mistake. Else correct the address.'
  return warning(name, `${url}: ${why}.`, advice)
}

const seconds = 1000

/**
 * Whether an address to which browsers post accepts a form, and where it redirects. Its answer to a form without a message does
 * not matter: apps refuse such a form with all kinds of errors.
 */
export async function probePostAddress(
  target: ProbeTarget,
  name: string,
  url: string,
): Promise<Finding> {
  const trail = await follow(target, url, { method: 'POST', body: new URLSearchParams() })
  const { answer, at, end, hops } = trail
  const blocked = url.startsWith('https:') && hops.find(({ protocol }) => protocol !== 'https:')
  if (blocked) {
    const text = `${url} leads to ${blocked.protocol}//${blocked.host}, where browsers may not go after a form on a page of https.`
    return warning(name, text, 'Let the app lead there from a page of its own, by a link.')
  }
  if (at !== url || end === 'too_long' || answer.type === 'silent')
    return judgeTrail(name, url, trail)
  const { status } = answer.response
  const isThere = ![404, 405, 502, 503, 504].includes(status)
  if (isThere) return right(name, `${url} answers.`)
  return warning(name, `${url} answers a form with status ${status}.`, addressAdvice)
}

/** Tokens and assertions are valid for minutes. With a wrong clock, they look expired or not yet valid. */
export function probeClock({ clock }: ProbeTarget, name: string, { headers }: Response): Finding[] {
  const at = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(at)) return []
  const difference = Math.round((at - clock.now()) / seconds)
  if (Math.abs(difference) <= 5) return [right(name, 'It agrees with the one of this machine.')]
  const text = `It is ${Math.abs(difference)} seconds ${difference > 0 ? 'ahead of' : 'behind'} this machine.`
  const advice = 'Let both machines take their time from NTP.'
  return [Math.abs(difference) > 60 ? wrong(name, text, advice) : warning(name, text, advice)]
}

/** How long the certificate of the server is still valid. Returns nothing if the server has no certificate. */
export async function probeCertificate({
  publicUrl,
  clock,
}: Pick<ProbeTarget, 'publicUrl' | 'clock'>): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (protocol !== 'https:') return []
  const validTo = await readValidTo(hostname, port === '' ? 443 : Number(port))
  if (validTo === undefined) return []
  const days = Math.floor((validTo - clock.now()) / (24 * 60 * 60 * seconds))
  const name = 'certificate of the login'
  const text = `Valid for ${days} more days.`
  return [days > 14 ? right(name, text) : warning(name, text, 'Renew it before it ends.')]
}

async function readValidTo(host: string, port: number): Promise<number | undefined> {
  const { connect } = await import('node:tls')
  return await new Promise((resolve) => {
    const socket = connect({ host, port, servername: host, timeout: patience }, () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to))
      socket.destroy()
    })
    const giveUp = () => {
      socket.destroy()
      resolve(undefined)
    }
    socket.on('error', giveUp).on('timeout', giveUp)
  })
}
