/**
 * SAML 2.0 as a protocol: its declaration, before anybody uses it. The first request loads its parts, so that a start does not
 * wait for them.
 */
import { onFirstUse } from '../../../platform/kernel/first-use.ts'
import { defineProtocol, type ProtocolHost, type RunningProtocol } from '../protocol.ts'
import { forgetRequests } from './answered.ts'
import { createCertificateWatch } from './certificate-watch.ts'
import { describeSamlSettings } from './describe-settings.ts'
import { samlEvents } from './events.ts'
import { samlMetadata } from './metadata.ts'
import { describeMetadata, forgetMetadata } from './metadata-state.ts'
import { createMetadataWatch } from './metadata-watch.ts'
import { samlPaths } from './paths.ts'
import { adviseSamlRefusal, samlRefusals } from './refusals.ts'
import { samlAppSettingsSchema, samlFields } from './settings.ts'

const addresses = {
  'entity id': samlPaths.metadata,
  metadata: samlPaths.metadata,
  login: samlPaths.login,
  logout: samlPaths.logout,
}

export const saml = defineProtocol({
  name: 'saml',
  prefixes: [{ path: '/saml/', about: 'SAML 2.0, for apps and on the way to them' }],
  settings: samlAppSettingsSchema,
  fields: samlFields,
  document: samlMetadata,
  words: { heading: 'SAML', adds: 'a SAML app', id: 'id' },
  addresses,
  listAddresses: ({ signedRequests }, appId) => ({
    ...addresses,
    // Some apps compare what the metadata says of signatures with what they do.
    ...(signedRequests === 'required' && {
      metadata: `${samlPaths.metadataOfApp}${encodeURIComponent(appId)}`,
    }),
  }),
  events: samlEvents,
  refusals: samlRefusals,
  adviseRefusal: adviseSamlRefusal,
  hasSecret: () => false,
  listIdentifiers: ({ entityId }) => [entityId],
  // A login that begins here does not need a start address of the app.
  findStart: (appId, { unsolicited }) =>
    unsolicited === 'allowed' ? `${samlPaths.start}${encodeURIComponent(appId)}` : undefined,
  async forgetApp(queries, appId) {
    await forgetRequests(queries, appId)
    await forgetMetadata(queries, appId)
  },
  describeLogout: ({ logoutUrl }) => (logoutUrl === undefined ? 'never' : 'browser'),
  describeSettings: describeSamlSettings,
  describeFetched: describeMetadata,
  probe: async (target) => (await import('./probe.ts')).probeSaml(target),
  create: createLazily,
})

function createLazily(host: ProtocolHost): RunningProtocol {
  const made = onFirstUse(async () => {
    const { createSaml } = await import('./saml.ts')
    return createSaml(host)
  })
  const metadata = createMetadataWatch(host)
  const certificates = createCertificateWatch(host)
  return {
    metrics: [...metadata.metrics, certificates.metric],
    handle: async (request, response) => (await made.get()).handle(request, response),
    sessionsEnded: async (ids) => (await made.get()).sessionsEnded(ids),
    findLogoutChannel: async (...asked) => (await made.get()).findLogoutChannel(...asked),
    purge: async () => (await made.get()).purge(),
    async lookAfter() {
      await metadata.fetchDue()
      await certificates.look()
    },
    close: async () => {},
  }
}
