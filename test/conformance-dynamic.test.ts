/**
 * The plan of the OpenID Foundation's conformance suite for providers at which clients register themselves, by the runner of
 * test/conformance. Each test bears the name of its module.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { dynamicModules } from './conformance/dynamic.ts'
import { type Documents, publishDocuments, type Registration } from './conformance/registration.ts'
import type { SuiteOptions } from './conformance/suite.ts'
import { type Accepted, runModule, startProvider } from './support/conformance-provider.ts'

/** docs/conformance.md has the reasons. */
const byReference = { failures: ['request_uri_parameter_supported is false'] }
const accepted: Readonly<Record<string, Accepted>> = {
  'oidcc-discovery-endpoint-verification': {
    failures: [
      'response_types_supported lacks id_token',
      'response_types_supported lacks token id_token',
      'grant_types_supported lacks implicit',
    ],
  },
  'oidcc-registration-logo-uri': { failures: ['the login page does not show logo_uri'] },
  'oidcc-request-uri-unsigned': byReference,
  'oidcc-request-uri-signed-rs256': byReference,
}

const ends: (() => unknown)[] = []
const scope: Scope = { after: (end) => void ends.push(end as () => unknown) }
let options: SuiteOptions & { readonly more: { readonly registration: Registration } }
let documents: Documents
before(async () => {
  const config = { oidc: { dynamic_registration: true } }
  const { installation, certificate, common } = await startProvider(scope, { config })
  documents = await publishDocuments(certificate)
  const order = [
    '--name',
    'suite',
    '--uses',
    '1000',
    '--pkce',
    'optional',
    // The suite names the token endpoint as audience.
    '--assertion-audience',
    'endpoint',
    '--sector-in-app-networks',
  ]
  const rule = ['--second-factor', 'none']
  const issue = ['registration-token', 'issue', ...order, ...rule, '--json']
  const { token } = JSON.parse(await installation.command(issue))
  const rotateKeys = async () => void (await installation.command(['keys', 'rotate']))
  const adopt = async (id: string) => void (await installation.command(['app', 'adopt', id]))
  // Each module registers its own clients.
  const none = { id: '', secret: '', auth: 'private_key_jwt' } as const
  options = {
    ...common,
    ...{ client: none, secondClient: none, postClient: none, responseMode: 'default' },
    more: { registration: { token, documents, adopt, rotateKeys } },
  }
})
after(async () => {
  documents.close()
  for (const end of ends.reverse()) await end()
})

test('the plan is complete, and no module is in it twice', () => {
  assert.equal(new Set(dynamicModules.map(({ name }) => name)).size, 23)
})

describe('oidcc-dynamic-certification-test-plan', { concurrency: 8 }, () => {
  for (const module of dynamicModules) {
    test(module.name, (t) => runModule(t, module, options, accepted[module.name]))
  }
})
