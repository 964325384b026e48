/**
 * `einlass demo`: a whole installation on this machine, with made-up people and apps. Owns the parts that only the demo has:
 * known passwords, two relying parties, a mailbox, a phone in a second window, and a push sender that reaches the phone in the
 * terminal.
 */

import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { protocols } from '../../faces/protocols/index.ts'
import { type AppInput, createApps } from '../../identity/apps/apps.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { userEvents } from '../../identity/users/events.ts'
import { createHasher } from '../../identity/users/hasher.ts'
import { createUsers } from '../../identity/users/users.ts'
import { type Running, start } from '../../main.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { type Clock, systemClock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { calledAs, type Io } from '../../platform/kernel/io.ts'
import { createLog } from '../../platform/kernel/json-log.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { untilSignal } from '../../platform/kernel/process-end.ts'
import { escapeControls } from '../../platform/kernel/text.ts'
import { takeServerLock } from '../../platform/storage/server-lock.ts'
import { transact } from '../../platform/storage/transact.ts'
import { type DemoMail, type Mailbox, startMailbox } from './mailbox.ts'
import { type RelyingParty, relyingPartyUrls, startRelyingParty } from './relying-party.ts'

export interface DemoOptions {
  /** Begin with empty data. */
  readonly fresh: boolean
}

/** Their passwords are public. They exist only in the demo, which listens only on this machine. */
const people = [
  {
    username: 'erika.mustermann',
    displayName: 'Erika Mustermann',
    email: 'erika.mustermann@example.org',
    password: 'Regenschirm im Mai',
  },
  {
    username: 'max.muster',
    displayName: 'Max Muster',
    email: 'max.muster@example.org',
    password: 'Kaffee um halb acht',
  },
] as const

const folder = 'demo-data'

/** Runs until a signal. Returns the exit code. */
export async function runDemo({ fresh }: DemoOptions, io: Io): Promise<number> {
  const port = readPort(io.env.PORT)
  if (port === undefined) {
    io.stderr.write('PORT must be a number from 1 to 65532.\n')
    return 64
  }
  checkUnused(folder)
  if (fresh) await rm(folder, { recursive: true, force: true })
  const demo = await startDemo({
    folder,
    port,
    log: createLog('warn', io.stderr),
    onMail: (mail) => io.stdout.write(mailLine(mail)),
  })
  io.stdout.write(createWelcome(demo, io.env))
  await untilSignal()
  await demo.stop()
  io.stdout.write(createFarewell(io.env))
  return 0
}

/** Checks that no demo uses the folder, before anything is deleted or changed. Throws Fault `unavailable`. */
export function checkUnused(folder: string): void {
  try {
    takeServerLock(databaseIn(folder)).release()
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    const text = `A demo runs already with the data in ${resolve(folder)}. Use that one, or end it first (Ctrl+C where it runs).`
    throw new Fault('unavailable', text, { cause })
  }
}

export interface Demo {
  readonly publicUrl: string
  readonly people: typeof people
  readonly apps: readonly RunningApp[]
  readonly mailbox: Mailbox
  readonly parts: Running['parts']
  stop(): Promise<void>
}

export interface StartDemoOptions {
  /** Where the data is. */
  readonly folder: string
  /** The apps and the mailbox listen on the next three ports. */
  readonly port: number
  readonly log: Log
  readonly clock?: Clock
  /** Called with each mail that would have been sent. */
  readonly onMail?: (mail: DemoMail) => void
}

/** Throws Fault `unavailable` when one of the four ports is taken; then nothing keeps running. */
export async function startDemo(options: StartDemoOptions): Promise<Demo> {
  const { port, clock = systemClock, onMail = () => {} } = options
  const tell = tellPort(port)
  const mailbox = await startMailbox({ port: port + 3, clock, onMail }).catch(tell)
  try {
    return await startWith(mailbox, options)
  } catch (error) {
    await mailbox.close()
    return tell(error)
  }
}

