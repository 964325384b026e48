/** `einlass app …`: what people log in to. Every change writes its audit event in the same transaction. */

import {
  type App,
  type AppInput,
  type Apps,
  appChangesSchema,
  appIdRule,
  appInputSchema,
  createApps,
} from '../identity/apps/apps.ts'
import { appEvents } from '../identity/apps/events.ts'
import { createAudit } from '../identity/audit/audit.ts'
import { ownPolicySchema } from '../identity/policy/policy.ts'
import { groupNameRule } from '../identity/users/groups.ts'
import { missingFor, outOfReach } from '../login/factors/reach.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import type { Queries } from '../platform/storage/database.ts'
import { transact } from '../platform/storage/transact.ts'
import { addressOptions, changedSettings, withdrawAddressOptions } from './app-addresses.ts'
import { appChangesText } from './app-changes.ts'
import {
  allowedLevels,
  changedOwnPolicy,
  originText,
  ownPartsText,
  type RuleValues,
  ruleChangeOptions,
  ruleOf,
  ruleOptions,
} from './app-policy.ts'
import { idleDays, refusePastDay, ruleText, warnEmptyGroup } from './app-rule.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withKeyring } from './database.ts'
import { checkInput, type Place } from './input.ts'
import { by } from './operator.ts'
import { formatTable } from './table.ts'

const random = systemRandom
const clock = systemClock
const audit = createAudit({ clock })
const appsWith = ({ default_policy: defaultPolicy }: Config, keyring: Keyring) =>
  createApps({ clock, random, keyring, defaultPolicy })

function issuerOf(config: Config): string | null {
  return config.public_url === undefined ? null : `${config.public_url}/oidc`
}

/** What every command takes. */
interface Common {
  readonly config?: string
  readonly json?: boolean
}

interface AppValues extends RuleValues {
  readonly name?: string
  readonly 'redirect-uri'?: readonly string[]
  readonly 'post-logout-redirect-uri'?: readonly string[]
  readonly 'backchannel-logout-uri'?: string
  readonly 'start-url'?: string
  readonly public?: boolean
  readonly 'no-post-logout-redirect-uri'?: boolean
  readonly 'no-backchannel-logout-uri'?: boolean
  readonly 'no-start-url'?: boolean
  readonly 'new-secret'?: boolean
}

function appInputOf(id: string, values: AppValues): AppInput {
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
    policy: ruleOf(values),
  }
  return checkInput(appInputSchema, input, placesOf(id, values))
}

const levelSchema = ownPolicySchema.shape.level

/** Throws Fault `bad_request` for a level that nobody can have here: an app that demands it would let nobody in. */
function demandReach(config: Config, { level }: AppValues): void {
  const known = levelSchema.safeParse(level).data
  const missing = missingFor(config, known)
  if (missing !== undefined) throw new Fault('bad_request', `--level ${known} ${missing}.`)
}

