/** WS-Federation as a protocol: its declaration, before anybody uses it. The first request loads its parts. */
import { onFirstUse } from '../../../platform/kernel/first-use.ts'
import { defineProtocol, type ProtocolHost, type RunningProtocol } from '../protocol.ts'
import { wsfedEvents } from './events.ts'
import { wsfedPaths } from './paths.ts'
import { adviseWsfedRefusal, wsfedRefusals } from './refusals.ts'
import { wsfedAppSettingsSchema, wsfedFields } from './settings.ts'

export const wsfed = defineProtocol({
  name: 'wsfed',
  prefixes: [
    { path: wsfedPaths.passive, about: 'WS-Federation, for Outlook on the web and others' },
    { path: '/FederationMetadata/', about: 'metadata of WS-Federation' },
  ],
  settings: wsfedAppSettingsSchema,
  fields: wsfedFields,
  words: {
    heading: 'WS-Federation',
    adds: 'an app of WS-Federation, such as Outlook on the web',
    id: 'id',
  },
  addresses: {
    login: wsfedPaths.passive,
    issuer: wsfedPaths.issuer,
    metadata: wsfedPaths.metadata,
  },
  events: wsfedEvents,
  refusals: wsfedRefusals,
  adviseRefusal: adviseWsfedRefusal,
  hasSecret: () => false,
  listIdentifiers: ({ realms }) => realms,
  forgetApp: async () => {},
  describeLogout: () => 'browser',
  probe: async (target) => (await import('./probe.ts')).probeWsfed(target),
  create: createLazily,
})

function createLazily(host: ProtocolHost): RunningProtocol {
  const made = onFirstUse(async () => {
    const { createWsfed } = await import('./wsfed.ts')
    return createWsfed(host)
  })
  return {
    handle: async (request, response) => (await made.get()).handle(request, response),
    sessionsEnded: async () => {},
    findLogoutChannel: async (...asked) => (await made.get()).findLogoutChannel(...asked),
    purge: async () => {},
    close: async () => {},
  }
}
