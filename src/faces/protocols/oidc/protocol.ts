/**
 * OpenID Connect as a protocol: its declaration, before anybody uses it. The library is loaded by the first request, or when
 * the first session ends, so that a start does not wait for it.
 */

import { isUnavailable } from '../../../platform/kernel/fault.ts'
import { onFirstUse } from '../../../platform/kernel/first-use.ts'
import { sendPage } from '../answer.ts'
import { defineProtocol, type ProtocolHost, type RunningProtocol } from '../protocol.ts'
import { hintApproval } from './approval-rule.ts'
import { createCibaCounts } from './ciba-counts.ts'
import { hasOwnProof } from './client-options.ts'
import { oidcEvents } from './events.ts'
import { hintProfile, listHeldByProfile } from './fapi2.ts'
import { interactionPath, listOidcAddresses, oidcAddresses, oidcPath } from './paths.ts'
import { adviseApp } from './refusal-causes.ts'
import { oidcRefusals } from './refusals.ts'
import { oidcAppSettingsSchema, oidcFields } from './settings.ts'
import { createUnavailableReply } from './unavailable.ts'

export const oidc = defineProtocol({
  name: 'oidc',
  prefixes: [
    { path: `${oidcPath}/`, about: 'OpenID Connect, for apps and on the way to them' },
    { path: `${interactionPath}/`, about: 'from the login back to an app of OpenID Connect' },
  ],
  settings: oidcAppSettingsSchema,
  fields: oidcFields,
  words: {
    heading: 'OpenID Connect',
    adds: 'an OpenID Connect app (ID becomes its client_id, and the client_secret is shown once)',
    id: 'client_id',
    secret: 'client_secret',
  },
  addresses: oidcAddresses,
  loadPersonalTables: async () => (await import('./personal-tables.ts')).oidcTables,
  listAddresses: (settings) => listOidcAddresses(settings),
  events: oidcEvents,
  refusals: oidcRefusals,
  adviseRefusal: adviseApp,
  hasSecret: (settings) => settings.tokenEndpointAuthMethod !== 'none' && !hasOwnProof(settings),
  describeLogout: ({ backchannelLogoutUri }) =>
    backchannelLogoutUri === undefined ? 'never' : 'server',
  async forgetApp(queries, appId) {
    await queries.deleteFrom('oidc_records').where('client_id', '=', appId).execute()
  },
  async voidEarlier(queries) {
    // Used proofs stay used.
    await queries.deleteFrom('oidc_records').where('model', '!=', 'ReplayDetection').execute()
  },
  listHints: (app, config) => [...hintApproval(app), ...hintProfile(app, config)],
  listHeld: (settings) => listHeldByProfile(settings),
  probe: async (target) => (await import('./probe.ts')).probeOidc(target),
  create: createLazily,
})

function createLazily(host: ProtocolHost): RunningProtocol {
  const cibaCounts = createCibaCounts()
  const made = onFirstUse(async () => {
    const { createOidc } = await import('./oidc.ts')
    return await createOidc(host, cibaCounts)
  })
  return {
    metrics: [cibaCounts.metric],
    async handle(request, response) {
      let oidc: Awaited<ReturnType<typeof made.get>>
      try {
        oidc = await made.get()
      } catch (error) {
        if (!isUnavailable(error)) throw error
        return sendPage(response, createUnavailableReply(request, host))
      }
      const isInteraction = request.url?.startsWith(`${interactionPath}/`) === true
      await (isInteraction ? oidc.interaction : oidc.callback)(request, response)
    },
    sessionsEnded: async (ids) => (await made.get()).sessionsEnded(ids),
    findLogoutChannel: async (participant) => (await made.get()).findLogoutChannel(participant),
    async purge() {
      if (made.isMade()) await (await made.get()).purge()
    },
    async close() {
      if (made.isMade()) await (await made.get()).settled()
    },
  }
}
