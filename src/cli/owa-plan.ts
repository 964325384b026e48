/** `einlass owa plan`: plans how Outlook on the web is connected to this login. Asks, writes files, prints what was checked. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Check,
  checkAddress,
  checkApp,
  checkAttributes,
  checkCertificate,
  checkClock,
  checkNextCertificate,
  checkProxies,
  checkSignIn,
} from '../faces/owa/checks.ts'
import {
  isOwaRoute,
  type OwaRoute,
  owaRoutes,
  type Plan,
  type PlanInput,
} from '../faces/owa/plan.ts'
import {
  createSigningKeys,
  findPublishedKeys,
  type SigningKeysOptions,
  sortForUse,
} from '../faces/protocols/signing-keys.ts'
import { readSettings } from '../faces/protocols/wsfed/settings.ts'
import type { Apps } from '../identity/apps/apps.ts'
import { findUser } from '../identity/operations/users.ts'
import { createListAttributes } from '../identity/users/directory-answers.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import type { Database } from '../platform/storage/database.ts'
import { openApps } from './app.ts'
import { askAll } from './ask.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { openDirectoryFor, users } from './operations.ts'
import { formatTable } from './table.ts'

const routeNames = Object.keys(owaRoutes).join(', ')

const routeLines = Object.entries(owaRoutes).map(([name, { summary }]) => `${name}: ${summary}`)

export const owaPlan = defineCommand({
  name: 'owa plan',
  operands: [],
  summary: `Writes the scripts that make Outlook on the web use this login, and the scripts that undo it, and checks in advance what can be checked. It changes nothing at Exchange. ${routeLines.join('. ')}.`,
  options: {
    mail: {
      type: 'string',
      value: 'URL',
      help: 'Where Outlook on the web is, such as https://mail.example.org',
    },
    route: { type: 'string', value: 'NAME', help: routeNames },
    user: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'A user whose attributes are checked',
    },
    out: { type: 'string', value: 'FOLDER', help: 'Where the files go; else owa-plan' },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { public_url: publicUrl } = config
    if (publicUrl === undefined) throw new Fault('bad_request', 'public_url is not configured.')
    const answers = await askAll(io, [
      ...(values.mail === undefined
        ? [{ text: 'Address of Outlook on the web (https://mail.example.org)', option: '--mail' }]
        : []),
      ...(values.route === undefined
        ? [{ text: `${routeLines.join('\n')}\nRoute`, option: '--route' }]
        : []),
    ])
    const mailOrigin = readMailOrigin(values.mail ?? answers.shift() ?? '')
    const route = readRoute(values.route ?? answers.shift() ?? '')
    requireAddress(publicUrl, route)
    const names = values.user ?? []
    const seen = await look(config, { mailOrigin, publicUrl }, names, route)
    const { certificates, hasApp } = seen
    const { port } = config.listen
    const input = { mailOrigin, publicUrl, certificates, port, hasApp }
    const plan = owaRoutes[route].plan(input)
    const checks = [checkAddress(publicUrl), ...seen.checks, ...(await checkNetwork(route, input))]
    const files = await writeFiles(values.out ?? 'owa-plan', plan)
    const { steps, warnings, sources } = plan
    reply({ route, files, checks, steps, warnings, sources }, describePlan(checks, files, plan))
    return checks.every(({ isFine }) => isFine) ? exit.ok : exit.refused
  },
})

function readMailOrigin(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined
  const isFine = url?.protocol === 'https:' && url.username === '' && url.search === ''
  if (url !== undefined && isFine && /^\/?(owa\/?)?$/i.test(url.pathname)) return url.origin
  const found = `--mail\n  found:   ${JSON.stringify(typed)}`
  throw new Fault('bad_request', `${found}\n  allowed: an address such as https://mail.example.org`)
}

function readRoute(typed: string): OwaRoute {
  if (isOwaRoute(typed)) return typed
  const found = `--route\n  found:   ${JSON.stringify(typed)}`
  throw new Fault('bad_request', `${found}\n  allowed: ${routeNames}`)
}

/** Refuses a public address that nobody can reach: the scripts would make Exchange or AD FS trust it. */
function requireAddress(publicUrl: string, route: OwaRoute): void {
  if (route === 'proxy' || publicUrl.startsWith('https:')) return
  const found = `public_url\n  found:   ${JSON.stringify(publicUrl)}`
  const allowed = 'an address with https, which browsers and the mail server reach'
  throw new Fault('bad_request', `${found}\n  allowed: ${allowed}`)
}

