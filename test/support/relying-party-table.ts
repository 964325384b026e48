/** What docs/apps/tried-with.md says of the relying parties, from what the scenarios do. */
import type { RelyingParty } from './relying-party.ts'

function describeLevel({ hides = [] }: RelyingParty): string {
  return hides.includes('acr') ? 'yes, unseen by the app' : 'yes'
}

function describeLogoutAtLogin({ paths }: RelyingParty): string {
  return paths.backChannelLogout === undefined ? 'at its next login' : 'yes, back-channel'
}

/** The lines of the table, in the order of the list. */
export function writeTable(parties: readonly RelyingParty[]): string[] {
  return [
    '| Relying party | Version | Step-up seen in `acr` | A logout at the login ends the app | What it needs beside its defaults |',
    '| --- | --- | --- | --- | --- |',
    ...parties.map((party) => {
      const needs = party.needs.length === 0 ? 'nothing' : party.needs.join('<br>')
      const level = describeLevel(party)
      const logout = describeLogoutAtLogin(party)
      return `| ${party.name} | ${party.version} | ${level} | ${logout} | ${needs} |`
    }),
  ]
}
