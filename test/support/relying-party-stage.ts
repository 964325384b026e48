/**
 * What every scenario of a relying party begins with: an installation behind TLS, a person with a phone, a browser that
 * believes the authority of the tests, and relying parties as processes of their own. Each is a site of its own for the
 * browser: the login is `localhost`, the relying parties are addresses.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Page } from 'playwright-core'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../../src/dev/test-support/plain-browser.ts'
import { launchChromium } from './browser.ts'
import { createAuthority } from './certificate.ts'
import { person, shownNumber, signIn } from './guide.ts'
import { createInstallation, type Installation, stopProcess } from './installation.ts'
import { startTestPhone } from './test-phone.ts'
import { startTlsFront } from './tls-front.ts'
import { enrolPhone } from './way-in.ts'

export const erika = { username: 'erika', password: 'Regenschirm im Mai' }

export const programs = resolve(import.meta.dirname, '../relying-parties')

/** How a relying party is started: a command, and what it finds in its environment beside what all have. */
export interface Program {
  readonly command: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export interface AppPlan {
  readonly id: string
  /** The address of the machine on which it listens. */
  readonly host: string
  /** As `einlass app add --library` knows it, with its addresses and the lines for its side. */
  readonly library: string
  /** More options of `einlass app add`. */
  readonly options?: readonly string[]
  /** Whether it runs the lines that turn PKCE on; else it is as it comes. */
  readonly withPkce?: boolean
  /** The path of its back-channel logout, if its library has none. */
  readonly backChannelLogout?: string
  /** Called before it is started; may write files to the folder. */
  prepare(given: GivenApp): Program | Promise<Program>
}

/** What a relying party gets to know, also in its environment. */
export interface GivenApp {
  readonly origin: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly folder: string
  /** A file with the lines that the command prints for its side. */
  readonly lines: string
  /** Files in PEM. */
  readonly files: { readonly key: string; readonly cert: string; readonly authority: string }
}

export interface StartedApp extends Pick<GivenApp, 'origin' | 'issuer'> {
  /** What it has written so far. */
  output(): string
}

export type RelyingPartyStage = Awaited<ReturnType<typeof setRelyingPartyStage>>

export async function setRelyingPartyStage(t: Scope) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-relying-party-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const authority = createAuthority()
  const own = authority.issue(['localhost', '127.0.0.1', '127.0.0.2'])
  const files = {
    key: join(folder, 'key.pem'),
    cert: join(folder, 'cert.pem'),
    authority: join(folder, 'authority.pem'),
  }
  await Promise.all([
    writeFile(files.key, own.key),
    writeFile(files.cert, own.cert),
    writeFile(files.authority, authority.cert),
  ])
  setDefaultCACertificates([...getCACertificates('default'), authority.cert])

  const port = await findPort()
  const publicUrl = `https://localhost:${port}`
  const installation = await createInstallation(t, {
    publicUrl,
    config: { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } },
    env: { NODE_EXTRA_CA_CERTS: files.authority },
  })
  const target = { port: 0 }
  await startTlsFront(t, own, { port, findTarget: () => target.port })
  const server = await installation.serve()
  target.port = Number(new URL(server.url).port)
  const chromium = await launchChromium([
    `--ignore-certificate-errors-spki-list=${authority.keyHash}`,
  ])
  t.after(() => chromium.close())
  const phone = await enrolErika(t, installation)
  const { page, errors } = await person(t, chromium)

  return {
    publicUrl,
    installation,
    server,
    page,
    /** What the browser found wrong with a page. */
    errors,
    start: (plan: AppPlan) => startApp(t, { plan, installation, folder, files }),
    /** Name and password, on the page of the login. */
    enterPassword: () => signIn(page, erika),
    /** The phone's answer to the number that the page shows. */
    async approve() {
      await page.locator('.number').waitFor()
      const number = Number(await shownNumber(page))
      await phone.answer(await phone.nextMessage(), { type: 'approve', number })
    },
  }
}

async function enrolErika(t: Scope, installation: Installation) {
  const displayName = 'Erika Mustermann'
  const email = 'erika@beispiel.example'
  await installation.addUser({ ...erika, displayName, email })
  const phone = await startTestPhone(t)
  await enrolPhone(createPlainBrowser(installation.publicUrl), erika, phone)
  return phone
}

interface Start {
  readonly plan: AppPlan
  readonly installation: Installation
  readonly folder: string
  readonly files: GivenApp['files']
}

/** Adds an app by the command, starts its process and waits until it listens. Gives its origin. */
async function startApp(
  t: Scope,
  { plan, installation, folder, files }: Start,
): Promise<StartedApp> {
  const origin = `https://${plan.host}:${await findPort()}`
  const printed = await installation.command([
    ...['app', 'add', plan.id, '--json', '--library', plan.library, '--url', origin],
    ...(plan.backChannelLogout === undefined
      ? []
      : ['--backchannel-logout-uri', `${origin}${plan.backChannelLogout}`]),
    ...(plan.options ?? []),
  ])
  const added = JSON.parse(printed)
  const lines = join(folder, `${plan.id}-lines`)
  const pkceLines = join(folder, `${plan.id}-pkce`)
  await writeFile(lines, added.steps[0].code)
  await writeFile(pkceLines, plan.withPkce ? findPkceLines(added.steps) : '')
  const given: GivenApp = {
    lines,
    origin,
    issuer: added.issuer,
    clientId: plan.id,
    clientSecret: added.client_secret,
    folder,
    files,
  }
  const { command, env } = await plan.prepare(given)
  const [name = '', ...args] = command
  const child = spawn(name, args, {
    cwd: programs,
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, PKCE_LINES: pkceLines },
      ...describeForProcess(given),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(child)
  t.after(() => stopProcess(child))
  await untilListening(child, origin, output)
  return { origin, issuer: given.issuer, output }
}

/** Of the step before the one that requires PKCE. */
function findPkceLines(steps: readonly { readonly code?: string }[]): string {
  const last = steps.findIndex(({ code }) => code?.endsWith('--pkce required'))
  return steps[last - 1]?.code ?? ''
}

/** By the names that libraries and languages look for. */
function describeForProcess(given: GivenApp): NodeJS.ProcessEnv {
  const { origin, issuer, clientId, clientSecret, lines, files } = given
  return {
    ...{ ORIGIN: origin, ISSUER: issuer, CLIENT_ID: clientId },
    ...(clientSecret !== undefined && { CLIENT_SECRET: clientSecret }),
    LINES: lines,
    ...{ TLS_KEY: files.key, TLS_CERT: files.cert },
    NODE_EXTRA_CA_CERTS: files.authority,
    SSL_CERT_FILE: files.authority,
    REQUESTS_CA_BUNDLE: files.authority,
  }
}

function collectOutput(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return () => output
}

async function untilListening(child: ChildProcess, origin: string, output: () => string) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the relying party has ended:\n${output()}`)
    const answers = await fetch(origin, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (answers) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error(`the relying party does not listen:\n${output()}`)
}

export type Claims = Readonly<Record<string, unknown>>

/** What a relying party shows of the person; undefined: nobody is signed in. */
export async function readClaims(page: Page): Promise<Claims | undefined> {
  const shown = page.locator('#claims, #signed-out')
  await shown.waitFor()
  if ((await shown.getAttribute('id')) === 'signed-out') return undefined
  return JSON.parse((await shown.textContent()) ?? '')
}
