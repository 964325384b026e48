/** Plays a SAML app against the running server: its metadata, a request for each address of the app, and its certificates. */
import { X509Certificate } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { newSecret } from '../../../platform/kernel/ids.ts'
import {
  adviseServer,
  type Finding,
  type ProbeApp,
  type ProbeTarget,
  probeAddress,
  probeDocument,
  probeEntry,
  probePostAddress,
  right,
  warning,
  wrong,
} from '../probe.ts'
import { endsSoon } from '../signing-certificate.ts'
import { unsignedLogouts } from './metadata.ts'
import { samlPaths } from './paths.ts'
import { readSettings, type SamlAppSettings } from './settings.ts'

export const probeSaml: ProbeApp = async (target) => {
  const url = `${target.publicUrl}${samlPaths.metadata}`
  const document = { url, text: `entityID="${url}"`, advice: adviseServer('/saml/') }
  const { findings, isRight } = await probeDocument(target, document)
  if (!isRight) return findings
  const settings = readSettings(target.app)
  const { consumerUrls, logoutUrl, logoutBinding } = settings
  const more = [...findings, ...(await probeLogins(target, settings))]
  // Responses use only POST, so many apps have nothing else at this address.
  for (const one of consumerUrls) {
    more.push(await probePostAddress(target, 'address for responses', one))
  }
  if (logoutUrl !== undefined) {
    const probe = logoutBinding === 'post' ? probePostAddress : probeAddress
    more.push(await probe(target, 'logout address', logoutUrl))
  }
  return [...more, ...probeCertificates(target, settings), ...probeLogoutKey(target, settings)]
}

function probeLogoutKey(
  { app }: ProbeTarget,
  { logoutUrl, signingCertificates }: SamlAppSettings,
): Finding[] {
  if (logoutUrl === undefined || signingCertificates.length > 0) return []
  const advice = `Let the app sign, then: einlass app change ${app.id} --signing-certificate FILE`
  return [warning('logout at the app', unsignedLogouts, advice)]
}

async function probeLogins(target: ProbeTarget, settings: SamlAppSettings): Promise<Finding[]> {
  if (settings.signedRequests === 'required') {
    return [right('login', 'Only the app itself can begin one: its requests have to be signed.')]
  }
  const findings: Finding[] = []
  for (const consumerUrl of settings.consumerUrls) {
    findings.push(
      await probeEntry(target, {
        url: createRequest(target, settings.entityId, consumerUrl),
        what: `A login that goes back to ${consumerUrl}`,
        advice: 'Does the server use another database than this command?',
      }),
    )
  }
  return findings
}

/** An AuthnRequest by the HTTP-Redirect binding (SAML Bindings section 3.4.4.1). */
function createRequest(
  { publicUrl, random, clock }: ProbeTarget,
  entityId: string,
  consumerUrl: string,
): string {
  const endpoint = `${publicUrl}${samlPaths.login}`
  const [issuer, consumer] = [entityId, consumerUrl].map(escapeXml)
  const xml = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${newSecret(random)}" Version="2.0" IssueInstant="${new Date(clock.now()).toISOString()}" Destination="${escapeXml(endpoint)}" AssertionConsumerServiceURL="${consumer}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer></samlp:AuthnRequest>`
  const query = new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64') })
  return `${endpoint}?${query}`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

const day = 24 * 60 * 60 * 1000

function probeCertificates(target: ProbeTarget, settings: SamlAppSettings): Finding[] {
  const { signingCertificates, encryptionCertificate } = settings
  return [
    ...signingCertificates.map((one) => probeCertificate(target, 'signing', one)),
    ...[encryptionCertificate ?? []]
      .flat()
      .map((one) => probeCertificate(target, 'encryption', one)),
  ]
}

function probeCertificate(
  { app, clock }: ProbeTarget,
  use: 'signing' | 'encryption',
  certificate: string,
): Finding {
  const name = `${use} certificate of the app`
  const validTo = readValidTo(certificate)
  const advice = `Read the metadata of the app again: einlass app change ${app.id} --metadata URL`
  if (validTo === undefined) return wrong(name, 'It cannot be read.', advice)
  const days = Math.floor((validTo - clock.now()) / day)
  if (!endsSoon(validTo, clock.now())) return right(name, `Valid for ${days} more days.`)
  return warning(name, days < 0 ? 'It has expired.' : `Valid for ${days} more days.`, advice)
}

function readValidTo(certificate: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo)
  } catch {
    return undefined
  }
}
