/**
 * Opens an app behind a proxy like a browser without a login: the proxy has to ask Einlass, and to pass the path of the login
 * to Einlass. Only a login shows what the app learns about its user.
 */
import { authorityAdvice } from '../../../platform/http/silence.ts'
import {
  type Answer,
  ask,
  type Finding,
  type ProbeApp,
  type ProbeTarget,
  right,
  unchecked,
  warning,
  wrong,
} from '../probe.ts'
import { enterPath, loginPath } from './paths.ts'
import { forwardAuthSettingsSchema } from './settings.ts'

export const probeForwardAuth: ProbeApp = async (target) => {
  const { addresses, rules } = forwardAuthSettingsSchema.parse(target.app.settings)
  const findings: Finding[] = []
  for (const url of addresses) {
    findings.push(...(await probeProxy(target, url, rules.length > 0)))
  }
  return [
    ...findings,
    unchecked(
      'identity headers',
      'Log in, look whether the app has the right name, and send it Remote-User by yourself: it must not believe you.',
    ),
  ]
}

const pages = 'docs/apps/forward-auth.md has its configuration.'

async function probeProxy(
  target: ProbeTarget,
  url: string,
  hasRules: boolean,
): Promise<readonly Finding[]> {
  const guarded = await ask(target, url)
  if (guarded.type === 'silent') {
    const advice = guarded.isCertificate
      ? `Nothing else of it was checked. ${authorityAdvice} Else the proxy needs another certificate.`
      : 'Nothing else of it was checked. Run this command where the proxy can be reached.'
    return [wrong(proxyName, `${url}: ${guarded.why}.`, advice)]
  }
  const { origin, pathname } = new URL(url)
  const entry = `${origin}${loginPath}?to=${pathname}`
  const login = await ask(target, entry)
  const leads = leadsToLogin(target, login)
  const { status, headers } = guarded.response
  const to = URL.parse(headers.get('location') ?? '', url)
  const isAsked =
    status === 401 ||
    to?.origin === target.publicUrl ||
    to?.pathname.startsWith('/forward-auth/app/') === true
  if (!isAsked) return [judgeUnguarded(url, { status, leads, hasRules })]
  const asks = right(proxyName, `${url} asks for a login.`)
  if (leads) return [asks, right('way to the login', `${origin}${loginPath} leads there.`)]
  return [
    asks,
    wrong('way to the login', `${entry} ${describe(login)}.`, adviseEntry(target, login)),
  ]
}

const proxyName = 'app behind the proxy'

interface Seen {
  readonly status: number
  /** Whether the proxy passes on the path of the login. */
  readonly leads: boolean
  readonly hasRules: boolean
}

function judgeUnguarded(url: string, { status, leads, hasRules }: Seen): Finding {
  const text = `${url} answers with status ${status} to a browser that nobody is logged in with.`
  if (status >= 500) {
    return wrong(proxyName, text, 'Does the proxy reach Einlass, and the app run?')
  }
  const advice = adviseUnguarded(status, leads)
  return hasRules
    ? warning(proxyName, text, `${advice} If a rule makes it public, all is right.`)
    : wrong(proxyName, text, advice)
}

/** Einlass answers 403 or 400 to an unknown proxy, and to a proxy that asks for an address outside the app. */
function adviseUnguarded(status: number, leads: boolean): string {
  if (status !== 403 && status !== 400) {
    return `The proxy does not ask Einlass for this address: ${pages}`
  }
  return leads
    ? "The proxy is trusted, but what it asks for is no address of this app: X-Original-URL (nginx) or X-Forwarded-Proto, -Host and -Uri have to name the app's own."
    : 'Nobody gets in. Is the proxy one of trusted_proxies? The log of the server names it. If it is, the proxy asks for an address that is not of this app, and does not hand over /forward-auth/app/ to Einlass.'
}

function leadsToLogin({ publicUrl }: ProbeTarget, answer: Answer): boolean {
  return findLocation(answer)?.startsWith(`${publicUrl}${enterPath}?`) === true
}

const findLocation = (answer: Answer): string | undefined =>
  answer.type === 'answer' ? (answer.response.headers.get('location') ?? undefined) : undefined

function describe(answer: Answer): string {
  if (answer.type === 'silent') return `does not answer: ${answer.why}`
  const location = findLocation(answer)
  return location === undefined
    ? `answers with status ${answer.response.status}, so nobody gets in`
    : `leads to ${location}, so nobody gets in`
}

function adviseEntry({ publicUrl }: ProbeTarget, answer: Answer): string {
  const isEinlass = findLocation(answer)?.startsWith(`${publicUrl}/forward-auth/`) === true
  if (isEinlass) {
    return "X-Forwarded-Proto and X-Forwarded-Host of the proxy have to name the app's own address there."
  }
  return `The proxy has to hand over /forward-auth/app/ to Einlass, without asking first, and be one of trusted_proxies: ${pages}`
}
