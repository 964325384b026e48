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
  type StartedApp,
  setRelyingPartyStage,
} from './relying-party-stage.ts'
import { hasBackChannel } from './relying-party-table.ts'

export interface RelyingParty extends Pick<AppPlan, 'library' | 'backChannelLogout' | 'prepare'> {
  readonly name: string
  readonly version: string
  /** Its name in test/relying-parties; absent: a package of Debian. */
  readonly package?: string
  /** What is not its default on its own side, or what its app has to do itself, as a sentence or a setting. */
  readonly needs?: readonly string[]
  /** Where a login begins, with these parameters of the request. */
  findLoginPath(parameters: Readonly<Record<string, string>>, at: StartedApp): string
  findLogoutPath(at: StartedApp): string
  /** How it asks for a fresh login; else by `max_age=0`. */
  readonly freshLogin?: Readonly<Record<string, string>>
  /** Claims that it does not give to the app. */
  readonly hides?: readonly string[]
  /** The button of its own page on which a login begins; absent: no such page. */
  readonly loginButton?: string
  /** Whether it names nobody when it asks for a logout, so that the login asks the person. */
  readonly asksAtLogout?: boolean
  /** Where it listens; else 127.0.0.1, which is another site than the login. */
  readonly host?: string
}

/** The second app of every scenario. */
const other: AppPlan = {
  id: 'other',
  host: '127.0.0.2',
  library: 'openid-client',
  options: ['--second-factor', 'none'],
  backChannelLogout: '/backchannel-logout',
  prepare: () => ({ command: [process.execPath, `${programs}/openid-client-6.js`] }),
}

interface Scenario extends RelyingPartyStage {
  readonly party: RelyingParty
  readonly own: StartedApp
  readonly second: StartedApp
}

async function startScenario(t: Scope, party: RelyingParty): Promise<Scenario> {
  const stage = await setRelyingPartyStage(t)
  const { host = '127.0.0.1' } = party
  const options = ['--second-factor', 'required']
  const starting = [
    stage.start({ ...party, id: 'app', host, options }),
    stage.start(other),
  ] as const
  // When one of them fails, the other has begun something that has to be ended too.
  await Promise.allSettled(starting)
  const [own, second] = await Promise.all(starting)
  return { ...stage, party, own, second }
}

type End = () => unknown

/** Begins a login at the relying party. */
async function enter(
  { page, party, own }: Scenario,
  parameters: Readonly<Record<string, string>> = {},
) {
  await page.goto(`${own.origin}${party.findLoginPath(parameters, own)}`)
  const { loginButton: name } = party
  if (name !== undefined) await page.getByRole('button', { name }).click()
}

async function expectClaims({ page, own, party }: Scenario, acr: string): Promise<Claims> {
  await page.waitForURL(`${own.origin}/`)
  const claims = await readClaims(page)
  assert.ok(claims !== undefined, `nobody is signed in: ${own.output()}`)
  assert.equal(claims.acr, party.hides?.includes('acr') ? undefined : acr)
  return claims
}

/** An app that does not answer at once hears of a logout a little later. */
async function expectSignedOut({ page }: Scenario, origin: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await page.goto(`${origin}/`)
    if ((await readClaims(page)) === undefined) return
    await page.waitForTimeout(200)
  }
  throw new Error(`the person is still signed in at ${origin}`)
}

/** Registers the scenario's tests, for one file. */
export function tryRelyingParty(party: RelyingParty): void {
  const { name } = party
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

  test(`${name}: a person logs in with password and phone, and the claims arrive`, async () => {
    await enter(scenario)
    await scenario.enterPassword()
    await scenario.approve()
    claims = await expectClaims(scenario, acrNumber)
    assert.match(`${claims.sub}`, /^usr_/)
    assert.equal(claims.name, 'Erika Mustermann')
    assert.equal(claims.preferred_username, erika.username)
    assert.equal(claims.email, 'erika@beispiel.example')
  })

  test(`${name}: a second app opens without a login`, async () => {
    const { page, second } = scenario
    await page.goto(`${second.origin}/login`)
    await page.waitForURL(`${second.origin}/`)
    assert.equal((await readClaims(page))?.sub, claims.sub)
  })

  test(`${name}: an app that asks for a fresh login gets one`, async () => {
    await enter(scenario, party.freshLogin ?? { max_age: '0' })
    await scenario.enterPassword()
    await scenario.approve()
    const fresh = await expectClaims(scenario, acrNumber)
    assert.equal(fresh.sub, claims.sub)
    // Both may be in the same second.
    assert.ok(Number(fresh.auth_time ?? 0) >= Number(claims.auth_time ?? 0))
  })

  test(`${name}: a logout at the app ends the login and the other app`, async () => {
    const { page, own, second, publicUrl } = scenario
    await page.goto(`${own.origin}${party.findLogoutPath(own)}`)
    if (party.asksAtLogout) await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.waitForURL(`${own.origin}/`)
    await expectSignedOut(scenario, own.origin)
    await expectSignedOut(scenario, second.origin)
    await page.goto(`${publicUrl}/account`)
    await page.locator('[name=username]').waitFor()
  })

  test(`${name}: an app that asks for a level gets it beside the login that there is`, async () => {
    const { installation, page, second } = scenario
    await installation.command(['app', 'change', 'app', '--second-factor', 'none'])
    await page.goto(`${second.origin}/login`)
    await scenario.enterPassword()
    await page.waitForURL(`${second.origin}/`)
    await enter(scenario)
    await expectClaims(scenario, acrPassword)
    await enter(scenario, { acr_values: acrNumber })
    await page.getByRole('button', { name: 'Mitteilung senden' }).click()
    await scenario.approve()
    await expectClaims(scenario, acrNumber)
  })

  const hearsOfLogout = hasBackChannel(party)
  const ended = hearsOfLogout ? 'ends the app' : 'lets nobody into the app without a login'
  test(`${name}: a logout at the login ${ended}`, async () => {
    const { page, own, publicUrl } = scenario
    await page.goto(`${publicUrl}/logout`)
    await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.getByRole('heading', { name: 'Sie sind abgemeldet' }).waitFor()
    if (hearsOfLogout) {
      const app = page.getByRole('listitem').filter({ has: page.getByText('app', { exact: true }) })
      await app.getByText('Abgemeldet').waitFor()
      await expectSignedOut(scenario, own.origin)
    }
    await enter(scenario)
    await page.locator('[name=username]').waitFor()
  })

  test(`${name}: a person outside the groups of the app is refused in words`, async () => {
    const { installation, page, publicUrl } = scenario
    await installation.command(['app', 'change', 'app', '--allowed-group', 'staff'])
    await enter(scenario)
    await scenario.enterPassword()
    await page.waitForURL((url) => url.origin === publicUrl)
    await page.getByRole('heading', { name: 'Kein Zugang zu app' }).waitFor()
  })

  test(`${name}: the browser found nothing wrong with any page`, () => {
    assert.deepEqual(scenario.errors, [])
  })
}