/** What was not typed here may be out of reach as well: a level of the default's, or of an earlier change. */
function ruleWarnings(config: Config, { policy }: App, values: AppValues): string[] {
  return [...outOfReach(config, policy), ...idleDays(policy, values)].map(
    (text) => `Warning: ${text}`,
  )
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
    'policy.level': place('level', allowedLevels(values.level)),
    'policy.declineDays': place('decline-days', 'a whole number from 1 to 3650'),
    'policy.groups.group': place('group', groupNameRule),
    'policy.groups.secondFactor': place('second-factor', 'none, optional or required'),
    'policy.groups.level': place('level', allowedLevels(values.level)),
    'policy.groups.skips': place('skips', 'a whole number from 0 to 1000'),
    'policy.groups.skipUntil': place('skip-until', 'a day such as 2030-12-31'),
    'policy.groups.declineDays': place('decline-days', 'a whole number from 1 to 3650'),
  }
}

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
    demandReach(config, values)
    refusePastDay(values['skip-until'], clock.now())
    const input = appInputOf(id, values)
    const { app, clientSecret } = await withKeyring(config, (db, keyring) =>
      db.transaction().execute(async (queries) => {
        const saved = await appsWith(config, keyring).create(queries, input)
        await audit.record(queries, appEvents.created, { appId: saved.app.id, by })
        return saved
      }),
    )
    const issuer = issuerOf(config)
    const warnings = ruleWarnings(config, app, values)
    const lines = [
      `client_id:     ${app.id}`,
      ...(clientSecret === undefined ? [] : [`client_secret: ${clientSecret}`]),
      `issuer:        ${issuer ?? '(public_url is not configured)'}`,
      `second factor: ${ruleText(app.policy)}`,
      originText(app.ownPolicy),
      ...warnings,
      ...(clientSecret === undefined ? [] : ['The client_secret is shown this once.']),
      'Everybody who can log in may enter this app.',
      ...(values['start-url'] === undefined
        ? ["Without --start-url it is not on people's start page."]
        : []),
    ]
    const secret = clientSecret === undefined ? {} : { client_secret: clientSecret }
    const { policy, ownPolicy } = app
    const told = warnings.length === 0 ? {} : { warnings }
    reply({ client_id: app.id, ...secret, issuer, policy, ownPolicy, ...told }, lines.join('\n'))
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
    ...ruleChangeOptions,
  },
  async run({ operands: [id = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    demandReach(config, values)
    demandChange(values)
    refusePastDay(values['skip-until'], clock.now())
    const { app, warning, clientSecret } = await withKeyring(config, (db, keyring) =>
      db.transaction().execute(async (queries) => {
        const apps = appsWith(config, keyring)
        const before = await apps.find(queries, id)
        if (before === undefined) throw unknownApp(id)
        demandGroupRule(before, values)
        const policy = changedOwnPolicy(before, values, config.default_policy)
        const settings = changedSettings(before.settings, values)
        const input = { policy, settings, ...(values.name !== undefined && { name: values.name }) }
        const changes = checkInput(appChangesSchema, input, placesOf(id, values))
        const saved = await apps.change(queries, id, changes)
        if (saved === undefined) throw unknownApp(id)
        const clientSecret = values['new-secret'] && (await renewSecret(apps, queries, id))
        const warning = await warnEmptyGroup(queries, values.group)
        await audit.record(queries, appEvents.changed, {
          appId: id,
          changes: appChangesText(before, saved.app),
          by,
        })
        if (clientSecret) await audit.record(queries, appEvents.secretRenewed, { appId: id, by })
        return { app: saved.app, warning, clientSecret }
      }),
    )
    const warnings = ruleWarnings(config, app, values)
    const lines = [
      `${app.id}: ${ruleText(app.policy)}`,
      originText(app.ownPolicy),
      ...warnings,
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
      ...(warnings.length > 0 && { warnings }),
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

function shownApp({ id, protocol, name, settings, policy, ownPolicy }: App) {
  return { id, protocol, name, settings, policy, ownPolicy }
}

export const appList = defineCommand({
  name: 'app list',
  operands: [],
  summary:
    'Lists apps by name with the rule that counts, and which parts of it are their own; the others are default_policy.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withKeyring(config, (db, keyring) => appsWith(config, keyring).list(db))
    const rows = found.map(({ id, name, settings, policy, ownPolicy }) => [
      id,
      name,
      ruleText(policy),
      ownPartsText(ownPolicy) ?? '-',
      settings.redirectUris.join(' '),
    ])
    reply(
      found.map(shownApp),
      formatTable(['ID', 'NAME', 'SECOND FACTOR', 'ITS OWN', 'REDIRECT URIS'], rows),
    )
    return exit.ok
  },
})

export const appRemove = defineCommand({
  name: 'app remove',
  operands: ['ID'],
  summary: 'Removes an app. Nobody can log in to it from then on.',
  options: { yes: { type: 'boolean', help: 'Do not ask; needed where there is no terminal' } },
  async run({ operands: [id = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.yes !== true) {
      const found = await withKeyring(config, (db, keyring) =>
        appsWith(config, keyring).find(db, id),
      )
      if (found === undefined) throw unknownApp(id)
      await confirmByWord(io, {
        question: `${id} (${escapeControls(found.name)}), its client_secret and its rule will be removed. Nobody can log in to it from then on, and it cannot be taken back.`,
        word: id,
      })
    }
    await withKeyring(config, (db, keyring) =>
      transact(db, async (queries) => {
        const isRemoved = await appsWith(config, keyring).remove(queries, id)
        if (!isRemoved) throw unknownApp(id)
        await audit.record(queries, appEvents.removed, { appId: id, by })
      }),
    )
    reply({ client_id: id, removed: true }, `Removed ${id}.`)
    return exit.ok
  },
})