async function startWith(
  mailbox: Mailbox,
  { folder, port, log, clock }: StartDemoOptions,
): Promise<Demo> {
  const publicUrl = `http://localhost:${port}`
  const settings = demoSettings(folder, port, mailbox.smtpPort)
  const config = configSchema.parse(settings)
  const running = await start({ config, publicUrl, log, ...(clock && { clock }) })
  await writeConfig(folder, settings)
  const apps = await fill(running, port).catch(async (error: unknown) => {
    await running.stop()
    throw error
  })
  return {
    publicUrl,
    people,
    apps,
    mailbox,
    parts: running.parts,
    async stop() {
      await Promise.all(apps.map(({ party }) => party.close()))
      await running.stop()
      await mailbox.close()
    },
  }
}

function tellPort(first: number) {
  return (error: unknown): never => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!isTaken) throw error
    const taken = 'port' in error ? `Port ${error.port}` : 'A port'
    const text = `${taken} is taken. The demo needs the ports ${first} to ${first + 3}; PORT names the first of four others, as in: PORT=${first + 1000 > 65_532 ? 9000 : first + 1000} npm run demo`
    throw new Fault('unavailable', text, { cause: error })
  }
}

const databaseIn = (folder: string): string => join(folder, 'einlass.db')

/** The two apps and the mailbox listen on the next three ports. */
function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 8080
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_532 ? port : undefined
}

