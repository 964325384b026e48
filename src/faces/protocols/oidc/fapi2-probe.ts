/** For `einlass app test`: whether the server holds an app to its profile, and offers what the app needs for it. */
import { ask, type Finding, type ProbeTarget, right, wrong } from '../probe.ts'
import { oidcAddresses } from './paths.ts'
import type { OidcAppSettings } from './settings.ts'

const name = 'profile fapi2'

/** @param plainRequest an authorization request of the app that is right but for not being pushed */
export async function probeProfile(
  target: ProbeTarget,
  settings: OidcAppSettings,
  plainRequest: string,
): Promise<Finding[]> {
  if (settings.profile === undefined) return []
  const findings = [await probeCertificates(target, settings)]
  if (settings.redirectUris.length > 0) findings.push(await probePlainRequest(target, plainRequest))
  return findings
}

/** The profile refuses what other apps may do, so the server must refuse it as well. */
async function probePlainRequest(target: ProbeTarget, url: string): Promise<Finding> {
  const answer = await ask(target, url)
  if (answer.type === 'silent') return wrong(name, `The login is silent: ${answer.why}.`, advice)
  const { response, body } = answer
  const location = URL.parse(response.headers.get('location') ?? '', target.publicUrl)
  const error = location?.searchParams.get('error') ?? body
  if (/\binvalid_request\b/.test(error)) {
    return right(name, 'A request that was not pushed is refused, as it should be.')
  }
  return wrong(name, 'A request that was not pushed is not refused.', advice)
}

const advice =
  'Does the server use another database or an older program than this command? Start it again.'

async function probeCertificates(
  target: ProbeTarget,
  { certificateSubject, certificateHost, certificateThumbprint, ...settings }: OidcAppSettings,
): Promise<Finding> {
  const certificate = certificateSubject ?? certificateHost ?? certificateThumbprint
  const isByCertificate = certificate !== undefined || settings.certificateBoundTokens === true
  const binding = settings.requireDpop === true ? 'its key (DPoP)' : 'its certificate'
  const text = `Requests are pushed, tokens are bound to ${binding}, and it signs with ES256 or PS256.`
  if (!isByCertificate) return right(name, text)
  const answer = await ask(target, `${target.publicUrl}${oidcAddresses.discovery}`)
  const offers = answer.type === 'answer' && /"tls_client_auth"/.test(answer.body)
  if (offers) return right(name, text)
  const how =
    'Name the header in which your proxy passes it on: oidc.client_certificate_header in the configuration.'
  return wrong(name, 'The server reads no certificates of apps.', how)
}
