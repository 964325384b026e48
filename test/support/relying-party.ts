/**
 * One scenario for every relying party: what a person and an app expect of a central login. A relying party says how it
 * is started, where its addresses are and what it cannot do; see relying-parties.ts.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { acrNumber, acrPassword } from '../../src/identity/policy/assurance.ts'
import { describePage } from './guide.ts'
import {
  type AppPlan,
  type Claims,
  erika,
  programs,
  type RelyingPartyStage,
  readClaims,
  setRelyingPartyStage,
} from './relying-party-stage.ts'

export interface RelyingParty extends Pick<AppPlan, 'paths' | 'options' | 'prepare'> {
  readonly name: string
  /** The path at which a login begins, with these parameters of the request. */
  loginPath(parameters: Readonly<Record<string, string>>): string
  readonly logoutPath: string
}

/** The second app of every scenario. */
const other: AppPlan = {
  id: 'other',
  host: '127.0.0.2',
  options: ['--second-factor', 'none'],
  paths: {
    callback: '/callback',
    afterLogout: '/',
    backChannelLogout: '/backchannel-logout',
  },
  prepare: () => ({ command: [process.execPath, `${programs}/openid-client-6.js`] }),
}

interface Scenario extends RelyingPartyStage {
  readonly party: RelyingParty
  readonly own: { readonly origin: string; output(): string }
  readonly second: { readonly origin: string; output(): string }
}

async function startScenario(t: Scope, party: RelyingParty): Promise<Scenario> {
  const stage = await setRelyingPartyStage(t)
  const host = '127.0.0.1'
  const required = ['--second-factor', 'required']
  const options = [...required, ...(party.options ?? [])]
  const [own, second] = await Promise.all([
    stage.start({ id: 'app', host, options, paths: party.paths, prepare: party.prepare }),
    stage.start(other),
  ])
  return { ...stage, party, own, second }
}

type End = () => unknown

/** Begins a login at the relying party. */
async function enter(
  { page, party, own }: Scenario,
  parameters: Readonly<Record<string, string>> = {},
) {
  await page.goto(`${own.origin}${party.loginPath(parameters)}`)
}

async function expectClaims({ page, own }: Scenario): Promise<Claims> {
  await page.waitForURL((url) => url.origin === own.origin)
  const claims = await readClaims(page)
  assert.ok(claims !== undefined, `nobody is signed in: ${own.output()}`)
  return claims
}

async function isSignedIn({ page }: Scenario, origin: string): Promise<boolean> {
  await page.goto(`${origin}/`)
  return (await readClaims(page)) !== undefined
}

/** Registers the scenario's tests, for one file. */
export function tryRelyingParty(party: RelyingParty): void {
  let scenario: Scenario
  let claims: Claims = {}
  const ends: End[] = []
  before(async () => {
    scenario = await startScenario({ after: (end) => void ends.push(end as End) }, party)
  })
  after(async () => {
    for (const end of ends.reverse()) await end()
  })

  afterEach(async (t) => {
    if (!('passed' in t) || t.passed) return
    const said = [
      await describePage(scenario.page),
      scenario.own.output(),
      scenario.server.output(),
    ]
    process.stderr.write(said.join('\n--- \n'))
  })

  test('a person logs in with password and phone, and the claims arrive', async () => {
    await enter(scenario)
    await scenario.enterPassword()
    await scenario.approve()
    claims = await expectClaims(scenario)
    assert.match(`${claims.sub}`, /^usr_/)
    assert.equal(claims.name, 'Erika Mustermann')
    assert.equal(claims.preferred_username, erika.username)
    assert.equal(claims.email, 'erika@beispiel.example')
    assert.equal(claims.acr, acrNumber)
  })

  test('a second app opens without a login', async () => {
    const { page, second } = scenario
    await page.goto(`${second.origin}/login`)
    await page.waitForURL(`${second.origin}/`)
    assert.equal((await readClaims(page))?.sub, claims.sub)
  })

  test('an app that asks for a fresh login gets one', async () => {
    await enter(scenario, { max_age: '0' })
    await scenario.enterPassword()
    await scenario.approve()
    const fresh = await expectClaims(scenario)
    assert.equal(fresh.sub, claims.sub)
    assert.ok(Number(fresh.auth_time) > Number(claims.auth_time))
  })

  test('a logout at the app ends the login and the other app', async () => {
    const { page, own, second, publicUrl } = scenario
    await page.goto(`${own.origin}${party.logoutPath}`)
    await page.waitForURL((url) => url.origin === own.origin)
    assert.equal(await isSignedIn(scenario, own.origin), false)
    assert.equal(await isSignedIn(scenario, second.origin), false)
    await page.goto(`${publicUrl}/account`)
    await page.locator('[name=username]').waitFor()
  })

  test('an app that asks for a level gets it beside the login that there is', async () => {
    const { installation, page, second } = scenario
    await installation.command(['app', 'change', 'app', '--second-factor', 'none'])
    await page.goto(`${second.origin}/login`)
    await scenario.enterPassword()
    await page.waitForURL(`${second.origin}/`)
    await enter(scenario)
    assert.equal((await expectClaims(scenario)).acr, acrPassword)
    await enter(scenario, { acr_values: acrNumber })
    await page.getByRole('button', { name: 'Mitteilung senden' }).click()
    await scenario.approve()
    assert.equal((await expectClaims(scenario)).acr, acrNumber)
  })

  test('a logout at the login ends the app', async () => {
    const { page, own, publicUrl } = scenario
    await page.goto(`${publicUrl}/logout`)
    await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.getByRole('heading', { name: 'Sie sind abgemeldet' }).waitFor()
    assert.equal(await isSignedIn(scenario, own.origin), false)
  })

  test('a person outside the groups of the app is refused in words', async () => {
    const { installation, page, publicUrl } = scenario
    await installation.command(['app', 'change', 'app', '--allowed-group', 'staff'])
    await enter(scenario)
    await scenario.enterPassword()
    await page.waitForURL((url) => url.origin === publicUrl)
    await page.getByRole('heading', { name: 'Kein Zugang zu app' }).waitFor()
  })
}
