/** Forward-auth as a protocol: for apps behind a proxy that asks us. The apps themselves need no protocol. */
import { defineProtocol } from '../protocol.ts'
import { forwardAuthEvents } from './events.ts'
import { createForwardAuth } from './forward-auth.ts'
import { forgetAllGrants, forgetGrants } from './grants.ts'
import { hintProxies } from './hints.ts'
import { forwardAuthRefusals } from './refusals.ts'
import {
  forwardAuthFields,
  forwardAuthSettingsSchema,
  nameAddress,
  readAddress,
} from './settings.ts'

export const forwardAuth = defineProtocol({
  name: 'forward-auth',
  prefixes: [{ path: '/forward-auth/', about: 'apps behind a proxy that asks for each request' }],
  settings: forwardAuthSettingsSchema,
  fields: forwardAuthFields,
  words: {
    heading: 'Forward-auth',
    adds: 'an app behind a proxy that asks Einlass for each request',
    id: 'app',
  },
  addresses: {
    nginx: '/forward-auth/nginx',
    caddy: '/forward-auth/caddy',
    traefik: '/forward-auth/traefik',
    haproxy: '/forward-auth/haproxy',
  },
  events: forwardAuthEvents,
  refusals: forwardAuthRefusals,
  hasSecret: () => false,
  listIdentifiers: ({ addresses }) => addresses.map(readAddress).map(nameAddress),
  forgetApp: forgetGrants,
  voidEarlier: forgetAllGrants,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).forwardAuthTables,
  describeLogout: () => 'asks',
  listHints: (_app, config) => [hintProxies(config)],
  probe: async (target) => (await import('./probe.ts')).probeForwardAuth(target),
  create: createForwardAuth,
})
