/** Opens an app behind a proxy as a browser that nobody is logged in with: the proxy has to send it to the login. */
import {
  ask,
  type Finding,
  type ProbeApp,
  type ProbeTarget,
  right,
  warning,
  wrong,
} from '../probe.ts'
import { forwardAuthSettingsSchema } from './settings.ts'

export const probeForwardAuth: ProbeApp = async (target) => {
  const { addresses, rules } = forwardAuthSettingsSchema.parse(target.app.settings)
  const findings: Finding[] = []
  for (const url of addresses) findings.push(await probeGuarded(target, url, rules.length > 0))
  return findings
}

async function probeGuarded(target: ProbeTarget, url: string, hasRules: boolean): Promise<Finding> {
  const name = 'app behind the proxy'
  const answer = await ask(target, url)
  if (answer.type === 'silent') {
    const advice = 'Run this command where the proxy can be reached.'
    return warning(name, `${url}: ${answer.why}.`, advice)
  }
  const { status, headers } = answer.response
  const to = URL.parse(headers.get('location') ?? '', url)
  const isLogin = to?.origin === target.publicUrl || to?.pathname.startsWith('/forward-auth/app/')
  if (isLogin || status === 401) return right(name, `${url} asks for a login.`)
  const text = `${url} answers with status ${status} to a browser that nobody is logged in with.`
  if (status === 403) return warning(name, text, 'Is the proxy one of trusted_proxies?')
  if (status >= 500) return wrong(name, text, 'Does the proxy reach Einlass, and the app run?')
  const advice =
    'The proxy does not ask Einlass for this address: docs/apps/forward-auth.md has its configuration.'
  return hasRules
    ? warning(name, text, `${advice} If a rule makes it public, all is right.`)
    : wrong(name, text, advice)
}