/** The configuration of the demo, in the form of a configuration file. */
export function demoSettings(folder: string, port: number, smtpPort: number) {
  return {
    public_url: `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    storage: { type: 'sqlite', file: databaseIn(resolve(folder)) },
    key_file: resolve(folder, 'einlass.key'),
    brand: {
      name: 'Beispiel Versicherung',
      apps_line: {
        de: 'Eine Anmeldung für Webmail, Portal und alles Weitere.',
        en: 'One login for Webmail, Portal and everything else.',
      },
      support: { email: 'servicedesk@example.org', phone: '089 000-0' },
      imprint_url: 'https://example.org/imprint',
      privacy_url: 'https://example.org/privacy',
    },
    app_networks: ['127.0.0.0/8', '::1/128'],
    networks: [
      { name: { de: 'Dieser Rechner', en: 'This computer' }, ranges: ['127.0.0.0/8', '::1/128'] },
    ],
    mail: {
      from: 'login@example.org',
      smtp: { host: '127.0.0.1', port: smtpPort, security: 'none' },
    },
    // Browsers on this machine trust http://localhost like https, so a second window can be the phone.
    authenticator: { enabled: true, combined_totp: true },
    push: {
      senders: { http: { allowed_origins: ['http://127.0.0.1:*', 'http://localhost:*'] } },
    },
  }
}

/** Writes the configuration into the folder, so that commands that run there find it and the demo's database. */
export async function writeConfig(folder: string, settings: object): Promise<void> {
  const comment =
    '# The configuration of the demo, for commands that run in this folder.\n# The demo writes it anew whenever it starts; it does not read it.\n'
  await writeFile(join(folder, 'einlass.yaml'), `${comment}${stringify(settings)}`, { mode: 0o600 })
}

type DemoApp = AppInput & { readonly id: string }

function demoApps(port: number): DemoApp[] {
  const app = (id: string, name: string, at: number, policy: AppInput['policy']) => {
    const { url, redirectUri, postLogoutRedirectUri, backchannelLogoutUri } = relyingPartyUrls(at)
    return {
      id,
      name,
      settings: {
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [postLogoutRedirectUri],
        backchannelLogoutUri,
        startUrl: `${url}/`,
      },
      policy,
    }
  }
  return [
    app('webmail', 'Webmail', port + 1, { secondFactor: 'required', skips: 3 }),
    app('portal', 'Portal', port + 2, { secondFactor: 'optional', skips: 10, decline: true }),
  ]
}

export interface RunningApp {
  readonly name: string
  readonly party: RelyingParty
}

/** Adds missing data, and starts the apps: all of them or none. */
async function fill(running: Running, port: number): Promise<RunningApp[]> {
  await addPeople(running)
  const started: RunningApp[] = []
  try {
    for (const [index, input] of demoApps(port).entries()) {
      started.push(await startApp(running, input, port + 1 + index))
    }
    return started
  } catch (error) {
    await Promise.all(started.map(({ party }) => party.close()))
    throw error
  }
}

async function startApp({ parts }: Running, input: DemoApp, port: number): Promise<RunningApp> {
  const { publicUrl, platform } = parts
  const { database, clock, random } = platform
  const apps = createApps({ ...platform, protocols })
  const { id, ...changes } = input
  const { name } = input
  const known = await apps.change(database.db, id, changes)
  const { app } = known ?? (await apps.create(database.db, input))
  const clientSecret = (await apps.find(database.db, app.id))?.clientSecret ?? ''
  const party = await startRelyingParty({
    name: { de: name, en: name },
    port,
    issuer: `${publicUrl}/oidc`,
    clientId: id,
    clientSecret,
    clock,
    random,
  })
  return { name, party }
}

async function addPeople({ parts }: Running): Promise<void> {
  const { platform } = parts
  const { db } = platform.database
  const users = createUsers(platform)
  const audit = createAudit(platform)
  const hasher = createHasher({ cores: 1, log: platform.log })
  for (const { password, ...person } of people) {
    if ((await users.findByName(db, person.username)) !== undefined) continue
    const passwordHash = await hasher.hash(password)
    await transact(db, async (tx) => {
      const { id, username } = await users.create(tx, { ...person, passwordHash })
      await audit.record(tx, userEvents.created, { userId: id, username, by: 'cli' })
    })
  }
}

/** The texts are safe to print: subjects come from Einlass, and recipients are people of the demo. */
function mailLine({ to, subject, url }: DemoMail): string {
  return `A mail to ${escapeControls(to)}: ${escapeControls(subject)}\n  ${url}\n`
}

/** The command for use in another folder: with its absolute path if it was called by a path. */
const fromAnywhere = (command: string): string =>
  command.includes('/') ? resolve(command) : command

/** The command line of the demo with a further option, ready to be typed. */
function callWith(env: Io['env'], option: string): string {
  return env.npm_lifecycle_event === 'demo'
    ? `npm run demo -- ${option}`
    : `${calledAs(env)} demo ${option}`
}

export const createFarewell = (env: Io['env']): string =>
  `\nThe demo has ended. Its data is kept in ${resolve(folder)}.\nTo begin anew: ${callWith(env, '--fresh')}\n`

export function createWelcome(
  { publicUrl, apps: running, mailbox }: Pick<Demo, 'publicUrl' | 'apps' | 'mailbox'>,
  env: Io['env'],
): string {
  const apps = running.map(({ name, party }) => `  ${name.padEnd(18)} ${party.url}`)
  const users = people.map(({ username, password }) => `  ${username.padEnd(18)} ${password}`)
  return `
Einlass is up, with made-up people and apps, on this machine only.

Login page
  ${publicUrl}/login

Apps
${apps.join('\n')}

Mails that people would get
  ${mailbox.url}

People             Password
${users.join('\n')}

A phone, in a second window: choose "Einlass Authenticator benutzen" on the page, copy
the address below "QR-Code lässt sich nicht scannen?", and open it in a second window.
Keep that window; whenever it is closed, the phone is here again:
  ${publicUrl}/authenticator

Or another phone, in a second terminal: choose "Gerät registrieren" on the page, copy
the address there, and start the phone with it:
  ${calledAs(env)} phone scan 'pushauth://…'
It stays and waits for requests; after Ctrl+C, start it again with:
  ${calledAs(env)} phone listen
Or without a phone: choose "Passkey einrichten" on that page.

Commands of the service desk work in the folder of the data, in a second terminal:
  cd ${resolve(folder)}
  ${fromAnywhere(calledAs(env))} user list

Ctrl+C ends the demo. Its data is kept; to begin anew: ${callWith(env, '--fresh')}
`
}
