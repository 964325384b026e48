/**
 * The certification plans of the OpenID Foundation's conformance suite, by a runner of our own (test/conformance): the
 * suite itself needs a machine of its own. Each test bears the name of its module.
 */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { basicModules } from './conformance/basic.ts'
import { configModules } from './conformance/config.ts'
import {
  createBackChannelModules,
  type LogoutReceiver,
  logoutModules,
  receiveLogouts,
} from './conformance/logout.ts'
import {
  type Client,
  createSuite,
  type Module,
  Skipped,
  type SuiteOptions,
} from './conformance/suite.ts'
import { createCertificate } from './support/certificate.ts'
import { createInstallation, findPort, type Installation } from './support/installation.ts'
import { startTlsFront } from './support/tls-front.ts'

const user = { username: 'erika', password: 'Regenschirm im Mai' }
const appOrigin = 'https://app.example.org'

/** What an OpenID provider can say of a person, so that no module has to warn of a claim that is not there. */
const attributes = [
  ...['givenName=Erika', 'middleName=Maria', 'familyName=Beispiel', 'nickname=Eri'],
  ...['profile=https://example.org/erika', 'picture=https://example.org/erika.png'],
  ...['website=https://erika.example.org', 'gender=female', 'birthdate=1980-02-29'],
  ...['zoneinfo=Europe/Berlin', 'locale=de-DE', 'phone=+49 30 123456'],
  ...['street=Beispielweg 1', 'postalCode=10115', 'locality=Berlin', 'country=DE'],
]

/** Warnings that docs/conformance.md gives the reasons for, by module. */
const noTimeOfChange = 'userinfo lacks updated_at'
const emailInIdToken = 'email stands in the ID token'
const acceptedWarnings: Readonly<Record<string, readonly string[]>> = {
  'oidcc-scope-profile': [noTimeOfChange],
  'oidcc-scope-email': [emailInIdToken],
  'oidcc-scope-all': [noTimeOfChange, emailInIdToken],
  'oidcc-alternate-happy-flow': [emailInIdToken],
}

const ends: (() => unknown)[] = []
const scope: Scope = { after: (end) => void ends.push(end as () => unknown) }
let options: Omit<SuiteOptions, 'responseMode'>
let receiver: LogoutReceiver
before(async () => {
  const port = await findPort()
  const certificate = createCertificate('localhost')
  const publicUrl = `https://localhost:${port}`
  const installation = await createInstallation(scope, { publicUrl })
  const { url } = await installation.serve()
  const target = Number(new URL(url).port)
  await startTlsFront(scope, certificate, { host: '127.0.0.1', port, findTarget: () => target })
  receiver = await receiveLogouts()
  await installation.addUser({ ...user, displayName: 'Erika Beispiel', email: 'erika@example.org' })
  const named = attributes.flatMap((one) => ['--attribute', one])
  await installation.command(['user', 'change', user.username, ...named])
  options = {
    issuer: `${publicUrl}/oidc`,
    ca: certificate.cert,
    user,
    appOrigin,
    client: await addClient(installation, 'first', 'client_secret_basic'),
    secondClient: await addClient(installation, 'second', 'client_secret_basic'),
    postClient: await addClient(installation, 'post', 'client_secret_post'),
  }
})
after(async () => {
  receiver.close()
  for (const end of ends.reverse()) await end()
})

async function addClient(
  installation: Installation,
  id: string,
  auth: Client['auth'],
): Promise<Client> {
  const addresses = {
    'redirect-uri': `${appOrigin}/callback`,
    'post-logout-redirect-uri': `${appOrigin}/post_logout_redirect`,
    ...(id === 'first' && { 'backchannel-logout-uri': receiver.url }),
  }
  const named = Object.entries(addresses).flatMap(([name, value]) => [`--${name}`, value])
  const rule = ['--second-factor', 'none', '--pkce', 'optional']
  const added = await installation.command(['app', 'add', id, ...named, ...rule, '--json'])
  return { id, auth, secret: JSON.parse(added).client_secret }
}

async function runModule(t: TestContext, module: Module, mode: SuiteOptions['responseMode']) {
  const warnings: string[] = []
  const suite = await createSuite({ ...options, responseMode: mode }, warnings)
  try {
    await module.run(suite)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    // The suite ends such a module as skipped, which a certification accepts.
    t.diagnostic(`as the suite skips it: ${error.message}`)
  }
  assert.deepEqual(warnings, acceptedWarnings[module.name] ?? [])
}

function testPlan(
  name: string,
  modules: readonly Module[],
  mode: SuiteOptions['responseMode'] = 'default',
): void {
  describe(name, { concurrency: 8 }, () => {
    for (const module of modules) {
      test(module.name, (t) => runModule(t, module, mode))
    }
  })
}

test('the plans are whole, and no module stands in one twice', () => {
  const sizes = [basicModules, configModules, logoutModules].map((modules) => {
    const names = modules.map(({ name }) => name)
    return new Set(names).size
  })
  assert.deepEqual(sizes, [38, 1, 11])
})

testPlan('oidcc-basic-certification-test-plan', basicModules)
testPlan('oidcc-formpost-basic-certification-test-plan', basicModules, 'form_post')
testPlan('oidcc-config-certification-test-plan', configModules)
testPlan('oidcc-rp-initiated-logout-certification-test-plan', logoutModules)
describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  for (const [index, name] of [
    'oidcc-backchannel-logout-discovery-endpoint-verification',
    'oidcc-backchannel-rp-initiated-logout',
  ].entries()) {
    test(name, async (t) => {
      const module = createBackChannelModules(receiver)[index] ?? assert.fail(name)
      await runModule(t, module, 'default')
    })
  }
})