type Addresses = Pick<PlanInput, 'mailOrigin' | 'publicUrl'>

/** Reads from the database: the certificates, the app, and the attributes of these users. */
async function look(
  config: Config,
  { mailOrigin, publicUrl }: Addresses,
  names: readonly string[],
  route: OwaRoute,
) {
  return await withKeyring(config, async (db, keyring) => {
    const [current, ...next] = await findCertificates({ db, clock, random, keyring, publicUrl })
    if (current === undefined) throw new Error('a key of SAML has no certificate')
    const app = checkApp(mailOrigin, await listRealms(openApps(config, db, keyring).apps, db))
    const listAttributes = createListAttributes(openDirectoryFor(config))
    const { attributes } = owaRoutes[route]
    const checks =
      route === 'proxy'
        ? [checkProxies(config.trusted_proxies)]
        : [checkCertificate(current, clock.now())]
    if (route === 'direct') checks.push(...next.map(checkNextCertificate), app)
    for (const name of attributes.length === 0 ? [] : names) {
      const { id, username } = await findUser(users, db, name)
      checks.push(checkAttributes(username, await listAttributes(db, id), attributes))
    }
    return { certificates: [current, ...next], hasApp: app.isFine, checks }
  })
}

/** The certificate of the key that signs, then those of keys that will sign later. */
async function findCertificates(options: SigningKeysOptions) {
  const keys = await createSigningKeys(options).find('saml')
  const now = options.clock.now()
  const rows = sortForUse(await findPublishedKeys(options.db, 'saml', now), now)
  const used = rows.filter(({ signs_from }, index) => index === 0 || signs_from > now)
  return used.flatMap(({ kid, signs_from: signsFrom }) => {
    const certificate = keys.find((key) => key.kid === kid)?.certificate
    return certificate === undefined ? [] : [{ ...certificate, signsFrom }]
  })
}

async function listRealms(apps: Pick<Apps, 'list'>, db: Database): Promise<string[]> {
  const found = await apps.list(db)
  const own = found.filter(({ protocol }) => protocol === 'wsfed')
  return own.flatMap((app) => readSettings(app).realms)
}

async function checkNetwork(
  route: OwaRoute,
  { mailOrigin, publicUrl }: { readonly mailOrigin: string; readonly publicUrl: string },
): Promise<Check[]> {
  const reaching = { fetch, now: clock.now }
  const clockThere = await checkClock(mailOrigin, reaching)
  if (route !== 'direct') return [clockThere]
  return [clockThere, await checkSignIn({ publicUrl, mailOrigin }, reaching)]
}

async function writeFiles(folder: string, { files }: Plan): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const paths: string[] = []
  for (const { name, content } of files) {
    const path = join(folder, name)
    // PowerShell reads a file without a byte order mark in the encoding of its machine.
    const mark = name.endsWith('.ps1') ? '\ufeff' : ''
    await writeFile(path, `${mark}${content}`)
    paths.push(path)
  }
  return paths
}

function describePlan(checks: readonly Check[], files: readonly string[], plan: Plan): string {
  const rows = checks.map(({ name, isFine, found }) => [isFine ? 'ok' : 'LOOK', name, found])
  return [
    formatTable(['', 'CHECKED', 'FOUND'], rows),
    '',
    ...files.map((file) => `Wrote ${escapeControls(file)}`),
    '',
    ...plan.steps.map((step, index) => `${index + 1}. ${step}`),
    '',
    ...plan.warnings.map((warning) => `Warning: ${warning}`),
    ...(plan.sources.length === 0 ? [] : ['', 'Written by these pages of Microsoft:']),
    ...plan.sources.map(
      ({ title, url, read, about }) => `- ${title} (read ${read}): ${about}. ${url}`,
    ),
  ].join('\n')
}
