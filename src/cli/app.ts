/** `einlass app …`: what people log in to. Every change writes its audit event in the same transaction, by `cli`. */
import { createAudit } from '../audit/audit.ts'
import type { Config } from '../config/schema.ts'
import { passkeySiteOf } from '../factors/passkey/site.ts'
import { systemClock } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../kernel/keyring.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Policy } from '../policy/policy.ts'
import {
  type App,
  type AppInput,
  type Apps,
  appChangesSchema,
  appIdRule,
  appInputSchema,
  createApps,
} from '../sso/apps.ts'
import type { Queries } from '../storage/database.ts'
import { groupNameRule } from '../users/groups.ts'
import { addressOptions, changedSettings, withdrawAddressOptions } from './app-addresses.ts'
import { refusePastDay, ruleText, warnEmptyGroup } from './app-rule.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { checkInput, type Place } from './input.ts'
import { formatTable } from './table.ts'

const by = 'cli'
const random = systemRandom
const clock = systemClock
const audit = createAudit({ clock })
const appsWith = (keyring: Keyring) => createApps({ clock, random, keyring })

function issuerOf(config: Config): string | null {
  return config.public_url === undefined ? null : `${config.public_url}/oidc`
}

/** What every command takes. */
interface Common {
  readonly config?: string
  readonly json?: boolean
}

interface AppValues {
  readonly name?: string
  readonly 'redirect-uri'?: readonly string[]
  readonly 'post-logout-redirect-uri'?: readonly string[]
  readonly 'backchannel-logout-uri'?: string
  readonly 'start-url'?: string
  readonly public?: boolean
  readonly 'second-factor'?: string
  readonly skips?: string
  readonly 'skip-until'?: string
  readonly decline?: boolean
  readonly 'no-decline'?: boolean
  readonly 'decline-days'?: string
  readonly level?: string
  readonly group?: string
  readonly 'remove-group'?: string
  readonly 'plain-approval'?: boolean
  readonly 'no-level'?: boolean
  readonly 'no-skip-until'?: boolean
  readonly 'no-decline-days'?: boolean
  readonly 'no-plain-approval'?: boolean
  readonly 'no-post-logout-redirect-uri'?: boolean
  readonly 'no-backchannel-logout-uri'?: boolean
  readonly 'no-start-url'?: boolean
  readonly 'new-secret'?: boolean
}

function appInputOf(id: string, values: AppValues, config: Config): AppInput {
  const input = {
    id,
    name: values.name ?? id,
    settings: {
      redirectUris: values['redirect-uri'] ?? [],
      postLogoutRedirectUris: values['post-logout-redirect-uri'] ?? [],
      backchannelLogoutUri: values['backchannel-logout-uri'],
      startUrl: values['start-url'],
      tokenEndpointAuthMethod: values.public === true ? 'none' : 'client_secret_basic',
    },
    policy: policyOf(config, values),
  }
  return checkInput(appInputSchema, input, placesOf(id, values))
}

/** An app that demands what nobody can have would let nobody in. */
function demandPasskeys({ public_url: url }: Config, { level }: AppValues): void {
  if (level !== 'phishing_resistant') return
  if (url !== undefined && passkeySiteOf(url) !== undefined) return
  const found = url === undefined ? 'public_url is not configured' : `public_url is ${url}`
  throw new Fault(
    'bad_request',
    `--level phishing_resistant needs passkeys, and browsers have them only for https and a name: ${found}.`,
  )
}

/** The configured rule with what the arguments change. */
function policyOf(config: Config, values: AppValues): Partial<Record<keyof Policy, unknown>> {
  return { ...config.default_policy, ...ruleOf(values) }
}

