/**
 * The run of a conformance suite, with its own Chromium and a server of Einlass, against a stand-in for the suite: that the run
 * drives a suite. What the suite itself says of a server is in docs/conformance.md.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import * as client from 'openid-client'
import type { Browser } from 'playwright-core'
import { createAlias, type SetupOptions } from '../scripts/conformance/apps.ts'
import { openModuleBrowser } from '../scripts/conformance/module-browser.ts'
import { plans } from '../scripts/conformance/plans.ts'
import { rotateKeys } from '../scripts/conformance/rotate-keys.ts'
import { runPlans } from '../scripts/conformance/run-plans.ts'
import { createSuiteApi } from '../scripts/conformance/suite-api.ts'
import { isClean, type PlanResult, writeTables } from '../scripts/conformance/table.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { launchChromium } from './support/browser.ts'
import { createCertificate } from './support/certificate.ts'
import {
  type SuiteModule,
  type SuiteRun,
  startConformanceSuite,
} from './support/conformance-suite.ts'
import { createInstallation, inheritEnv } from './support/installation.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const token = 'a token of the suite'
const user = { username: 'erika', password: 'Regenschirm im Mai' }
const insecure = { execute: [client.allowInsecureRequests] }

interface SuiteConfig {
  readonly server: { readonly discoveryUrl: string }
  readonly client: { readonly client_id: string; readonly client_secret: string }
}

const readConfig = <Config>({ config }: SuiteRun) => config as unknown as Config & SuiteConfig

const findIssuer = (run: SuiteRun) =>
  new URL(
    readConfig<object>(run).server.discoveryUrl.replace('/.well-known/openid-configuration', ''),
  )

async function discover(run: SuiteRun): Promise<client.Configuration> {
  const { client_id: id, client_secret: secret } = readConfig(run).client
  return client.discovery(findIssuer(run), id, {}, client.ClientSecretBasic(secret), insecure)
}

function openUrl(run: SuiteRun, url: URL, method = 'GET'): void {
  run.urls.push({ url: url.href, method })
  run.status = 'WAITING'
}

function finish(run: SuiteRun, result: string): void {
  run.result = result
  run.status = 'FINISHED'
}

/** A login of the app by the browser that the run has. */
async function logIn(run: SuiteRun, extra: Record<string, string> = {}, method = 'GET') {
  const config = await discover(run)
  const parameters = { redirect_uri: `${run.base}/callback`, scope: 'openid', ...extra }
  openUrl(run, client.buildAuthorizationUrl(config, parameters), method)
  const answer = await run.callback()
  return await client.authorizationCodeGrant(config, answer)
}

/** From then on, the clock of the run goes on. */
let isPatienceTried = false

