/** Plays a WS-Federation app against the running server: its metadata, and a sign-in for each realm. */
import {
  adviseServer,
  ask,
  type ProbeApp,
  probeDocument,
  probeEntry,
  probePostAddress,
  right,
  wrong,
} from '../probe.ts'
import { wsfedPaths } from './paths.ts'
import { readSettings } from './settings.ts'

export const probeWsfed: ProbeApp = async (target) => {
  const { publicUrl } = target
  const document = {
    url: `${publicUrl}${wsfedPaths.metadata}`,
    text: `entityID="${publicUrl}${wsfedPaths.issuer}"`,
    advice: adviseServer('/adfs/ls/ and /FederationMetadata/'),
  }
  const { findings, isRight } = await probeDocument(target, document)
  if (!isRight) return findings
  const more = [...findings]
  const { realms, replyUrls } = readSettings(target.app)
  for (const realm of realms) {
    more.push(
      await probeEntry(target, {
        url: createSignIn(publicUrl, realm),
        what: `A login for ${realm}`,
        advice: 'Does the server use another database than this command?',
      }),
    )
  }
  const foreign = await ask(target, createSignIn(publicUrl, `${realms[0]}other/`))
  const isRefused = foreign.type === 'answer' && foreign.response.status >= 400
  const name = "realm that is not the app's"
  more.push(
    isRefused
      ? right(name, 'Refused, as it should be.')
      : wrong(name, 'A login for it is not refused.', 'Is it the realm of another app?'),
  )
  for (const one of [...realms, ...replyUrls]) {
    more.push(await probePostAddress(target, 'address for tokens', one))
  }
  return more
}

function createSignIn(publicUrl: string, realm: string): string {
  const query = new URLSearchParams({ wa: 'wsignin1.0', wtrealm: realm })
  return `${publicUrl}${wsfedPaths.passive}?${query}`
}