/** What the arguments say about a rule. */
function ruleOf(values: AppValues): Record<string, unknown> {
  const number = (text: string | undefined) =>
    text === undefined ? undefined : Number(text || Number.NaN)
  const given = {
    secondFactor: values['second-factor'],
    level: values.level,
    skips: number(values.skips),
    skipUntil: values['skip-until'],
    decline: values['no-decline'] === true ? false : values.decline,
    declineDays: number(values['decline-days']),
    plainApproval: values['plain-approval'],
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** What can be absent, so that it can be taken back: from the rule of everybody, or of a group, which then has theirs. */
const withdrawable = {
  'no-level': 'level',
  'no-skip-until': 'skipUntil',
  'no-decline-days': 'declineDays',
  'no-plain-approval': 'plainApproval',
} as const satisfies Partial<Record<keyof AppValues, keyof Policy>>

function withRule(rule: object, values: AppValues): Record<string, unknown> {
  const names = Object.keys(withdrawable) as (keyof typeof withdrawable)[]
  const gone = names.filter((name) => values[name] === true).map((name) => withdrawable[name])
  const both = names.find((name) => values[name] === true && withdrawable[name] in ruleOf(values))
  if (both !== undefined) {
    throw new Fault('bad_request', `--${both} and --${both.slice(3)} exclude each other.`)
  }
  const kept = Object.entries({ ...rule, ...ruleOf(values) })
  return Object.fromEntries(kept.filter(([name]) => !gone.some((one) => one === name)))
}

/** The rule of an app with what the arguments change: for everybody, or for one group. */
function changedPolicy(policy: Policy, values: AppValues): Record<string, unknown> {
  const { groups = [], ...general } = policy
  const { group, 'remove-group': removed } = values
  const kept = groups.filter((rule) => rule.group !== removed)
  if (group === undefined) return { ...withRule(general, values), groups: kept }
  const isKnown = kept.some((rule) => rule.group === group)
  const rules = isKnown ? kept : [...kept, { group }]
  return {
    ...general,
    groups: rules.map((rule) => (rule.group === group ? withRule(rule, values) : rule)),
  }
}

const address = 'an https address; http only on a loopback host'

function placesOf(id: string, values: AppValues): Readonly<Record<string, Place>> {
  const place = (option: keyof AppValues, allowed: string): Place => {
    const typed = values[option]
    return { option: `--${option}`, typed: typeof typed === 'boolean' ? '' : typed, allowed }
  }
  return {
    id: { option: 'ID', typed: id, allowed: appIdRule },
    name: { ...place('name', 'a text of 1 to 100 characters'), typed: values.name ?? id },
    'settings.redirectUris': place('redirect-uri', `${address}. At least one, at most 20`),
    'settings.postLogoutRedirectUris': place('post-logout-redirect-uri', `${address}. At most 20`),
    'settings.backchannelLogoutUri': place('backchannel-logout-uri', address),
    'settings.startUrl': place('start-url', address),
    'policy.secondFactor': place('second-factor', 'none, optional or required'),
    'policy.skips': place('skips', 'a whole number from 0 to 1000'),
    'policy.skipUntil': place('skip-until', 'a day such as 2030-12-31'),
    'policy.level': place('level', levels),
    'policy.declineDays': place('decline-days', 'a whole number from 1 to 3650'),
    'policy.groups.group': place('group', groupNameRule),
    'policy.groups.secondFactor': place('second-factor', 'none, optional or required'),
    'policy.groups.level': place('level', levels),
    'policy.groups.skips': place('skips', 'a whole number from 0 to 1000'),
    'policy.groups.skipUntil': place('skip-until', 'a day such as 2030-12-31'),
    'policy.groups.declineDays': place('decline-days', 'a whole number from 1 to 3650'),
  }
}

const levels = 'possession, number or phishing_resistant'

const ruleOptions = {
  'second-factor': { type: 'string', value: 'RULE', help: 'none, optional or required' },
  level: { type: 'string', value: 'LEVEL', help: `What it has to reach: ${levels}` },
  skips: { type: 'string', value: 'N', help: 'How often registering may be put off' },
  'skip-until': { type: 'string', value: 'DAY', help: 'Last day to put it off, as 2030-12-31' },
  decline: { type: 'boolean', help: 'Let people say: do not ask again' },
  'decline-days': { type: 'string', value: 'N', help: 'Ask again after so many days' },
  'plain-approval': { type: 'boolean', help: 'Old phone apps may approve without a number' },
} as const

export const appAdd = defineCommand({
  name: 'app add',
  operands: ['ID'],
  summary:
    'Adds an OpenID Connect app. ID becomes its client_id. The client_secret is shown once. "app change ID --group" says what is different for a group.',
  options: {
    name: { type: 'string', value: 'NAME', help: 'The name that people read; else ID' },
    ...addressOptions,
    public: { type: 'boolean', help: 'An app that cannot keep a secret, such as one in a browser' },
    ...ruleOptions,
  },
  async run({ operands: [id = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    demandPasskeys(config, values)
    refusePastDay(values['skip-until'], clock.now())
    const input = appInputOf(id, values, config)
    const { app, clientSecret } = await withKeyring(config, (db, keyring) =>
      db.transaction().execute(async (queries) => {
        const saved = await appsWith(keyring).create(queries, input)
        await audit.appCreated(queries, { appId: saved.app.id, by })
        return saved
      }),
    )
    const issuer = issuerOf(config)
    const lines = [
      `client_id:     ${app.id}`,
      ...(clientSecret === undefined ? [] : [`client_secret: ${clientSecret}`]),
      `issuer:        ${issuer ?? '(public_url is not configured)'}`,
      ...(clientSecret === undefined ? [] : ['The client_secret is shown this once.']),
      'Everybody who can log in may enter this app.',
      ...(values['start-url'] === undefined
        ? ["Without --start-url it is not on people's start page."]
        : []),
    ]
    const secret = clientSecret === undefined ? {} : { client_secret: clientSecret }
    reply({ client_id: app.id, ...secret, issuer }, lines.join('\n'))
    return exit.ok
  },
})

export const appChange = defineCommand({
  name: 'app change',
  operands: ['ID'],
  summary:
    'Changes the name, the addresses, the secret or the rule of an app. With --group the rule for the members of a group. What is not named stays; of a kind of address that is named, all earlier ones go.',
  options: {
    name: { type: 'string', value: 'NAME', help: 'The name that people read' },
    ...addressOptions,
    ...withdrawAddressOptions,
    'new-secret': {
      type: 'boolean',
      help: 'Make a new client_secret; the earlier one ends at once',
    },
    ...ruleOptions,
    'no-level': { type: 'boolean', help: 'Take back --level' },
    'no-skip-until': { type: 'boolean', help: 'Take back --skip-until' },
    'no-decline': { type: 'boolean', help: 'Take back --decline' },
    'no-decline-days': { type: 'boolean', help: 'Take back --decline-days' },
    'no-plain-approval': { type: 'boolean', help: 'Take back --plain-approval' },
    group: { type: 'string', value: 'NAME', help: 'Change the rule for the members of a group' },
    'remove-group': { type: 'string', value: 'NAME', help: 'Forget the rule for a group' },
  },
  async run({ operands: [id = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    demandPasskeys(config, values)
    demandChange(values)
    refusePastDay(values['skip-until'], clock.now())
    const { app, warning, clientSecret } = await withKeyring(config, (db, keyring) =>
      db.transaction().execute(async (queries) => {
        const apps = appsWith(keyring)
        const before = await apps.find(queries, id)
        if (before === undefined) throw unknownApp(id)
        demandGroupRule(before, values)
        const policy = changedPolicy(before.policy, values)
        const settings = changedSettings(before.settings, values)
        const input = { policy, settings, ...(values.name !== undefined && { name: values.name }) }
        const changes = checkInput(appChangesSchema, input, placesOf(id, values))
        const saved = await apps.change(queries, id, changes)
        if (saved === undefined) throw unknownApp(id)
        const clientSecret = values['new-secret'] && (await renewSecret(apps, queries, id))
        const warning = await warnEmptyGroup(queries, values.group)
        await audit.appChanged(queries, { appId: id, by })
        if (clientSecret) await audit.appSecretRenewed(queries, { appId: id, by })
        return { app: saved.app, warning, clientSecret }
      }),
    )
    const lines = [
      `${app.id}: ${ruleText(app.policy)}`,
      ...(warning === undefined ? [] : [warning]),
      ...(clientSecret
        ? [
            `client_secret: ${clientSecret}`,
            'It is shown this once. The earlier one is worth nothing now.',
          ]
        : []),
    ]
    const more = {
      ...(warning !== undefined && { warning }),
      ...(clientSecret && { client_secret: clientSecret }),
    }
    reply({ ...shownApp(app), ...more }, lines.join('\n'))
    return exit.ok
  },
})

async function renewSecret(apps: Apps, queries: Queries, id: string): Promise<string> {
  const secret = await apps.renewSecret(queries, id)
  if (secret !== undefined) return secret
  throw new Fault('not_allowed', `${id} is a public app, which has no secret. Nothing was changed.`)
}

function demandChange(values: AppValues): void {
  const { config: _, json: __, group: ___, ...changes } = values as AppValues & Common
  if (Object.keys(changes).length > 0) return
  const what = 'Nothing to change: name what, for example --second-factor required.'
  throw new Fault('bad_request', `${what} einlass app change --help lists the options.`)
}

function demandGroupRule({ id, policy }: App, { 'remove-group': group }: AppValues): void {
  if (group === undefined || policy.groups?.some((rule) => rule.group === group) === true) return
  throw new Fault('not_found', `${id} has no rule for the group ${JSON.stringify(group)}.`)
}

function unknownApp(id: string): Fault {
  return new Fault('not_found', `There is no app ${JSON.stringify(id)}.`)
}

function shownApp({ id, protocol, name, settings, policy }: App) {
  return { id, protocol, name, settings, policy }
}

export const appList = defineCommand({
  name: 'app list',
  operands: [],
  summary: 'Lists apps by name.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withKeyring(config, (db, keyring) => appsWith(keyring).list(db))
    const rows = found.map(({ id, name, settings, policy }) => [
      id,
      name,
      ruleText(policy),
      settings.redirectUris.join(' '),
    ])
    reply(found.map(shownApp), formatTable(['ID', 'NAME', 'SECOND FACTOR', 'REDIRECT URIS'], rows))
    return exit.ok
  },
})

export const appRemove = defineCommand({
  name: 'app remove',
  operands: ['ID'],
  summary: 'Removes an app. Nobody can log in to it from then on.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    await withKeyring(config, (db, keyring) =>
      db.transaction().execute(async (queries) => {
        const isRemoved = await appsWith(keyring).remove(queries, id)
        if (!isRemoved) throw unknownApp(id)
        await audit.appRemoved(queries, { appId: id, by })
      }),
    )
    reply({ client_id: id, removed: true }, `Removed ${id}.`)
    return exit.ok
  },
})