const basic: Record<string, SuiteModule> = {
  'oidcc-server': async (run) => {
    await logIn(run)
    finish(run, 'PASSED')
  },
  'oidcc-ensure-post-request-succeeds': async (run) => {
    await logIn(run, {}, 'POST')
    finish(run, 'PASSED')
  },
  'oidcc-prompt-login': async (run) => {
    await logIn(run)
    const picture = run.picture('The server must ask the user to login for a second time')
    await logIn(run, { prompt: 'login' })
    assert.match(await picture, /^data:image\//)
    finish(run, 'REVIEW')
  },
  'oidcc-user-rejects-authentication': async (run) => {
    const parameters = { redirect_uri: `${run.base}/callback`, scope: 'openid' }
    openUrl(run, client.buildAuthorizationUrl(await discover(run), parameters))
    const answer = await run.callback()
    assert.equal(answer.searchParams.get('error'), 'access_denied')
    finish(run, 'PASSED')
  },
  'oidcc-ensure-registered-redirect-uri': async (run) => {
    const picture = run.picture('Show redirect URI error page')
    const parameters = { redirect_uri: `${run.base}/other`, scope: 'openid' }
    openUrl(run, client.buildAuthorizationUrl(await discover(run), parameters))
    await picture
    finish(run, 'REVIEW')
  },
  'oidcc-server-rotate-keys': async (run) => {
    const readKids = async () => {
      const { jwks_uri: url = '' } = (await discover(run)).serverMetadata()
      const { keys } = (await (await fetch(url)).json()) as { keys: { kid: string }[] }
      return keys.map(({ kid }) => kid).join()
    }
    const before = await readKids()
    run.status = 'CONFIGURED'
    await run.started()
    assert.notEqual(await readKids(), before)
    finish(run, 'PASSED')
  },
  'oidcc-is-skipped': async (run) => finish(run, 'SKIPPED'),
  'oidcc-warns': async (run) => {
    run.log.push({ result: 'WARNING', src: 'Some|Condition', msg: 'updated_at is\nmissing' })
    finish(run, 'WARNING')
  },
  'oidcc-fails': async () => {
    throw new Error('no state')
  },
  'oidcc-stops': async (run) => {
    run.status = 'INTERRUPTED'
  },
  'oidcc-never-ends': async (run) => {
    isPatienceTried = true
    run.status = 'WAITING'
  },
}

/** A native app, as a web app does not run on a loopback host. */
const dynamic: Record<string, SuiteModule> = {
  'oidcc-server': async (run) => {
    const { initial_access_token: initialAccessToken } = readConfig<{
      client: { initial_access_token: string }
    }>(run).client
    const redirectUri = `${run.base}/callback`
    const metadata = { redirect_uris: [redirectUri], application_type: 'native' }
    const options = { initialAccessToken, ...insecure }
    const config = await client.dynamicClientRegistration(
      findIssuer(run),
      metadata,
      undefined,
      options,
    )
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    openUrl(run, url)
    await client.authorizationCodeGrant(config, await run.callback(), { pkceCodeVerifier })
    finish(run, 'PASSED')
  },
}

interface FapiConfig {
  readonly client: {
    readonly client_id: string
    readonly jwks: { readonly keys: readonly (JsonWebKey & { readonly kid: string })[] }
  }
  readonly resource: { readonly resourceUrl: string }
}

/** Signs in by a pushed request, signed or not, with a key and DPoP. */
const createFapiModule =
  (isSigned: boolean): SuiteModule =>
  async (run) => {
    const { client: facts, resource } = readConfig<FapiConfig>(run)
    const [jwk] = facts.jwks.keys
    assert.ok(jwk)
    const kind = { name: 'ECDSA', namedCurve: 'P-256' }
    const key = await crypto.subtle.importKey('jwk', jwk, kind, false, ['sign'])
    const signer = { key, kid: jwk.kid }
    const config = await client.discovery(
      findIssuer(run),
      facts.client_id,
      { id_token_signed_response_alg: 'ES256' },
      client.PrivateKeyJwt(signer, {
        [client.modifyAssertion](_header, payload) {
          payload.aud = findIssuer(run).href
        },
      }),
      insecure,
    )
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const parameters = {
      redirect_uri: `${run.base}/callback`,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    const byObject = async () => {
      const url = await client.buildAuthorizationUrlWithJAR(config, parameters, signer)
      return { request: url.searchParams.get('request') ?? '' }
    }
    const sent = isSigned ? await byObject() : parameters
    openUrl(run, await client.buildAuthorizationUrlWithPAR(config, sent, { DPoP }))
    const answer = await run.callback()
    const checks = { pkceCodeVerifier }
    const tokens = await client.authorizationCodeGrant(config, answer, checks, undefined, { DPoP })
    const sub = tokens.claims()?.sub ?? ''
    assert.equal(config.serverMetadata().userinfo_endpoint, resource.resourceUrl)
    await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
    finish(run, 'PASSED')
  }

async function setUp(t: Scope, modules: Readonly<Record<string, Record<string, SuiteModule>>>) {
  const installation = await createInstallation(t, {
    config: { oidc: { dynamic_registration: true } },
  })
  await installation.serve(Number(new URL(installation.publicUrl).port))
  await installation.addUser({ ...user, displayName: 'Erika Beispiel' })
  const named = Object.entries(modules).map(([name, own]) => {
    const plan = plans[name]
    assert.ok(plan, name)
    return [name, plan, own] as const
  })
  const suite = await startConformanceSuite(t, {
    token,
    plans: Object.fromEntries(
      named.map(([, { planName, variant }, own]) => [planName, { variant, modules: own }]),
    ),
  })
  const { origin } = suite
  const setup: SetupOptions = {
    einlass: installation.command,
    ...{ publicUrl: installation.publicUrl, suite: origin },
    alias: createAlias(installation.publicUrl),
    createCertificate,
    username: user.username,
  }
  isPatienceTried = false
  let time = 0
  const saved: string[] = []
  const run = async (changed: { token?: string } = {}): Promise<PlanResult[]> =>
    runPlans(
      {
        setup,
        run: {
          api: createSuiteApi({ origin, token, fetch, ...changed }),
          openBrowser: (module) =>
            openModuleBrowser({ browser, origin, user }, /user-rejects/.test(module)),
          rotateKeys: () =>
            rotateKeys({
              ...{ einlass: installation.command, publicUrl: installation.publicUrl, fetch },
              wait: async () => void (await wait(100)),
            }),
          askPerson: () => {},
          clock: { now: () => time },
          async wait(milliseconds) {
            if (isPatienceTried) time += milliseconds
            await wait(20)
          },
          longest: 60_000,
        },
        tell: () => {},
        save: async (results) => void saved.push(writeTables(results)),
      },
      named.map(([name, plan]) => [name, plan]),
    )
  return { suite, run, saved, installation }
}

const listOutcomes = ([plan]: readonly PlanResult[]) =>
  plan?.modules.map(({ module, result }) => `${module.replace('oidcc-', '')}: ${result}`)

test('a run logs in, cancels where a module wants it, uploads pictures, rotates keys, and writes how each module ended', async (t) => {
  const { run, saved, suite } = await setUp(t, { basic })
  const results = await run()
  assert.equal(results[0]?.problem, undefined)
  assert.deepEqual(listOutcomes(results), [
    'server: PASSED',
    'ensure-post-request-succeeds: PASSED',
    'prompt-login: REVIEW',
    'user-rejects-authentication: PASSED',
    'ensure-registered-redirect-uri: REVIEW',
    'server-rotate-keys: PASSED',
    'is-skipped: SKIPPED',
    'warns: WARNING',
    'fails: FAILED',
    'stops: INTERRUPTED',
    'never-ends: TIMEOUT',
  ])
  assert.equal(suite.visited.length, 6)
  assert.equal(isClean(results), false)
  const table = saved.at(-1) ?? ''
  assert.match(
    table,
    /\| basic \| `oidcc-basic-certification-test-plan`, server_metadata=discovery, client_registration=static_client \| 11 modules: 4 passed, 1 with warnings, 2 to review, 1 skipped, 1 failed, 1 interrupted, 1 without an end \|/,
  )
  assert.match(
    table,
    /\| basic \| `oidcc-fails` \| FAILED \| FAILURE oidcc-fails: Error: no state \|/,
  )
  assert.match(table, /WARNING Some\\\|Condition: updated_at is missing/)
  // What was known when a run was cut short is kept.
  assert.match(saved[0] ?? '', /1 modules: 1 passed; did not run to its end: it was cut short/)
})

test('a run registers apps, and adds apps with the profile of FAPI 2.0', async (t) => {
  const { run, installation } = await setUp(t, {
    'basic-dynamic': dynamic,
    'fapi2-key-dpop': { 'fapi2-happy-flow': createFapiModule(false) },
    'fapi2-signed-key-dpop': { 'fapi2-happy-flow': createFapiModule(true) },
  })
  const again = [await run(), await run()]
  for (const results of again) {
    assert.deepEqual(
      results.map(({ name, problem, modules }) => [
        name,
        problem,
        ...modules.flatMap(({ result, notes }) => [result, ...notes]),
      ]),
      [
        ['basic-dynamic', undefined, 'PASSED'],
        ['fapi2-key-dpop', undefined, 'PASSED'],
        ['fapi2-signed-key-dpop', undefined, 'PASSED'],
      ],
    )
    assert.ok(isClean(results))
  }
  assert.match(await installation.command(['app', 'list']), /einlass-[0-9a-f]{12}-1 /)
})

test('a plan that the suite refuses is named, and the others run', async (t) => {
  const { run } = await setUp(t, {
    config: { 'oidcc-discovery': async (one) => finish(one, 'PASSED') },
  })
  assert.deepEqual(listOutcomes(await run()), ['discovery: PASSED'])
  const [refused] = await run({ token: 'another' })
  assert.match(refused?.problem ?? '', /^plan\?planName=oidcc-config.*: status 401/)
  assert.deepEqual(refused?.modules, [])
})

const program = join(import.meta.dirname, '../scripts/conformance/conformance.ts')

async function runProgram(args: readonly string[], env: NodeJS.ProcessEnv) {
  const started = spawn(process.execPath, [program, ...args], { env: { ...inheritEnv(), ...env } })
  const [stdout, stderr, [code]] = await Promise.all([
    text(started.stdout),
    text(started.stderr),
    once(started, 'close'),
  ])
  return { stdout, stderr, code }
}

test('the program writes its tables into a file, and names the plans when it is called wrongly', async (t) => {
  const { suite, installation } = await setUp(t, {
    config: { 'oidcc-discovery': async (one) => finish(one, 'PASSED') },
  })
  const folder = await mkdtemp(join(tmpdir(), 'einlass-conformance-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const output = join(folder, 'tables.md')
  const who = ['--suite', suite.origin, '--url', installation.publicUrl, '--user', user.username]
  const env = {
    EINLASS_CONFORMANCE_PASSWORD: user.password,
    EINLASS_CONFORMANCE_TOKEN: token,
  }
  const done = await runProgram([...who, '--plan', 'config', '--output', output], env)
  assert.equal(done.code, 0, done.stderr)
  assert.match(await readFile(output, 'utf8'), /\| config \| .* \| 1 modules: 1 passed \|/)
  const other = { ...env, EINLASS_CONFORMANCE_TOKEN: 'another' }
  const failed = await runProgram([...who, '--plan', 'config', '--output', output], other)
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /config: plan.*status 401/)
  for (const wrong of [[...who, '--plan', 'other'], who.slice(2)]) {
    const { code, stderr } = await runProgram(wrong, env)
    assert.equal(code, 64)
    assert.match(stderr, /fapi2-key-dpop/)
  }
})
