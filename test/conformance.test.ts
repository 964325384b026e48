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
import type { Client, Module, SuiteOptions } from './conformance/suite.ts'
import { appOrigin, runModule, startProvider } from './support/conformance-provider.ts'
import type { Installation } from './support/installation.ts'

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
  const { installation, common } = await startProvider(scope)
  receiver = await receiveLogouts()
  options = {
    ...common,
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

function run(t: TestContext, module: Module, responseMode: SuiteOptions['responseMode']) {
  const warnings = acceptedWarnings[module.name] ?? []
  return runModule(t, module, { ...options, responseMode, more: {} }, { warnings })
}

function testPlan(
  name: string,
  modules: readonly Module[],
  mode: SuiteOptions['responseMode'] = 'default',
): void {
  describe(name, { concurrency: 8 }, () => {
    for (const module of modules) {
      test(module.name, (t) => run(t, module, mode))
    }
  })
}

test('the plans are complete, and no module is in a plan twice', () => {
  const sizes = [basicModules, configModules, logoutModules].map((modules) => {
    const names = modules.map(({ name }) => name)
    return new Set(names).size
  })
  assert.deepEqual(sizes, [38, 1, 11])
})

// In each plan one module waits for half a minute.
describe('both basic plans', { concurrency: 2 }, () => {
  testPlan('oidcc-basic-certification-test-plan', basicModules)
  testPlan('oidcc-formpost-basic-certification-test-plan', basicModules, 'form_post')
})
testPlan('oidcc-config-certification-test-plan', configModules)
testPlan('oidcc-rp-initiated-logout-certification-test-plan', logoutModules)
describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  for (const [index, name] of [
    'oidcc-backchannel-logout-discovery-endpoint-verification',
    'oidcc-backchannel-rp-initiated-logout',
  ].entries()) {
    test(name, async (t) => {
      const module = createBackChannelModules(receiver)[index] ?? assert.fail(name)
      await run(t, module, 'default')
    })
  }
})
