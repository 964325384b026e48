/**
 * One scenario for every SAML app: login, logout from both sides, and a person who may not enter. The app is a process of its
 * own over TLS on another site than the login, and is added by its metadata, as the command does.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { samlMetadata } from '../../src/faces/protocols/saml/metadata.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { endProcess } from './apache.ts'
import { createCertificate } from './certificate.ts'
import { heading, person, signIn } from './guide.ts'
import { erika } from './in-process.ts'
import { programs, readClaims } from './relying-party-stage.ts'
import { appHost, setTlsStage, type TlsStage } from './tls.ts'

export interface SamlParty {
  readonly name: string
  readonly version: string
  /** Its name in test/relying-parties; absent: a package of Debian. */
  readonly package?: string
  /** What is not its default, as a sentence or a setting. */
  readonly needs: readonly string[]
  readonly command: readonly string[]
}

interface Scenario extends TlsStage {
  readonly origin: string
  readonly page: Page
  readonly errors: readonly unknown[]
  /** Changes who may enter. */
  allow(groups: readonly string[]): Promise<unknown>
  output(): string
}

async function startScenario(t: Scope, party: SamlParty): Promise<Scenario> {
  const stage = await setTlsStage(t)
  const folder = await mkdtemp(join(tmpdir(), 'einlass-saml-'))
  const origin = `https://${appHost}:${await findPort()}`
  const files = await writeFiles(folder, stage)
  const [command = '', ...args] = party.command
  const child = spawn(command, args, {
    cwd: programs,
    env: {
      ...{ PATH: process.env.PATH, PYTHONPYCACHEPREFIX: folder },
      ...{ ORIGIN: origin, ISSUER: stage.server.publicUrl, CLIENT_ID: 'app' },
      ...files,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  t.after(async () => {
    await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  })
  await untilListening(origin, () => {
    if (child.exitCode !== null) throw new Error(`the app has ended:\n${output}`)
  })
  const { parts, db } = stage.server
  // Some ask for the address as the name of a person.
  await db.updateTable('users').set({ email: 'erika@example.org' }).execute()
  const apps = createApps({ ...parts.platform, protocols })
  const { settings } = samlMetadata.read(await readFile(files.SP_METADATA, 'utf8'), {})
  await apps.create(db, {
    ...{ id: 'app', name: 'Notes', protocol: 'saml', policy: { secondFactor: 'none' } },
    settings,
  })
  // The address that `app show` says.
  const path = settings.signedRequests === 'required' ? '/saml/metadata/app' : '/saml/metadata'
  await writeFile(files.IDP_METADATA, await stage.readText(path))
  const { page, errors } = await person(t, stage.browser)
  return {
    ...{ ...stage, origin, page, errors },
    output: () => output,
    allow: (groups) =>
      apps.change(db, 'app', { policy: { secondFactor: 'none', allowedGroups: [...groups] } }),
  }
}

/** By the names under which the programs look for them. */
async function writeFiles(folder: string, { certificate }: TlsStage) {
  const own = createCertificate('notes.example', 'rsa')
  const texts = {
    ...{ TLS_KEY: certificate.key, TLS_CERT: certificate.cert },
    ...{ SP_KEY: own.key, SP_CERT: own.cert },
    ...{ IDP_METADATA: '', SP_METADATA: '' },
  }
  const files = Object.entries(texts).map(
    ([name, text]) => [name, join(folder, name), text] as const,
  )
  for (const [, path, text] of files) await writeFile(path, text)
  const paths = Object.fromEntries(files.map(([name, path]) => [name, path]))
  return paths as Readonly<Record<keyof typeof texts, string>>
}

async function untilListening(origin: string, check: () => void): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    check()
    // It speaks TLS, so it answers this with an error of its own.
    const error = await fetch(origin.replace('https:', 'http:')).catch((one: Error) => one.cause)
    if (!/ECONNREFUSED/.test(`${error}`)) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error('the app does not listen')
}

/** Begins a login at the app, and enters the password where it is asked. */
async function enter({ page, origin }: Scenario): Promise<void> {
  await page.goto(`${origin}/login`)
  await signIn(page, erika)
}

async function expectSignedOut({ page, origin, server }: Scenario): Promise<void> {
  await page.goto(`${origin}/`)
  assert.equal(await readClaims(page), undefined)
  await page.goto(`${server.publicUrl}/account`)
  await page.locator('[name=username]').waitFor()
}

/** Registers the tests of the scenario, for one file. */
export function trySamlParty(party: SamlParty): void {
  const { name } = party
  const ends: (() => unknown)[] = []
  let scenario: Scenario
  before(async () => {
    scenario = await startScenario({ after: (end) => void ends.push(end as () => unknown) }, party)
  })
  after(async () => {
    for (const end of ends.reverse()) await end()
  })

  afterEach((t) => {
    if ('passed' in t && !t.passed) process.stderr.write(scenario.output())
  })

  test(`${name}: a person logs in by SAML, and the app gets the attributes`, async () => {
    const { page, origin } = scenario
    await enter(scenario)
    await page.waitForURL(`${origin}/`)
    const claims = JSON.stringify(await readClaims(page))
    assert.match(claims, /Erika Mustermann/, scenario.output())
    assert.match(claims, /nameID/)
  })

  test(`${name}: a SAML logout at the app ends the login, and the browser returns to the app`, async () => {
    const { page, origin } = scenario
    await page.goto(`${origin}/logout`)
    await page.waitForURL(`${origin}/`)
    await expectSignedOut(scenario)
  })

  test(`${name}: a logout at the login ends the SAML app, and the page says so`, async () => {
    const { page, origin, server } = scenario
    await enter(scenario)
    await page.waitForURL(`${origin}/`)
    await page.goto(`${server.publicUrl}/logout`)
    await page.locator('form[action="/logout"] button').click()
    // The frame is answered a moment after the page is shown.
    const app = page.getByRole('listitem').filter({ hasText: 'Notes' })
    await app.getByText('Abgemeldet', { exact: true }).waitFor()
    assert.equal(page.url(), `${server.publicUrl}/logout`)
    await expectSignedOut(scenario)
  })

  test(`${name}: a person outside the groups of the SAML app is refused in words`, async () => {
    await scenario.allow(['board'])
    await enter(scenario)
    const { page, server } = scenario
    await page.waitForURL((url) => url.origin === server.publicUrl && url.pathname !== '/login')
    assert.match(await heading(page), /Notes/)
    assert.deepEqual(server.errors, [])
    assert.deepEqual(scenario.errors, [])
  })
}
