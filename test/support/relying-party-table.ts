/** What docs/apps/tried-with.md says of the relying parties, from what the scenarios do. */
import { libraries } from '../../src/faces/apps/libraries/index.ts'
import { findTemplate } from '../../src/faces/apps/templates/index.ts'
import type { RelyingParty } from './relying-party.ts'

function describeLevel({ hides = [] }: RelyingParty): string {
  return hides.includes('acr') ? 'yes, unseen by the app' : 'yes'
}

/** Whether its app has an address for back-channel logout, from its library or its own. */
export function hasBackChannel({
  library,
  backChannelLogout,
}: Pick<RelyingParty, 'library' | 'backChannelLogout'>) {
  const settings = findTemplate(library)?.createSettings('https://app.example')
  return settings?.backchannelLogoutUri !== undefined || backChannelLogout !== undefined
}

/** `undefined`: an app with the defaults of Einlass suits it, if its addresses are right. */
function describeOptions(name: string): string | undefined {
  const url = 'https://app.example'
  const library = libraries.find((one) => one.name === name)
  const settings = findTemplate(name)?.createSettings(url)
  const { redirectUris, postLogoutRedirectUris, startUrl, ...others } = settings ?? {}
  const hasOtherEnd = `${postLogoutRedirectUris}` !== `${url}/`
  const isPlain = Object.keys(others).length === 0 && !hasOtherEnd
  return library === undefined || isPlain ? undefined : `\`--library ${name}\``
}

/** The lines of the table, in the order of the list. */
export function writeTable(parties: readonly RelyingParty[]): string[] {
  return [
    '| Relying party | Version | Needs in Einlass | Needs on its side, beside its lines | Step-up seen in `acr` | A logout at the login ends the app |',
    '| --- | --- | --- | --- | --- | --- |',
    ...parties.map((party) => {
      const { name, version, library, needs = [] } = party
      const options = describeOptions(library) ?? 'nothing'
      const side = needs.length === 0 ? 'nothing' : needs.join('<br>')
      const logout = hasBackChannel(party) ? 'yes, back-channel' : 'at its next login'
      return `| ${name} | ${version} | ${options} | ${side} | ${describeLevel(party)} | ${logout} |`
    }),
  ]
}

/** The table of the libraries that nobody ran here. */
export function writeReadTable(): string[] {
  return [
    '| Library | Needs in Einlass | What was read |',
    '| --- | --- | --- |',
    ...libraries.flatMap(({ name, title, tried }) =>
      tried === 'tests' ? [] : [`| ${title} | ${describeOptions(name)} | ${tried.read} |`],
    ),
  ]
}
