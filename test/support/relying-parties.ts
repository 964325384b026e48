/** The relying parties of the scenarios: libraries and web servers that others wrote. */
import type { RelyingParty } from './relying-party.ts'
import { programs } from './relying-party-stage.ts'

/** A program for Node in test/relying-parties. */
const runNode = (file: string) => () => ({ command: [process.execPath, `${programs}/${file}`] })

/** For those that pass on what they are asked for. */
const passOn =
  (path: string) =>
  (parameters: Readonly<Record<string, string>>): string =>
    `${path}?${new URLSearchParams(parameters)}`

const plainApp = {
  paths: { callback: '/callback', afterLogout: '/', backChannelLogout: '/backchannel-logout' },
  loginPath: passOn('/login'),
  logoutPath: '/logout',
}

export const relyingParties = {
  'openid-client-6': {
    ...plainApp,
    name: 'openid-client 6',
    prepare: runNode('openid-client-6.js'),
  },
  'openid-client-5': {
    ...plainApp,
    name: 'openid-client 5',
    prepare: runNode('openid-client-5.js'),
  },
} as const satisfies Readonly<Record<string, RelyingParty>>
